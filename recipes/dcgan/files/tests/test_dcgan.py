{% from "composition/slots.jinja" import imports with context %}
"""The two networks of DCGAN: shapes, first weights, and their layers written out."""

{% call imports("test_dcgan") %}
import pytest
import torch
import torch.nn.functional as F
from torch import nn
from {{ package }}.config import Config
from {{ package }}.networks.dcgan import Discriminator, Generator
{% endcall %}



@pytest.mark.parametrize("size", [8, 16, 32])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("width", [8, 16])
def test_noise_becomes_images_and_images_become_logits(
    size: int, channels: int, width: int
) -> None:
    images = Generator(5, channels, size, width)(10 * torch.randn(3, 5))
    assert images.shape == (3, channels, size, size)
    assert images.abs().max() <= 1
    assert Discriminator(channels, size, width)(images).shape == (3,)


@pytest.mark.parametrize("width", [8, 16])
def test_the_layers_at_half_size_have_twice_the_width(width: int) -> None:
    for network in (Generator(5, 1, 8, width), Discriminator(1, 8, width)):
        norms = [layer for layer in network.modules() if isinstance(layer, nn.GroupNorm)]
        assert min(norm.num_channels for norm in norms) == 2 * width


@pytest.mark.parametrize("size", [0, 4, 12, 24])
def test_a_size_that_is_not_a_power_of_2_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match=f"size is {size}: expected 8, 16, 32"):
        Generator(5, 1, size, 8)
    with pytest.raises(ValueError, match=f"size is {size}: expected 8, 16, 32"):
        Discriminator(1, size, 8)


def test_a_width_that_is_not_a_multiple_of_8_is_refused() -> None:
    assert Config(width=12).problems() == ["--width is 12: expected a multiple of 8"]


def test_the_generator_of_8_by_8_images_has_its_formula() -> None:
    network = Generator(5, 1, 8, 8)
    noise = torch.randn(3, 5)
    _, project, norm, *_, paint, _ = network.layers
    assert isinstance(project, nn.ConvTranspose2d)
    assert isinstance(norm, nn.GroupNorm)
    assert isinstance(paint, nn.ConvTranspose2d)

    maps = torch.einsum("nz,zchw->nchw", noise, project.weight)
    assert maps.shape == (3, 16, 4, 4)
    groups = maps.view(3, 8, -1)
    centred = groups - groups.mean(2, keepdim=True)
    scaled = centred / (centred.square().mean(2, keepdim=True) + norm.eps).sqrt()
    maps = scaled.view_as(maps).clamp(min=0)
    apart = torch.zeros(3, 16, 11, 11)
    apart[:, :, 2:9:2, 2:9:2] = maps  # a transposed convolution is one over pixels set apart
    expected = F.conv2d(apart, paint.weight.flip(2, 3).transpose(0, 1), paint.bias).tanh()

    torch.testing.assert_close(network(noise), expected, rtol=1e-4, atol=1e-6)


def test_the_discriminator_weighs_a_map_of_4_by_4_pixels() -> None:
    network = Discriminator(1, 16, 8)
    images = torch.randn(3, 1, 16, 16)
    maps, weigh = network.layers[:-2](images), network.layers[-2]
    assert maps.shape == (3, 32, 4, 4)
    assert isinstance(weigh, nn.Conv2d)
    assert weigh.bias is not None
    expected = torch.einsum("nchw,chw->n", maps, weigh.weight[0]) + weigh.bias
    torch.testing.assert_close(network(images), expected)


def test_weights_are_initialized_as_in_the_paper() -> None:
    for network in (Generator(32, 1, 8, 64), Discriminator(1, 8, 64)):
        for layer in network.modules():
            if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
                assert layer.weight.mean().abs() < 0.005
                assert 0.016 < layer.weight.std() < 0.024
                assert layer.bias is None or not layer.bias.any()
