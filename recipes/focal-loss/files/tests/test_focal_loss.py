{% from "composition/slots.jinja" import imports with context %}
"""The focal loss against its formula, cross-entropy at gamma 0, and finite gradients."""

{% call imports("test_focal_loss") %}
from pathlib import Path
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
import train as script
from {{ package }}.config import Config
from {{ package }}.ops.focal_loss import focal_loss
from train import train
{% endcall %}



def examples(soft: bool) -> tuple[Tensor, Tensor]:
    """Return logits, (50, 5), and targets."""
    generator = torch.Generator().manual_seed(0)
    logits = 3 * torch.randn(50, 5, generator=generator)
    if soft:
        return logits, torch.rand(50, 5, generator=generator).softmax(1)
    return logits, torch.randint(5, (50,), generator=generator)


@pytest.mark.parametrize("gamma", [0, 0.5, 2, 5])
@pytest.mark.parametrize("soft", [False, True])
def test_the_loss_is_the_formula(soft: bool, gamma: float) -> None:
    logits, targets = examples(soft)
    powers = np.exp(logits.double().numpy())
    total = 0.0
    for row, target in zip(powers / powers.sum(1, keepdims=True), targets.tolist(), strict=True):
        for number, p in enumerate(row):
            share = target[number] if soft else number == target
            total -= share * (1 - p) ** gamma * np.log(p)
    assert float(focal_loss(logits, targets, gamma)) == pytest.approx(total / 50, rel=1e-5)


@pytest.mark.parametrize("soft", [False, True])
def test_with_gamma_0_it_is_cross_entropy(soft: bool) -> None:
    logits, targets = examples(soft)
    torch.testing.assert_close(focal_loss(logits, targets, 0), F.cross_entropy(logits, targets))


@pytest.mark.parametrize("gamma", [0.5, 2])
@pytest.mark.parametrize("soft", [False, True])
def test_gradients_are_those_of_finite_differences(soft: bool, gamma: float) -> None:
    logits, targets = examples(soft)
    ends = logits.clone().requires_grad_()
    focal_loss(ends, targets, gamma).backward()
    assert ends.grad is not None
    direction = torch.randn(logits.shape, generator=torch.Generator().manual_seed(1))
    step = 1e-2
    above, below = (focal_loss(logits + s * direction, targets, gamma) for s in (step, -step))
    slope = float(above - below) / (2 * step)
    assert float((ends.grad * direction).sum()) == pytest.approx(slope, rel=5e-3)


@pytest.mark.parametrize("gamma", [0, 0.5, 1, 2])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_certain_sample_has_a_finite_gradient(dtype: torch.dtype, gamma: float) -> None:
    logits = torch.tensor([[200.0, -200.0], [-200.0, 200.0]], dtype=dtype, requires_grad=True)
    loss = focal_loss(logits, torch.tensor([0, 0]), gamma)
    loss.backward()
    assert loss.dtype == torch.float32
    assert loss.item() == pytest.approx(200)
    assert logits.grad is not None
    assert logits.grad.isfinite().all()


def test_training_uses_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gammas = []

    def keep(logits: Tensor, targets: Tensor, gamma: float) -> Tensor:
        gammas.append(gamma)
        return focal_loss(logits, targets, gamma)

    monkeypatch.setattr(script, "focal_loss", keep)
    train(Config(epochs=1, run=tmp_path / "run", focal_gamma=1.5))
    assert set(gammas) == {1.5}
