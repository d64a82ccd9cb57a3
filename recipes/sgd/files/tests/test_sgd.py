{% from "composition/slots.jinja" import imports with context %}
"""SGD against its formula written out, and settings that do not go together."""

{% call imports("test_sgd") %}
from collections.abc import Callable
import pytest
import torch
from {{ package }}.config import Config
from {{ package }}.data_info import DataInfo, Splits
from {{ package }}.models import build_model
from {{ package }}.optimizer import build_optimizer
{% endcall %}



@pytest.mark.parametrize(("momentum", "nesterov"), [(0.0, False), (0.9, False), (0.7, True)])
def test_updates_are_those_of_the_formula(
    momentum: float, nesterov: bool, few_samples: Callable[[Config], tuple[Splits, DataInfo]]
) -> None:
    torch.manual_seed(0)
    config = Config(lr=0.1, weight_decay=0.01, momentum=momentum, nesterov=nesterov)
    _, info = few_samples(config)
    optimizer = build_optimizer(build_model(config, info), config)
    own = {parameter: group for group in optimizer.param_groups for parameter in group["params"]}
    assert 0.1 in [group["lr"] for group in own.values()]
    expected = {parameter: parameter.detach().clone() for parameter in own}
    velocity = {parameter: torch.zeros_like(parameter) for parameter in own}
    for _ in range(4):
        for parameter, group in own.items():
            parameter.grad = torch.randn_like(parameter)
            gradient = parameter.grad + group["weight_decay"] * expected[parameter]
            velocity[parameter] = momentum * velocity[parameter] + gradient
            step = gradient + momentum * velocity[parameter] if nesterov else velocity[parameter]
            expected[parameter] -= group["lr"] * step
        optimizer.step()
        for parameter, weight in expected.items():
            torch.testing.assert_close(parameter.detach(), weight)


def test_nesterov_needs_momentum() -> None:
    assert Config(nesterov=True, momentum=0.0).problems() == [
        "--nesterov is on: expected --momentum above 0 with it"
    ]
