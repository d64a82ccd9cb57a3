{% from "composition/slots.jinja" import imports with context %}
"""Channels-last training: strides of weights and feature maps, and the outputs without it."""

{% call imports("test_channels_last") %}
import copy
import dataclasses
from collections.abc import Callable
from pathlib import Path
import pytest
import torch
from torch import Tensor, nn
from torch.optim import Optimizer
import train as script
from {{ package }}.checkpoint import read_checkpoint
from {{ package }}.config import Config
from {{ package }}.ops.channels_last import to_channels_last
from {{ package }}.optimizer import build_optimizer
from train import train
{% endcall %}



class Built(Exception):
    """Ends a training as soon as its optimizer is built."""


def networks_of(config: Config) -> nn.Module:
    """Return the networks of a training, before its first step."""
    found = []

    def build(networks: nn.Module, config: Config) -> Optimizer:
        found.append(networks)
        build_optimizer(networks, config)
        raise Built

    with pytest.MonkeyPatch.context() as patch, pytest.raises(Built):
        patch.setattr(script, "build_optimizer", build)
        train(config)
    return found[0]


def is_channels_last(tensor: Tensor) -> bool:
    """Return whether the channels of a tensor, (N, C, H, W), lie next to each other."""
    _, channels, height, width = tensor.shape
    expected = (channels * height * width, 1, width * channels, channels)
    sizes = zip(tensor.shape, tensor.stride(), expected, strict=True)
    return all(size == 1 or own == wanted for size, own, wanted in sizes)


@pytest.mark.parametrize("channels_last", [True, False])
def test_all_weights_of_convolutions_are_converted(channels_last: bool, tmp_path: Path) -> None:
    networks = networks_of(Config(run=tmp_path / "run", channels_last=channels_last))
    weights = [weight for weight in networks.parameters() if weight.ndim == 4]
    assert len(weights) >= 3
    if channels_last:
        assert all(is_channels_last(weight) for weight in weights)
    else:
        assert all(weight.is_contiguous() for weight in weights)


def test_feature_maps_follow_the_weights_and_have_the_same_values(tmp_path: Path) -> None:
    networks = networks_of(Config(run=tmp_path / "run")).eval()
    plain = copy.deepcopy(networks)
    for parameter in plain.parameters():
        parameter.data = parameter.data.contiguous()
    pairs = zip(networks.modules(), plain.modules(), strict=True)
    compared = 0
    for converted, original in pairs:
        if isinstance(converted, nn.Conv2d | nn.ConvTranspose2d):
            images = torch.randn(2, converted.in_channels, 8, 8)
            maps = converted(images)
            assert is_channels_last(maps)
            torch.testing.assert_close(maps, original(images), rtol=1e-4, atol=1e-5)
            compared += 1
    assert compared >= 3


@pytest.mark.parametrize("kernel", [1, 3])
@pytest.mark.parametrize("channels", [1, 4])
@pytest.mark.parametrize("format", [torch.contiguous_format, torch.channels_last])
def test_gradients_have_the_strides_of_their_weights(
    format: torch.memory_format, channels: int, kernel: int
) -> None:
    model = nn.Conv2d(channels, 6, kernel)
    to_channels_last(model)
    gradient = torch.rand(model.weight.shape).contiguous(memory_format=format)
    (model.weight * gradient).sum().backward()
    assert model.weight.grad is not None
    assert model.weight.grad.stride() == model.weight.stride()
    assert torch.equal(model.weight.grad, gradient)


@pytest.mark.parametrize(("before", "after"), [(True, False), (False, True)])
def test_a_run_is_resumed_in_the_other_format(
    before: bool, after: bool, train_until: Callable[..., None], tmp_path: Path
) -> None:
    weights = []
    for name, second in (("same", before), ("other", after)):
        config = Config(epochs=2, run=tmp_path / name, channels_last=before)
        train_until(config, epoch=1, batch=1, kill=True)
        train(dataclasses.replace(config, resume=True, channels_last=second))
        weights.append(read_checkpoint(tmp_path / name / "last.pt")["model"])
    torch.testing.assert_close(weights[1], weights[0], rtol=0.01, atol=0.01)


@pytest.mark.parametrize("precision", ["highest", "high", "medium"])
def test_the_precision_of_matrix_products_is_set(
    precision: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[str] = []
    monkeypatch.setattr(torch, "set_float32_matmul_precision", found.append)
    networks_of(Config(run=tmp_path / "run", matmul_precision=precision))  # type: ignore[arg-type]
    assert found == [precision]
