{% from "composition/slots.jinja" import imports with context %}
"""The network against its layers written out."""

{% call imports("test_espcn") %}
import itertools
import pytest
import torch
import torch.nn.functional as F
from torch import nn
from {{ package }}.networks.bicubic import Bicubic
from {{ package }}.networks.espcn import ESPCN, Upsampler, make_upsampler
{% endcall %}


KINDS = ["sub-pixel", "transposed", "resize"]


def randomise(model: nn.Module) -> nn.Module:
    """Give all weights some value: those of an upsampler start at 0."""
    torch.manual_seed(0)
    for weight in model.parameters():
        nn.init.normal_(weight, std=0.1)
    return model


@pytest.mark.parametrize("size", [(1, 1), (3, 8), (18, 18)])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("kind", KINDS)
def test_a_new_network_is_bicubic(
    kind: Upsampler, scale: int, channels: int, size: tuple[int, int]
) -> None:
    images = torch.rand(2, channels, *size)
    enlarged = ESPCN(channels, 8, scale, kind)(images)
    assert enlarged.shape == (2, channels, scale * size[0], scale * size[1])
    assert torch.equal(enlarged, Bicubic(scale)(images))


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_sub_pixel_lays_channels_out_as_pixels(scale: int) -> None:
    upsampler = randomise(make_upsampler("sub-pixel", 4, 3, scale))
    features = torch.rand(2, 4, 5, 6)
    weight, bias = upsampler.parameters()
    values = F.conv2d(features, weight, bias, padding=1)

    expected = torch.zeros(2, 3, 5 * scale, 6 * scale)
    for channel, top, left in itertools.product(range(3), range(scale), range(scale)):
        place = channel * scale**2 + top * scale + left
        expected[:, channel, top::scale, left::scale] = values[:, place]

    torch.testing.assert_close(upsampler(features), expected)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_transposed_adds_a_patch_for_each_feature(scale: int) -> None:
    upsampler = randomise(make_upsampler("transposed", 4, 3, scale)).double()
    features = torch.rand(2, 4, 5, 6, dtype=torch.float64)
    weight, bias = (parameter.detach() for parameter in upsampler.parameters())

    canvas = torch.zeros(2, 3, 7 * scale, 8 * scale, dtype=torch.float64)
    for y, x in itertools.product(range(5), range(6)):
        patch = torch.einsum("nf,fchw->nchw", features[:, :, y, x], weight)
        canvas[:, :, y * scale : (y + 3) * scale, x * scale : (x + 3) * scale] += patch
    expected = canvas[:, :, scale:-scale, scale:-scale] + bias.view(3, 1, 1)

    torch.testing.assert_close(upsampler(features).detach(), expected)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_resize_repeats_features_and_convolves(scale: int) -> None:
    upsampler = randomise(make_upsampler("resize", 4, 3, scale))
    features = torch.rand(2, 4, 5, 6)
    weight, bias = upsampler.parameters()
    repeated = torch.from_numpy(features.numpy().repeat(scale, 2).repeat(scale, 3))
    torch.testing.assert_close(upsampler(features), F.conv2d(repeated, weight, bias, padding=1))


@pytest.mark.parametrize("kind", KINDS)
def test_a_brighter_image_is_enlarged_to_a_brighter_one(kind: Upsampler) -> None:
    """What is added to bicubic does not depend on brightness, not even at the border."""
    model = randomise(ESPCN(channels=3, width=8, scale=3, upsampler=kind))
    images = torch.rand(2, 3, 7, 9) / 2
    torch.testing.assert_close(model(images + 0.5), model(images) + 0.5)
    assert not torch.allclose(model(images), Bicubic(3)(images), atol=0.01)


@pytest.mark.parametrize("kind", KINDS)
def test_symmetric_weights_add_nothing_that_is_shifted(kind: Upsampler) -> None:
    """An image upside down is enlarged to the enlarged image upside down."""
    model = randomise(ESPCN(channels=3, width=8, scale=2, upsampler=kind))
    for weight in model.parameters():
        nn.init.constant_(weight, weight.data.flatten()[0].item())
    images = torch.rand(2, 3, 6, 8)
    for turned in ((2,), (3,)):
        torch.testing.assert_close(model(images.flip(turned)), model(images).flip(turned))
