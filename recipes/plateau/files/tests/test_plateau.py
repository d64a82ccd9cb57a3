{% from "composition/slots.jinja" import imports with context %}
"""Reduction on a plateau against its rule, epoch by epoch, also through a resume."""

{% call imports("test_plateau") %}
import dataclasses
from collections.abc import Callable
import json
import math
from pathlib import Path
import pytest
from {{ package }}.checkpoint import read_checkpoint
from {{ package }}.config import Config
from train import train
{% endcall %}


ScriptScores = Callable[[list[float]], None]
SCORES = [-3.0, -2.0, -2.0, -2.5, -1.0, -1.0, -1.5, -1.0, -0.9999, -1.0]


def learning_rates(run: Path) -> list[float]:
    """Return the learning rate of each epoch, relative to that of the first."""
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return [line["lr"] / lines[0]["lr"] for line in lines]


def by_the_rule(scores: list[float], patience: int, factor: float) -> list[float]:
    """Return what the learning rate of each epoch is multiplied by."""
    factors, current, best, waited = [], 1.0, -math.inf, 0
    for score in scores:
        factors.append(current)
        waited = 0 if score > best else waited + 1
        best = max(best, score)
        if waited > patience:
            current, waited = current * factor, 0
    return factors


@pytest.mark.parametrize(("patience", "factor"), [(0, 0.5), (1, 0.5), (2, 0.1), (9, 0.5)])
def test_the_learning_rate_follows_the_rule(
    patience: int, factor: float, script_scores: ScriptScores, tmp_path: Path
) -> None:
    script_scores(SCORES)
    settings = {"plateau_patience": patience, "plateau_factor": factor}
    config = Config(epochs=len(SCORES), run=tmp_path / "run", **settings)  # type: ignore[arg-type]
    found = learning_rates(train(config))
    assert found == pytest.approx(by_the_rule(SCORES, patience, factor))


@pytest.mark.parametrize("epochs", [1, 3, 4])
def test_a_resumed_run_has_the_same_learning_rates(
    epochs: int, script_scores: ScriptScores, tmp_path: Path
) -> None:
    config = Config(epochs=6, run=tmp_path / "run", plateau_patience=1, plateau_factor=0.5)
    with pytest.raises(InterruptedError):
        script_scores(SCORES[:epochs])
        train(config)
    script_scores(SCORES[epochs:])
    train(dataclasses.replace(config, resume=True))
    assert learning_rates(tmp_path / "run") == pytest.approx(by_the_rule(SCORES[:6], 1, 0.5))


def test_settings_that_are_given_on_resume_take_effect(
    script_scores: ScriptScores, tmp_path: Path
) -> None:
    script_scores([2.0, 1.0, 1.0, 1.0])
    config = Config(epochs=1, run=tmp_path / "run", plateau_patience=9, plateau_factor=0.5)
    train(config)
    others = {"epochs": 3, "resume": True, "plateau_patience": 0, "plateau_factor": 0.1}
    train(dataclasses.replace(config, **others))  # type: ignore[arg-type]
    assert learning_rates(tmp_path / "run") == pytest.approx([1, 1, 0.1])


def test_all_groups_are_reduced_alike(script_scores: ScriptScores, tmp_path: Path) -> None:
    groups = []
    for number, scores in enumerate([[1.0, 2.0, 3.0], [1.0, 0.5, 2.0]]):
        script_scores(scores)
        run = tmp_path / str(number)
        train(Config(epochs=3, run=run, plateau_patience=0, plateau_factor=0.25))
        optimizer = read_checkpoint(run / "last.pt")["optimizer"]
        groups.append([group["lr"] for group in optimizer["param_groups"]])
    steady, reduced = groups
    assert reduced == pytest.approx([rate * 0.25 for rate in steady])
