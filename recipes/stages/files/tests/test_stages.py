{% from "composition/slots.jinja" import imports with context %}
"""The stages of the model: in order, without a parameter left out, the head last."""

{% call imports("test_stages") %}
from collections.abc import Callable
from typing import Any
import pytest
import torch
from torch import Tensor, nn
from {{ package }}.config import Config
from {{ package }}.data_info import DataInfo, Splits
from {{ package }}.loaders import EvaluationLoader
from {{ package }}.models import build_model, stages
{% endcall %}


Loader = Callable[[Config], tuple[Splits, DataInfo]]


@pytest.fixture
def model(few_samples: Loader) -> nn.Module:
    _, info = few_samples(Config())
    return build_model(Config(), info)


def test_every_parameter_is_in_exactly_one_stage(model: nn.Module) -> None:
    found = [id(weight) for stage in stages(model) for weight in stage.parameters()]
    assert sorted(found) == sorted(id(weight) for weight in model.parameters())


def test_stages_are_in_the_order_of_the_forward_pass_and_the_head_is_last(
    model: nn.Module, few_samples: Loader
) -> None:
    splits, info = few_samples(Config())
    inputs, _ = next(iter(EvaluationLoader(splits["val"], Config(), info, torch.device("cpu"))))
    passed: list[tuple[nn.Module, Tensor]] = []

    def keep(stage: nn.Module, _inputs: Any, output: Tensor) -> None:
        passed.append((stage, output))

    found = stages(model)
    for stage in found:
        stage.register_forward_hook(keep)
    model(inputs)
    assert len(found) > 2
    assert [stage for stage, _ in passed] == found
    assert passed[-1][1].shape[1] == len(info.classes)
