{% from "composition/slots.jinja" import imports with context %}
"""Loggers: each gets the same metrics, and all are closed however the run ends."""

{% call imports("test_loggers") %}
import json
import signal
from contextlib import suppress
from pathlib import Path
from typing import Any
import pytest
import torch
from torch import Tensor
import train as script
from {{ package }}.checkpoint import TrainState
from {{ package }}.config import Config
from {{ package }}.errors import UserError
from {{ package }}.loggers import Loggers
from {{ package }}.runs import Run
{% endcall %}



class Recorder:
    """A logger that keeps what it is given."""

    def __init__(self) -> None:
        self.metrics: list[dict[str, float]] = []
        self.images: list[Tensor] = []
        self.closed = 0

    def log(
        self, state: TrainState, metrics: dict[str, float], inputs: Tensor, images: Tensor
    ) -> None:
        assert metrics["epoch"] == state.epoch
        assert len(inputs)
        self.metrics.append(metrics)
        self.images.append(images)

    def close(self) -> None:
        self.closed += 1


class Broken(Recorder):
    """A logger that cannot be closed."""

    def close(self) -> None:
        super().close()
        raise OSError("No space left on device")


@pytest.fixture(params=[1, 3])
def recorders(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> list[Recorder]:
    """One logger, or three, that the next training has."""
    recorders = [Recorder() for _ in range(request.param)]

    def open_recorders(*_: Any) -> Loggers:
        loggers = Loggers()
        for recorder in recorders:
            loggers.add(recorder)
        return loggers

    monkeypatch.setattr(script, "open_loggers", open_recorders)
    return recorders


def test_every_logger_gets_the_metrics_and_images_of_every_epoch(
    recorders: list[Recorder], tmp_path: Path
) -> None:
    run = script.train(Config(epochs=2, run=tmp_path / "run"))
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    for recorder in recorders:
        assert recorder.metrics == lines
        assert len(recorder.images) == 2
        for images in recorder.images:
            assert images.ndim == 4
            assert images.shape[1] in (1, 3)
            assert 0 <= images.min() <= images.max() <= 1


@pytest.mark.parametrize("end", ["last epoch", "SIGTERM", "NaN", "exception"])
def test_every_logger_is_closed_once_however_the_run_ends(
    end: str, recorders: list[Recorder], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train_epoch = script.train_epoch

    def ending(*arguments: Any) -> None:
        if end == "exception":
            raise ConnectionError
        if end == "SIGTERM":
            signal.raise_signal(signal.SIGTERM)
        if end == "NaN":
            state = arguments[1]
            state.averages.add("train_loss", torch.tensor(torch.nan))
        train_epoch(*arguments)

    monkeypatch.setattr(script, "train_epoch", ending)
    with suppress(SystemExit, UserError, ConnectionError):
        script.train(Config(epochs=1, run=tmp_path / "run"))
    assert [recorder.closed for recorder in recorders] == [1] * len(recorders)


def test_a_logger_that_cannot_be_closed_does_not_keep_others_open(tmp_path: Path) -> None:
    members = [Recorder(), Broken(), Recorder()]
    with pytest.raises(OSError, match="No space left"), Run(tmp_path) as run:
        loggers = run.enter_context(Loggers())
        for member in members:
            loggers.add(member)
    assert [member.closed for member in members] == [1, 1, 1]
