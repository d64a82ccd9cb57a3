{% from "composition/slots.jinja" import imports with context %}
"""The losses against their formulas, and against PyTorch's binary cross-entropy."""

{% call imports("test_losses") %}
import math
import pytest
import torch
import torch.nn.functional as F
from {{ package }}.losses import discriminator_loss, generator_loss
{% endcall %}


REAL = [0.3, -2.0, 1.5, 4.0]
FAKE = [-0.2, 0.7, -3.0]


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def test_bce_has_its_formula() -> None:
    expected = sum(-math.log(sigmoid(x)) for x in REAL) / len(REAL)
    expected += sum(-math.log(1 - sigmoid(x)) for x in FAKE) / len(FAKE)
    own = discriminator_loss(torch.tensor(REAL), torch.tensor(FAKE), "bce")
    assert own.item() == pytest.approx(expected)
    expected = sum(-math.log(sigmoid(x)) for x in FAKE) / len(FAKE)
    assert generator_loss(torch.tensor(FAKE), "bce").item() == pytest.approx(expected)


def test_hinge_has_its_formula() -> None:
    expected = sum(max(0.0, 1 - x) for x in REAL) / len(REAL)
    expected += sum(max(0.0, 1 + x) for x in FAKE) / len(FAKE)
    own = discriminator_loss(torch.tensor(REAL), torch.tensor(FAKE), "hinge")
    assert own.item() == pytest.approx(expected)
    expected = -sum(FAKE) / len(FAKE)
    assert generator_loss(torch.tensor(FAKE), "hinge").item() == pytest.approx(expected)


def test_bce_is_that_of_pytorch_for_any_logit() -> None:
    logits = torch.linspace(-200, 200, 41)
    ones, zeros = torch.ones_like(logits), torch.zeros_like(logits)
    as_real = F.binary_cross_entropy_with_logits(logits, ones)
    as_fake = F.binary_cross_entropy_with_logits(logits, zeros)
    torch.testing.assert_close(discriminator_loss(logits, logits, "bce"), as_real + as_fake)
    torch.testing.assert_close(generator_loss(logits, "bce"), as_real)


def test_the_gradient_of_the_generator_is_largest_where_the_discriminator_is_sure() -> None:
    judged = torch.tensor([-20.0, 0.0, 20.0], requires_grad=True)
    generator_loss(judged, "bce").backward()
    assert judged.grad is not None
    torch.testing.assert_close(3 * judged.grad, torch.tensor([-1.0, -0.5, 0.0]))
