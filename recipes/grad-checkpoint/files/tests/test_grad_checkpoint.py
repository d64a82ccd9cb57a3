{% from "composition/slots.jinja" import imports with context %}
"""Activation checkpointing: the same loss and gradients, and fewer bytes kept for them."""

{% call imports("test_grad_checkpoint") %}
import copy
from collections.abc import Callable
from pathlib import Path
import pytest
import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks
import train as script
from {{ package }}.config import Config
from {{ package }}.data_info import DataInfo, Splits
from {{ package }}.loaders import EvaluationLoader
from {{ package }}.models import build_model, stages
from {{ package }}.ops.grad_checkpoint import checkpoint_stages
from train import train
{% endcall %}


Loader = Callable[[Config], tuple[Splits, DataInfo]]


def network() -> nn.Sequential:
    """Return a network of two stages that draw random numbers."""
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Sequential(
            nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Dropout(0.5), nn.Conv2d(8, 8, 3), nn.ReLU()
        ),
        nn.Sequential(nn.Flatten(), nn.Linear(8 * 16, 16), nn.Tanh(), nn.Linear(16, 2)),
    )


def loss_and_gradients(model: nn.Module, inputs: Tensor) -> tuple[Tensor, list[Tensor], int]:
    """Return the loss, the gradients, and how many bytes the forward pass kept for them."""
    kept: dict[int, Tensor] = {}

    def keep(tensor: Tensor) -> Tensor:
        kept[tensor.untyped_storage().data_ptr()] = tensor
        return tensor

    torch.manual_seed(1)
    with saved_tensors_hooks(keep, lambda tensor: tensor):
        loss = model(inputs).square().mean()
    own = {weight.untyped_storage().data_ptr() for weight in model.parameters()}
    size = sum(
        tensor.untyped_storage().nbytes() for place, tensor in kept.items() if place not in own
    )
    gradients = torch.autograd.grad(loss, list(model.parameters()))
    return loss.detach(), list(gradients), size


def test_loss_and_gradients_are_the_same_with_fewer_bytes() -> None:
    plain, inputs = network(), torch.rand(4, 3, 8, 8, requires_grad=True)
    checkpointed = copy.deepcopy(plain)
    checkpoint_stages(checkpointed)
    loss, gradients, size = loss_and_gradients(plain, inputs)
    again, others, smaller = loss_and_gradients(checkpointed, inputs)
    assert torch.equal(loss, again)
    for gradient, other in zip(gradients, others, strict=True):
        assert torch.equal(gradient, other)
    assert smaller < size / 2


def test_a_copy_computes_with_its_own_weights() -> None:
    model, inputs = network(), torch.rand(2, 3, 8, 8)
    checkpoint_stages(model)
    other = copy.deepcopy(model)
    for weight in other.parameters():
        weight.data.zero_()
    for mode in (True, False):
        assert not other.train(mode)(inputs).any()
        assert model.train(mode)(inputs).any()


def test_in_evaluation_nothing_is_computed_again() -> None:
    model, calls = network().eval(), []
    checkpoint_stages(model)
    model.get_submodule("0.0").register_forward_hook(lambda *_: calls.append(1))
    model(torch.rand(2, 3, 8, 8)).sum().backward()
    assert len(calls) == 1


def test_names_of_weights_stay() -> None:
    plain = network()
    checkpointed = copy.deepcopy(plain)
    checkpoint_stages(checkpointed)
    assert checkpointed.state_dict().keys() == plain.state_dict().keys()


@pytest.mark.parametrize("on", [True, False])
def test_every_stage_of_the_training_is_computed_twice_if_it_is_on(
    on: bool, few_samples: Loader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[nn.Module] = []

    def build(config: Config, info: DataInfo) -> nn.Module:
        built.append(build_model(config, info))
        return built[-1]

    monkeypatch.setattr(script, "build_model", build)
    train(Config(epochs=1, run=tmp_path / "run", grad_checkpoint=on))
    (model,) = built
    splits, info = few_samples(Config())
    loader = EvaluationLoader(splits["val"], Config(), info, torch.device("cpu"))
    inputs, _ = next(iter(loader))
    found = stages(model)
    counts = [0] * len(found)
    for number, stage in enumerate(found):
        layers = [layer for layer in stage.modules() if not list(layer.children())]

        def count(*_: object, number: int = number) -> None:
            counts[number] += 1

        if layers[0] is not stage:
            layers[0].register_forward_hook(count)
    model.train().requires_grad_(True)
    model(inputs).square().mean().backward()
    assert set(counts) - {0} == {2 if on else 1}
