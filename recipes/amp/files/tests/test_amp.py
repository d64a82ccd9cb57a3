{% from "composition/slots.jinja" import expression, imports with context %}
"""Mixed precision: nearly the loss of float32, and weights that stay in float32."""

{% call imports("test_amp") %}
import dataclasses
import json
from functools import partial
from pathlib import Path
import pytest
import torch
from torch import nn
from torch.amp.grad_scaler import GradScaler
from {{ package }}.checkpoint import read_checkpoint
from {{ package }}.config import Config, read_config
from {{ package }}.ops import amp
from {{ package }}.ops.amp import autocast, choose_dtype
from train import train
{% endcall %}


CPU = torch.device("cpu")


def loss_of_an_epoch(run: Path, dtype: str) -> float:
    train(Config(epochs=1, run=run, amp_dtype=dtype, batch_size=20))  # type: ignore[arg-type]
    return float(json.loads((run / "metrics.jsonl").read_text())["train_loss"])


@pytest.mark.parametrize(
    ("name", "dtype"),
    [("bf16", torch.bfloat16), ("fp16", torch.float16), ("off", torch.float32)],
)
def test_matrix_products_are_computed_in_the_type_asked_for(name: str, dtype: torch.dtype) -> None:
    layer = nn.Linear(2, 2)
    with autocast(CPU, name):
        assert layer(torch.ones(1, 2)).dtype == dtype
    assert layer.weight.dtype == torch.float32


@pytest.mark.parametrize(
    ("device", "has_bf16", "dtype"),
    [
        ("cuda", True, torch.bfloat16),
        ("cuda", False, torch.float16),
        ("mps", False, torch.bfloat16),
        ("cpu", False, torch.float32),
    ],
)
def test_auto_is_a_type_that_the_device_is_fast_in(
    device: str, has_bf16: bool, dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: has_bf16)
    assert choose_dtype("auto", torch.device(device)) == dtype


@pytest.mark.parametrize("dtype", ["bf16", "fp16"])
def test_training_is_close_to_that_in_float32(
    dtype: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # With a higher scale, the first updates would overflow and be skipped.
    monkeypatch.setattr(amp, "GradScaler", partial(GradScaler, init_scale=256.0))
    loss = loss_of_an_epoch(tmp_path / "16", dtype)
    tolerance = {{ expression("tests.tolerance", "0.02") }}
    assert loss == pytest.approx(loss_of_an_epoch(tmp_path / "32", "off"), rel=tolerance)


@pytest.mark.parametrize(("before", "after"), [("off", "fp16"), ("fp16", "off")])
def test_a_run_is_resumed_in_another_type(before: str, after: str, tmp_path: Path) -> None:
    run = tmp_path / "run"
    loss_of_an_epoch(run, before)
    config = read_config(run)
    resumed = dataclasses.replace(config, amp_dtype=after, resume=True)  # type: ignore[arg-type]
    assert train(resumed) == run


def test_weights_are_saved_in_float32_with_the_scale(tmp_path: Path) -> None:
    loss_of_an_epoch(tmp_path / "run", "fp16")
    checkpoint = read_checkpoint(tmp_path / "run/last.pt")
    floats = [w.dtype for w in checkpoint["model"].values() if w.is_floating_point()]
    assert set(floats) == {torch.float32}
    assert checkpoint["scaler"]["scale"] > 1
