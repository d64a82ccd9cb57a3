{% from "composition/slots.jinja" import imports with context %}
"""Initialization: measured variances and shapes of distributions, in the model as well."""

{% call imports("test_weight_init") %}
from collections.abc import Callable
import pytest
import torch
from torch import Tensor, nn
from {{ package }}.config import Config
from {{ package }}.data_info import DataInfo, Splits
from {{ package }}.layers.weight_init import init_weights
from {{ package }}.models import build_model
from {{ package }}.ops.seeding import seed_everything
{% endcall %}



def kurtosis(values: Tensor) -> float:
    """Return the fourth moment over the squared variance: 3 if normal, 1.8 if uniform."""
    centered = values - values.mean()
    return float((centered**4).mean() / (centered**2).mean() ** 2)


@pytest.mark.parametrize(
    ("layer", "variance", "expected_kurtosis"),
    [
        (nn.Conv2d(32, 128, 3), 2 / (128 * 9), 3),
        (nn.Conv2d(128, 32, (5, 1), stride=2), 2 / (32 * 5), 3),
        (nn.Conv3d(16, 64, 3, bias=False), 2 / (64 * 27), 3),
        (nn.Linear(100, 400), 2 / 500, 1.8),
    ],
)
def test_weights_have_their_distribution(
    layer: nn.Conv2d | nn.Linear, variance: float, expected_kurtosis: float
) -> None:
    seed_everything(0)
    init_weights(layer)
    weight = layer.weight.detach().flatten()
    assert abs(float(weight.mean())) < 0.05 * variance**0.5
    assert float(weight.var()) == pytest.approx(variance, rel=0.05)
    assert kurtosis(weight) == pytest.approx(expected_kurtosis, rel=0.1)
    assert layer.bias is None or not layer.bias.any()


@pytest.mark.parametrize("norm", [nn.GroupNorm(2, 4), nn.BatchNorm2d(4), nn.LayerNorm(4)])
def test_normalization_scales_by_1_and_shifts_by_0(norm: nn.GroupNorm) -> None:
    for parameter in norm.parameters():
        nn.init.uniform_(parameter)
    init_weights(norm)
    assert torch.equal(norm.weight, torch.ones(4))
    assert torch.equal(norm.bias, torch.zeros(4))


def test_layers_without_weights_and_parameters_of_other_layers_are_left_alone() -> None:
    class Scaled(nn.Module):
        """Has a parameter of its own."""

        def __init__(self) -> None:
            super().__init__()
            self.gamma = nn.Parameter(torch.full((), 0.5))
            self.norm = nn.GroupNorm(2, 4, affine=False)

    model = Scaled()
    init_weights(model)
    assert model.gamma == 0.5


def test_the_model_has_these_weights_and_they_depend_on_the_seed(
    few_samples: Callable[[Config], tuple[Splits, DataInfo]],
) -> None:
    _, info = few_samples(Config())
    drawn = []
    for seed in (0, 0, 1):
        seed_everything(seed)
        drawn.append(build_model(Config(), info))
    first, again, other = (
        [layer.weight.detach() for layer in model.modules() if isinstance(layer, nn.Conv2d)]
        for model in drawn
    )
    for one, same, another in zip(first, again, other, strict=True):
        assert torch.equal(one, same)
        assert not torch.equal(one, another)
