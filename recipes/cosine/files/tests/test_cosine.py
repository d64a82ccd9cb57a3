{% from "composition/slots.jinja" import imports, slot with context %}
"""Cosine annealing: its closed form at every update, also in a resumed run."""

{% call imports("test_cosine") %}
import dataclasses
from collections.abc import Callable
import math
from pathlib import Path
import pytest
from {{ package }}.checkpoint import read_checkpoint
from {{ package }}.config import Config
from {{ package }}.errors import UserError
from train import train
{{- slot("tests.settings.imports") }}
{% endcall %}


LearningRates = Callable[[Config], list[list[float]]]


def settings(run: Path) -> Config:
    return Config(
        epochs=3,
        lr=0.01,
        run=run,
        {{- slot("tests.settings", 8) }}
    )


def test_the_learning_rate_has_its_closed_form(
    learning_rates: LearningRates, tmp_path: Path
) -> None:
    seen = learning_rates(settings(tmp_path / "run"))
    for update, shares in enumerate(seen):
        expected = (1 + math.cos(math.pi * update / len(seen))) / 2
        assert shares == pytest.approx([expected] * len(shares), rel=1e-6)


def test_a_resumed_run_continues_along_the_cosine(
    learning_rates: LearningRates, train_until: Callable[..., None], tmp_path: Path
) -> None:
    config = settings(tmp_path / "run")
    whole = learning_rates(settings(tmp_path / "whole"))
    train_until(config, epoch=2, batch=1, kill=True)
    resumed = learning_rates(dataclasses.replace(config, resume=True))
    assert resumed == whole[2 * len(whole) // 3 :]


def test_the_end_of_the_cosine_cannot_be_moved(tmp_path: Path) -> None:
    config = dataclasses.replace(settings(tmp_path / "run"), epochs=1)
    train(config)
    updates = read_checkpoint(tmp_path / "run/last.pt")["step"]
    with pytest.raises(UserError, match=f"cosine schedule ends after {updates} updates"):
        train(dataclasses.replace(config, epochs=2, resume=True))
