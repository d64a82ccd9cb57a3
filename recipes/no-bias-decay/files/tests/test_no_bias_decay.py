{% from "composition/slots.jinja" import imports with context %}
"""Which parameters decay, by the types of their layers, and what a step makes of it."""

{% call imports("test_no_bias_decay") %}
import copy
from pathlib import Path
import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils.parametrize import ParametrizationList
from torch.optim import Optimizer
import train as script
from {{ package }}.config import Config
from {{ package }}.optimizer import build_optimizer
from train import train
{% endcall %}


DECAY = 0.1
# A parametrization, such as spectral normalization, holds the weight of its layer.
WITH_WEIGHTS = (nn.Linear, nn.Conv2d, nn.ConvTranspose2d, nn.Conv3d, ParametrizationList)


class Built(Exception):
    """Ends a training as soon as its optimizer is built."""


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[nn.Module, Optimizer]:
    """The networks and the optimizer of a training."""
    found = []

    def build(networks: nn.Module, config: Config) -> Optimizer:
        found.append((networks, build_optimizer(networks, config)))
        raise Built

    monkeypatch.setattr(script, "build_optimizer", build)
    with pytest.raises(Built):
        train(Config(weight_decay=DECAY, run=tmp_path / "run"))
    return found[0]


def expected_decays(networks: nn.Module) -> dict[Tensor, float]:
    """Return the weight decay of each parameter, from the type of its layer."""
    return {
        parameter: DECAY if isinstance(layer, WITH_WEIGHTS) and name != "bias" else 0.0
        for layer in networks.modules()
        for name, parameter in layer.named_parameters(recurse=False)
    }


def test_every_parameter_is_in_exactly_one_group(built: tuple[nn.Module, Optimizer]) -> None:
    networks, optimizer = built
    grouped = [id(p) for group in optimizer.param_groups for p in group["params"]]
    assert sorted(grouped) == sorted(id(parameter) for parameter in networks.parameters())


def test_weights_decay_and_biases_and_normalization_do_not(
    built: tuple[nn.Module, Optimizer],
) -> None:
    networks, optimizer = built
    found = {p: group["weight_decay"] for group in optimizer.param_groups for p in group["params"]}
    expected = expected_decays(networks)
    names = {parameter: name for name, parameter in networks.named_parameters()}
    assert {names[p]: found[p] for p in names} == {names[p]: expected[p] for p in names}
    assert set(expected.values()) == {0.0, DECAY}


def test_a_step_moves_weights_alone_towards_0(built: tuple[nn.Module, Optimizer]) -> None:
    networks, optimizer = built
    others = copy.deepcopy(networks)
    without_decay = build_optimizer(others, Config(weight_decay=0))
    pairs = list(zip(networks.parameters(), others.parameters(), strict=True))
    before = {parameter: parameter.detach().clone() for parameter, _ in pairs}
    for parameter, other in pairs:
        parameter.grad = torch.randn_like(parameter)
        other.grad = parameter.grad.clone()
    optimizer.step()
    without_decay.step()
    decays = expected_decays(networks)
    for parameter, other in pairs:
        moved = (parameter - other).detach()
        if decays[parameter] == 0:
            assert not moved.any()
        else:
            assert (moved * before[parameter] <= 0).all()
            assert moved.any()
