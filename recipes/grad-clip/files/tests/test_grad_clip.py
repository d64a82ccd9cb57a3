{% from "composition/slots.jinja" import imports with context %}
"""Gradient clipping: gradients keep their direction, and the log has their norm."""

{% call imports("test_grad_clip") %}
import json
from pathlib import Path
import pytest
import torch
from torch import Tensor
from torch.optim import Optimizer
from torch.optim.optimizer import register_optimizer_step_pre_hook
from {{ package }}.config import Config
from train import train
{% endcall %}



def gradients(run: Path, clip_norm: float) -> list[Tensor]:
    """Train for an epoch and return all gradients, as one vector, at each update."""
    vectors: list[Tensor] = []

    def keep(optimizer: Optimizer, *_: object) -> None:
        found = [p.grad for group in optimizer.param_groups for p in group["params"]]
        vectors.append(torch.cat([g.flatten().double() for g in found if g is not None]))

    handle = register_optimizer_step_pre_hook(keep)
    try:
        train(Config(epochs=1, run=run, clip_norm=clip_norm))
    finally:
        handle.remove()
    return vectors


@pytest.fixture(scope="module")
def free(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Tensor]]:
    """A run without clipping: its folder and its gradients."""
    run = tmp_path_factory.mktemp("free") / "run"
    return run, gradients(run, float("inf"))


def test_no_norm_is_above_the_limit(free: tuple[Path, list[Tensor]], tmp_path: Path) -> None:
    limit = max(vector.norm().item() for vector in free[1]) / 3
    clipped = gradients(tmp_path / "run", limit)
    assert max(vector.norm().item() for vector in clipped) <= limit * (1 + 1e-5)


def test_the_direction_is_kept(free: tuple[Path, list[Tensor]], tmp_path: Path) -> None:
    limit = free[1][0].norm().item() / 3
    clipped = gradients(tmp_path / "run", limit)[0]
    torch.testing.assert_close(3 * clipped, free[1][0], rtol=1e-3, atol=1e-7)


def test_the_log_has_the_mean_norm_before_clipping(
    free: tuple[Path, list[Tensor]],
) -> None:
    run, vectors = free
    mean = sum(vector.norm().item() for vector in vectors) / len(vectors)
    metrics = json.loads((run / "metrics.jsonl").read_text())
    assert metrics["grad_norm"] == pytest.approx(mean, rel=1e-5)
