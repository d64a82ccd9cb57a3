{% from "composition/slots.jinja" import imports with context %}
"""Several processes end with the weights of one process on the same batches."""

{% call imports("test_ddp") %}
import json
import os
import signal
import subprocess
import sys
from itertools import chain
from pathlib import Path
import pytest
import torch
import train as script
from {{ package }} import distributed
from {{ package }}.checkpoint import read_checkpoint
{% if "accumulate" in recipes %}
from torch import Tensor, nn
from {{ package }}.config import Config
{% endif %}
from {{ package }}.loaders import ShuffledBatches
from {{ package }}.runs import StopSignal
{% endcall %}


PLAIN_SGD = """
import sys
import torch
import train
from {{ package }}.config import read_command_line
{% if "amp" in recipes %}
from contextlib import nullcontext

train.autocast = lambda *_: nullcontext()
{% endif %}

def sgd(parameters, lr, weight_decay, fused):
    return torch.optim.SGD(parameters, lr)

torch.optim.AdamW = sgd
train.train(read_command_line(None))
"""


def launch(folder: Path, processes: int, batch_size: int) -> subprocess.Popen[bytes]:
    """Train for an epoch by plain SGD, which does not magnify rounding errors."""
    launcher = [sys.executable]
    if processes > 1:
        count = str(processes)
        launcher += ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", count, "--"]
    (folder / "plain_sgd.py").write_text(PLAIN_SGD)
    flags = ["--epochs", "1", "--lr", "0.05", "--device", "cpu", "--batch-size", str(batch_size)]
    flags += ["--run", str(folder / str(processes))]
    {% if "mixup" in recipes %}
    flags += ["--mixup-alpha", "0"]  # each process mixes in its own way
    {% endif %}
    root = Path(script.__file__).parent
    environment = {**os.environ, "PYTHONPATH": str(root), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen([*launcher, str(folder / "plain_sgd.py"), *flags], env=environment)


def test_two_processes_end_with_the_weights_of_one(tmp_path: Path) -> None:
    launched = [launch(tmp_path, 1, batch_size=64), launch(tmp_path, 2, batch_size=32)]
    assert [process.wait() for process in launched] == [0, 0]
    one, two = tmp_path / "1", tmp_path / "2"
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
{% if "accumulate" in recipes %}


class Recorder(nn.Module):
    """Stands for DistributedDataParallel and keeps whether each pass would exchange gradients."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model
        self.require_backward_grad_sync = True
        self.exchanged: list[bool] = []

    def forward(self, inputs: Tensor) -> Tensor:
        self.exchanged.append(self.require_backward_grad_sync)
        logits: Tensor = self.model(inputs)
        return logits


def test_gradients_are_exchanged_once_an_update(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorders: list[Recorder] = []

    def wrap(model: nn.Module, _device: torch.device) -> nn.Module:
        recorders.append(Recorder(model))
        return recorders[0]

    monkeypatch.setattr(script, "DistributedDataParallel", Recorder)
    monkeypatch.setattr(distributed, "wrap", wrap)
    script.train(Config(epochs=1, run=tmp_path / "run", accumulate=3, batch_size=100))
    (recorder,) = recorders
    last = len(recorder.exchanged) - 1
    assert recorder.exchanged == [n % 3 == 2 or n == last for n in range(last + 1)]
{% endif %}
