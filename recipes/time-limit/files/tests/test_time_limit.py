{% from "composition/slots.jinja" import imports with context %}
"""The time limit by a fake clock: where it stops a run, and that nothing is lost."""

{% call imports("test_time_limit") %}
import dataclasses
import json
import math
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
import pytest
import torch
import train as script
from {{ package }} import runs
from {{ package }}.checkpoint import read_checkpoint
from {{ package }}.config import Config
from {{ package }}.data_info import DataInfo, Splits
from {{ package }}.loaders import TrainingLoader
from train import train
{% endcall %}


MINUTE = 1 / 60  # in hours


class Clock:
    """Stands for the module ``time``: a batch takes a minute, and loading the data some more."""

    perf_counter = time.perf_counter
    strftime = time.strftime

    def __init__(self, monkeypatch: pytest.MonkeyPatch, loading: float) -> None:
        self.now = 1e6
        self.loading = loading
        self.load_datasets = vars(script)["load_datasets"]
        self.batches = TrainingLoader.batches
        for module in (script, runs):
            monkeypatch.setattr(module, "time", self)
        monkeypatch.setattr(script, "load_datasets", self.load)
        monkeypatch.setattr(TrainingLoader, "batches", lambda *arguments: self.slow(*arguments))

    def monotonic(self) -> float:
        return self.now

    def load(self, config: Config) -> tuple[Splits, DataInfo]:
        self.now += 60 * self.loading
        loaded: tuple[Splits, DataInfo] = self.load_datasets(config)
        return loaded

    def slow(self, *arguments: Any) -> Iterator[Any]:
        for batch in self.batches(*arguments):
            self.now += 60
            yield batch


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run without a limit."""
    torch.set_num_threads(1)
    return train(Config(epochs=2, run=tmp_path_factory.mktemp("whole") / "run"))


# Even numbers of batches: in a project where two batches make an update, a run stops after both.
@pytest.mark.parametrize(
    ("loading", "minutes", "batch"),
    [(0, 1.5, 2), (0, 3.5, 4), (0, 4, 4), (2, 3.5, 2), (9, 10.5, 2)],
)
def test_a_run_stops_after_the_batch_in_which_its_time_is_up(
    loading: float, minutes: float, batch: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Clock(monkeypatch, loading)
    with pytest.raises(SystemExit) as exited:
        train(Config(epochs=2, run=tmp_path / "run", hours=minutes * MINUTE))
    assert exited.value.code == 128 + signal.SIGTERM
    checkpoint = read_checkpoint(tmp_path / "run/last.pt")
    assert (checkpoint["epoch"], checkpoint["batch"]) == (0, batch)


def metrics(run: Path) -> list[dict[str, float]]:
    """Return the lines of metrics.jsonl, without those about time."""
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    times = ("seconds", "images_per_second")
    return [{name: line[name] for name in line if name not in times} for line in lines]


def test_a_run_in_many_parts_is_the_whole_one(
    whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = Config(epochs=2, run=tmp_path / "run", hours=1.5 * MINUTE)
    Clock(monkeypatch, loading=0)
    stops = 0
    while True:
        try:
            train(config)
            break
        except SystemExit:
            stops += 1
            config = dataclasses.replace(config, resume=True)
    assert stops >= 3
    one, other = (read_checkpoint(run / "last.pt")["model"] for run in (whole, tmp_path / "run"))
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert metrics(whole) == metrics(tmp_path / "run")


@pytest.mark.parametrize("hours", [0.0, 1000.0])
def test_a_run_with_enough_time_is_not_stopped(
    hours: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Clock(monkeypatch, loading=5)
    assert len(metrics(train(Config(epochs=1, run=tmp_path / "run", hours=hours)))) == 1


@pytest.mark.parametrize("hours", [-1.0, -1e-9, math.inf, math.nan])
def test_a_limit_that_is_not_a_number_of_hours_is_refused(hours: float) -> None:
    assert Config(hours=hours).problems() == [f"--hours is {hours}: expected within [0, inf)"]
