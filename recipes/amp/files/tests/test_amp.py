{% from "composition/slots.jinja" import imports with context %}
"""Mixed precision: nearly the figures of float32, and weights that stay in float32."""

{% call imports("test_amp") %}
import json
from contextlib import nullcontext
from pathlib import Path
import pytest
import torch
from torch import nn
from torch.amp.grad_scaler import GradScaler
from torch.utils.data import Subset
import train as script
from {{ package }}.checkpoint import read_checkpoint
from {{ package }}.config import Config
from {{ package }}.datasets import load_datasets
from {{ package }}.ops.amp import autocast
from train import train
{% endcall %}


CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def few_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    """A CPU computes in 16 bits slowly."""
    few = {name: Subset(data, range(200)) for name, data in load_datasets().items()}
    monkeypatch.setattr(script, "load_datasets", lambda: few)


def loss_of_an_epoch(run: Path, dtype: str) -> float:
    train(Config(epochs=1, run=run, amp_dtype=dtype, batch_size=50))  # type: ignore[arg-type]
    return float(json.loads((run / "metrics.jsonl").read_text())["train_loss"])


@pytest.mark.parametrize(("name", "dtype"), [("bf16", torch.bfloat16), ("fp16", torch.float16)])
def test_matrix_products_are_of_16_bits(name: str, dtype: torch.dtype) -> None:
    layer = nn.Linear(2, 2)
    with autocast(CPU, name):  # type: ignore[arg-type]
        assert layer(torch.ones(1, 2)).dtype == dtype
    assert layer.weight.dtype == torch.float32


@pytest.mark.parametrize("dtype", ["bf16", "fp16"])
def test_training_is_near_that_in_float32(
    dtype: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loss = loss_of_an_epoch(tmp_path / "16", dtype)
    monkeypatch.setattr(script, "autocast", lambda *_: nullcontext())
    monkeypatch.setattr(script, "GradScaler", lambda device, **_: GradScaler(device, enabled=False))
    assert loss == pytest.approx(loss_of_an_epoch(tmp_path / "32", dtype), rel=0.02)


def test_weights_are_saved_in_float32_with_the_scale(tmp_path: Path) -> None:
    loss_of_an_epoch(tmp_path / "run", "fp16")
    checkpoint = read_checkpoint(tmp_path / "run/last.pt")
    floats = [w.dtype for w in checkpoint["model"].values() if w.is_floating_point()]
    assert set(floats) == {torch.float32}
    assert checkpoint["scaler"]["scale"] > 1
