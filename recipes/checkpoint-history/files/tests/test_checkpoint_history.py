{% from "composition/slots.jinja" import imports with context %}
"""Which checkpoints are left, by scripted scores, also where a run is killed and resumed."""

{% call imports("test_checkpoint_history") %}
import dataclasses
from collections.abc import Callable
import math
import os
from pathlib import Path
import pytest
import train as script
from {{ package }}.checkpoint import read_checkpoint
from {{ package }}.checkpoint_history import keep_checkpoint, kept_epochs
from {{ package }}.config import Config
from train import train
{% endcall %}


ScriptScores = Callable[[list[float]], None]
SCORES = [1.0, 3.0, 2.0, 3.0, 0.5, 0.7]


def history(run: Path) -> list[int]:
    """Return the epochs whose checkpoints are there, from what is in these."""
    paths = sorted((run / "history").iterdir())
    epochs = [int(read_checkpoint(path)["epoch"]) for path in paths]
    assert [path.name for path in paths] == [f"epoch_{epoch:04}.pt" for epoch in epochs]
    return epochs


@pytest.mark.parametrize(
    ("best", "last", "every", "expected"),
    [
        (0, 0, 0, set()),
        (1, 0, 0, {2}),  # of two equal scores, the earlier epoch is in best.pt
        (2, 0, 0, {2, 4}),
        (3, 0, 0, {2, 3, 4}),
        (0, 1, 0, {6}),
        (0, 2, 0, {5, 6}),
        (0, 0, 2, {2, 4, 6}),
        (0, 0, 4, {4}),
        (1, 2, 3, {2, 3, 5, 6}),
        (9, 0, 0, {1, 2, 3, 4, 5, 6}),
        (0, 9, 0, {1, 2, 3, 4, 5, 6}),
    ],
)
def test_the_best_the_last_and_every_nth_epoch_are_kept(
    best: int, last: int, every: int, expected: set[int]
) -> None:
    assert kept_epochs(dict(enumerate(SCORES, start=1)), best, last, every) == expected


@pytest.mark.parametrize(("best", "expected"), [(1, {3}), (2, {2, 3}), (3, {1, 2, 3})])
def test_a_score_that_is_not_a_number_is_the_lowest(best: int, expected: set[int]) -> None:
    scores = {1: math.nan, 2: -1e9, 3: 0.5, 4: math.nan}
    assert kept_epochs(scores, best, last=0, every=0) == expected


@pytest.mark.parametrize(
    ("best", "last", "every", "expected"), [(2, 1, 0, [2, 4, 6]), (0, 0, 3, [3, 6]), (1, 0, 0, [2])]
)
@pytest.mark.parametrize("links", [True, False])
def test_a_run_leaves_the_checkpoints_of_these_epochs(
    links: bool,
    best: int,
    last: int,
    every: int,
    expected: list[int],
    script_scores: ScriptScores,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> None:
        raise OSError

    if not links:
        monkeypatch.setattr(os, "link", refuse)
    script_scores(SCORES)
    settings = {"keep_best": best, "keep_last": last, "keep_every": every}
    run = train(Config(epochs=6, run=tmp_path / "run", **settings))  # type: ignore[arg-type]
    assert history(run) == expected
    for epoch, name in ((2, "best.pt"), (6, "last.pt")):
        if links and epoch in expected:
            assert (run / name).samefile(run / f"history/epoch_{epoch:04}.pt")


class Killed(Exception):
    """Stands for a kill -9."""


@pytest.mark.parametrize("epoch", [1, 2, 4])
def test_a_run_that_is_killed_before_a_checkpoint_is_kept_keeps_it_later(
    epoch: int, script_scores: ScriptScores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kill(run: Path, scores: dict[int, float], number: int, config: Config) -> None:
        if number == epoch:
            raise Killed
        keep_checkpoint(run, scores, number, config)

    config = Config(epochs=6, run=tmp_path / "run", keep_best=2, keep_last=1, keep_every=0)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        script_scores(SCORES)
        patch.setattr(script, "keep_checkpoint", kill)
        train(config)
    script_scores(SCORES[epoch:])
    assert history(train(dataclasses.replace(config, resume=True))) == [2, 4, 6]


def test_fewer_are_left_when_a_resumed_run_keeps_fewer(
    script_scores: ScriptScores, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kill(run: Path, scores: dict[int, float], number: int, config: Config) -> None:
        keep_checkpoint(run, scores, number, config)
        if number == 5:
            raise Killed

    config = Config(epochs=6, run=tmp_path / "run", keep_best=9, keep_last=0)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        script_scores(SCORES)
        patch.setattr(script, "keep_checkpoint", kill)
        train(config)
    assert history(tmp_path / "run") == [1, 2, 3, 4, 5]
    script_scores(SCORES[5:])
    again = dataclasses.replace(config, resume=True, keep_best=1, keep_last=1)
    assert history(train(again)) == [2, 6]


@pytest.mark.parametrize("name", ["keep_best", "keep_last", "keep_every"])
def test_numbers_below_0_are_refused(name: str) -> None:
    (problem,) = Config(**{name: -1}).problems()  # type: ignore[arg-type]
    assert problem.startswith(f"--{name.replace('_', '-')} is -1: expected within [0, inf)")
