{% from "composition/slots.jinja" import imports with context %}
"""Several processes end with the weights of one process on the same batches."""

{% call imports("test_ddp") %}
import json
import multiprocessing
import os
import signal
import socket
import sys
from itertools import chain
from pathlib import Path
from typing import Any
import pytest
import torch
import train as script
from {{ package }} import distributed
from {{ package }}.checkpoint import read_checkpoint
from {{ package }}.config import Config
from {{ package }}.loaders import ShuffledBatches
from {{ package }}.runs import StopSignal
{% if "accumulate" in chosen %}
from torch import Tensor, nn
{% endif %}
{% if "amp" in chosen %}
from contextlib import nullcontext
{% endif %}
{% if "tsn-sampling" in chosen %}
from {{ package }} import datasets
from {{ package }}.clips import Clips
{% endif %}
{% endcall %}



def sgd(parameters: Any, lr: float, **_: Any) -> torch.optim.Optimizer:
    return torch.optim.SGD(parameters, lr)


def train_plainly(run: Path, batch_size: int, variables: dict[str, str]) -> None:
    """Train for an epoch by plain SGD, which does not magnify rounding errors."""
    os.environ.update(variables)
    torch.set_num_threads(1)
    torch.optim.AdamW = sgd  # type: ignore[misc, assignment]
    {% if "amp" in chosen %}
    script.autocast = lambda *_: nullcontext()  # type: ignore[assignment, attr-defined]
    {% endif %}
    {# Each process would draw noise, mix and sample in its own way. #}
    {% if task == "gan" %}
    torch.randn_like = lambda noise: noise  # type: ignore[assignment]
    {% endif %}
    {% if "mixup" in chosen %}
    script.mixup = lambda x, y, _: (x, y)  # type: ignore[assignment, attr-defined]
    {% endif %}
    {% if "tsn-sampling" in chosen %}
    datasets.RandomClips = Clips  # type: ignore[assignment, attr-defined]
    {% endif %}
    script.train(Config(epochs=1, lr=0.05, device="cpu", batch_size=batch_size, run=run))


@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
def test_two_processes_end_with_the_weights_of_one(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    shared = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "WORLD_SIZE": "2"}  # as torchrun
    ranks = [{"RANK": str(rank), "LOCAL_RANK": str(rank)} for rank in range(2)]
    # Elsewhere than on Linux, a fork of a process that has computed may hang.
    linux = sys.platform == "linux"
    context: Any = multiprocessing.get_context("fork" if linux else "spawn")
    arguments = [(one, 32, {}), *((two, 16, rank | shared) for rank in ranks)]
    team = [context.Process(target=train_plainly, args=each) for each in arguments]
    for process in team:
        process.start()
    for process in team:
        process.join()
    assert [process.exitcode for process in team] == [0, 0, 0]

    left, right = (read_checkpoint(run / "last.pt")["model"] for run in (one, two))
    torch.testing.assert_close(left, right, rtol=1e-4, atol=1e-5)
    figures, others = (json.loads((run / "metrics.jsonl").read_text()) for run in (one, two))
    assert others["step"] == figures["step"]
    assert others["val_loss"] == pytest.approx(figures["val_loss"], rel=1e-4)
    assert others["train_loss"] == pytest.approx(figures["train_loss"], rel=1e-4)
    assert len(read_checkpoint(two / "last.pt")["own"]) == 2


@pytest.mark.parametrize("processes", [1, 2, 3])
def test_the_processes_share_out_each_batch(
    processes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = list(ShuffledBatches(100, 4 * processes, seed=0))
    monkeypatch.setattr(distributed, "world_size", lambda: processes)
    parts = []
    for rank in range(processes):
        monkeypatch.setattr(distributed, "rank", lambda rank=rank: rank)
        parts.append(list(ShuffledBatches(100, 4, seed=0)))
    together = [sorted(chain(*batches)) for batches in zip(*parts, strict=True)]
    assert together == [sorted(batch) for batch in whole]


def test_a_process_that_another_one_stopped_survives_its_own_signal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(distributed, "highest", lambda _: int(signal.SIGTERM))
    with StopSignal() as stop:
        assert stop.requested
        signal.raise_signal(signal.SIGTERM)
        assert stop.received == signal.SIGTERM


def test_one_process_needs_no_launcher() -> None:
    cpu = torch.device("cpu")
    model = torch.nn.Linear(1, 1)
    assert distributed.start(cpu) == cpu
    assert distributed.wrap(model, cpu) is model
    assert (distributed.rank(), distributed.world_size(), distributed.highest(3)) == (0, 1, 3)
    assert distributed.own(distributed.gather("state")) == "state"
{% if "accumulate" in chosen %}


class Recorder(nn.Module):
    """Stands for DistributedDataParallel and keeps whether each pass would exchange gradients."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model
        self.require_backward_grad_sync = True
        self.exchanged: list[bool] = []

    def forward(self, *inputs: Tensor) -> Any:
        self.exchanged.append(self.require_backward_grad_sync)
        return self.model(*inputs)


def test_gradients_are_exchanged_once_an_update(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorders: list[Recorder] = []

    def wrap(model: nn.Module, _device: torch.device) -> nn.Module:
        recorders.append(Recorder(model))
        return recorders[0]

    monkeypatch.setattr(script, "DistributedDataParallel", Recorder)
    monkeypatch.setattr(distributed, "wrap", wrap)
    script.train(Config(epochs=1, run=tmp_path / "run", accumulate=3))
    (recorder,) = recorders
    last = len(recorder.exchanged) - 1
    assert recorder.exchanged == [n % 3 == 2 or n == last for n in range(last + 1)]
{% endif %}
