{% from "composition/slots.jinja" import imports, slot with context %}
"""Two processes end with the weights of one process on the same batches."""

{% call imports("test_ddp") %}
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
import pytest
import torch
from torch import Tensor, nn
from torch.optim.optimizer import register_optimizer_step_pre_hook
import train as script
from {{ package }} import distributed
from {{ package }}.checkpoint import read_checkpoint
from {{ package }}.config import Config
{{- slot("tests.settings.imports") }}
{{- slot("tests.neutral.imports") }}
{% endcall %}



def sgd(parameters: Any, lr: float, **_: Any) -> torch.optim.Optimizer:
    return torch.optim.SGD(parameters, lr)


def settings(run: Path, batch_size: int) -> Config:
    return Config(
        epochs=1,
        lr=0.05,
        device="cpu",
        batch_size=batch_size,
        run=run,
        {{- slot("tests.settings", 8) }}
    )


def train_plainly(config: Config) -> None:
    """Train by plain SGD, which does not magnify rounding errors."""
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(torch.optim, "AdamW", sgd)
        {{- slot("tests.neutral", 8) }}
        script.train(config)


def test_two_processes_end_with_the_weights_of_one(
    launch: Callable[..., None], tmp_path: Path
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    launch(train_plainly, settings(two, batch_size=16))
    train_plainly(settings(one, batch_size=32))

    left, right = (read_checkpoint(run / "last.pt")["model"] for run in (one, two))
    torch.testing.assert_close(left, right, rtol=1e-4, atol=1e-5)
    expected, found = (json.loads((run / "metrics.jsonl").read_text()) for run in (one, two))
    assert found["step"] == expected["step"]
    assert found["val_loss"] == pytest.approx(expected["val_loss"], rel=1e-4)
    assert found["train_loss"] == pytest.approx(expected["train_loss"], rel=1e-4)
    assert len(read_checkpoint(two / "last.pt")["own"]) == 2


def test_the_model_of_one_process_is_not_wrapped() -> None:
    model = nn.Linear(1, 1)
    assert distributed.wrap(model, torch.device("cpu")) is model


class Recorder(nn.Module):
    """Stands for DistributedDataParallel; records whether each pass would exchange gradients."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model
        self.require_backward_grad_sync = True
        self.exchanged: list[bool] = []
        self.updated: list[bool] = []

    def forward(self, *inputs: Tensor) -> Any:
        self.exchanged.append(self.require_backward_grad_sync)
        self.updated.append(False)
        return self.model(*inputs)

    def update(self, *_: object) -> None:
        self.updated[-1] = True


def test_gradients_are_exchanged_in_the_passes_before_an_update_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorders: list[Recorder] = []

    def wrap(model: nn.Module, _device: torch.device) -> nn.Module:
        recorders.append(Recorder(model))
        return recorders[-1]

    monkeypatch.setattr(script, "DistributedDataParallel", Recorder, raising=False)
    monkeypatch.setattr(distributed, "wrap", wrap)
    handle = register_optimizer_step_pre_hook(lambda *_: recorders[-1].update())
    try:
        script.train(Config(epochs=1, run=tmp_path / "run"))
    finally:
        handle.remove()
    recorder = recorders[-1]  # a recipe may wrap the model anew
    assert any(recorder.updated)
    assert recorder.exchanged == recorder.updated
