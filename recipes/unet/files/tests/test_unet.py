{% from "composition/slots.jinja" import imports with context %}
"""The U-Net against its description, written out."""

{% call imports("test_unet") %}
import numpy as np
import pytest
import torch
from torch import Tensor, nn
from {{ package }}.config import Config
from {{ package }}.networks.unet import UNet, stage
{% endcall %}



@pytest.mark.parametrize("size", [(1, 1), (4, 4), (7, 10), (20, 20)])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("width", [16, 32])
def test_every_pixel_has_one_logit_for_each_class(
    size: tuple[int, int], channels: int, width: int
) -> None:
    network = UNet(channels, num_classes=5, width=width)
    assert network(torch.rand(2, channels, *size)).shape == (2, 5, *size)


def halved(features: Tensor) -> Tensor:
    """Return the highest of each 2 x 2 values."""
    images, channels, height, width = features.shape
    return features.view(images, channels, height // 2, 2, width // 2, 2).amax((3, 5))


def test_each_size_is_seen_again_on_the_way_up() -> None:
    network = UNet(in_channels=3, num_classes=5, width=16)
    images = torch.rand(2, 3, 12, 8)

    full = network.down[0](images)
    half = network.down[1](halved(full))
    quarter = network.bottleneck(halved(half))
    assert quarter.shape == (2, 64, 3, 2)
    half = network.up[0](torch.cat([half, network.enlarge[0](quarter)], dim=1))
    full = network.up[1](torch.cat([full, network.enlarge[1](half)], dim=1))
    expected = torch.einsum("nchw,kc->nkhw", full, network.classifier.weight.flatten(1))

    bias = network.classifier.bias
    assert bias is not None
    torch.testing.assert_close(network(images), expected + bias.view(-1, 1, 1))


@pytest.mark.parametrize("size", [(12, 8), (11, 8), (10, 5), (9, 7)])
def test_other_sizes_are_padded_with_the_last_row_and_column(size: tuple[int, int]) -> None:
    network = UNet(in_channels=1, num_classes=5, width=16)
    images = torch.rand(2, 1, *size)
    missing = ((0, 0), (0, 0), (0, 12 - size[0]), (0, 8 - size[1]))
    padded = torch.from_numpy(np.pad(images.numpy(), missing, mode="edge"))
    expected = network(padded)[:, :, : size[0], : size[1]]
    torch.testing.assert_close(network(images), expected)


def test_weights_are_initialized_as_in_the_paper() -> None:
    torch.manual_seed(0)
    convolution = stage(64, 128)[0]
    assert isinstance(convolution, nn.Conv2d)
    assert convolution.weight.std().item() == pytest.approx((2 / (9 * 64)) ** 0.5, rel=0.02)
    assert convolution.weight.mean().item() == pytest.approx(0, abs=0.001)


def test_a_width_that_is_not_a_multiple_of_16_is_refused() -> None:
    assert Config(width=24).problems() == ["--width is 24: expected a multiple of 16"]
