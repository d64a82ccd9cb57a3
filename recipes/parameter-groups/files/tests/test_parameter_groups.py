{% from "composition/slots.jinja" import imports with context %}
"""Parameter groups: every trainable parameter is in one, with its settings."""

{% call imports("test_parameter_groups") %}
from collections.abc import Callable
import pytest
from torch import nn
from {{ package }} import parameter_groups as module
from {{ package }}.config import Config
from {{ package }}.data_info import DataInfo, Splits
from {{ package }}.models import build_model
from {{ package }}.optimizer import build_optimizer
from {{ package }}.parameter_groups import parameter_groups
{% endcall %}



@pytest.fixture
def model(few_samples: Callable[[Config], tuple[Splits, DataInfo]]) -> nn.Module:
    config = Config()
    _, info = few_samples(config)
    return build_model(config, info)


def test_every_trainable_parameter_is_in_exactly_one_group(model: nn.Module) -> None:
    frozen, *others = model.parameters()
    frozen.requires_grad_(False)
    optimizer = build_optimizer(model, Config())
    grouped = [id(parameter) for group in optimizer.param_groups for parameter in group["params"]]
    assert sorted(grouped) == sorted(id(parameter) for parameter in others)


def test_parameters_of_the_same_settings_share_a_group(
    model: nn.Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    def settings_of(_name: str, parameter: nn.Parameter, config: Config) -> dict[str, float]:
        return {"lr": config.lr, "weight_decay": 0.1 * parameter.ndim}

    monkeypatch.setattr(module, "settings_of", settings_of)
    groups = parameter_groups(model, Config())
    assert len({(group["lr"], group["weight_decay"]) for group in groups}) == len(groups) > 1
    for group in groups:
        for parameter in group["params"]:
            assert group["weight_decay"] == 0.1 * parameter.ndim


def test_the_highest_learning_rate_is_that_of_the_settings(model: nn.Module) -> None:
    groups = parameter_groups(model, Config(lr=0.25))
    assert max(group["lr"] for group in groups) == 0.25
    assert max(group["weight_decay"] for group in groups) == Config().weight_decay
