{% from "composition/slots.jinja" import imports with context %}
"""SGD against its formula written out, and settings that do not go together."""

{% call imports("test_sgd") %}
import pytest
import torch
from torch import Tensor, nn
from {{ package }}.config import Config
from {{ package }}.optimizer import build_optimizer
{% endcall %}



@pytest.mark.parametrize(("momentum", "nesterov"), [(0.0, False), (0.9, False), (0.7, True)])
def test_updates_are_those_of_the_formula(momentum: float, nesterov: bool) -> None:
    torch.manual_seed(0)
    model = nn.Linear(3, 2)
    config = Config(lr=0.1, weight_decay=0.01, momentum=momentum, nesterov=nesterov)
    optimizer = build_optimizer(model, config)
    decay = {p: g["weight_decay"] for g in optimizer.param_groups for p in g["params"]}
    expected: dict[nn.Parameter, Tensor] = {p: p.detach().clone() for p in model.parameters()}
    velocity = {p: torch.zeros_like(p) for p in model.parameters()}
    for _ in range(4):
        inputs = torch.randn(5, 3)
        optimizer.zero_grad()
        model(inputs).square().sum().backward()
        for parameter, weight in expected.items():
            assert parameter.grad is not None
            gradient = parameter.grad + decay[parameter] * weight
            velocity[parameter] = momentum * velocity[parameter] + gradient
            step = gradient + momentum * velocity[parameter] if nesterov else velocity[parameter]
            expected[parameter] = weight - 0.1 * step
        optimizer.step()
        for parameter, weight in expected.items():
            torch.testing.assert_close(parameter.detach(), weight)


def test_nesterov_needs_momentum() -> None:
    assert Config(nesterov=True, momentum=0.0).problems() == [
        "--nesterov is on: expected --momentum above 0 with it"
    ]
