{% from "composition/slots.jinja" import imports with context %}
"""The network against its description, written out."""

{% call imports("test_convnet") %}
import pytest
import torch
from {{ package }}.config import Config
from {{ package }}.networks.convnet import ConvNet
{% endcall %}



@pytest.mark.parametrize("size", [(7, 7), (8, 8), (9, 14), (28, 28)])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("width", [8, 32])
def test_images_of_any_size_become_one_logit_for_each_class(
    size: tuple[int, int], channels: int, width: int
) -> None:
    network = ConvNet(channels, num_classes=5, width=width)
    assert network(torch.rand(3, channels, *size)).shape == (3, 5)


def test_the_classifier_sees_the_mean_over_each_quarter_of_the_features() -> None:
    network = ConvNet(in_channels=3, num_classes=5, width=8)
    images = torch.rand(2, 3, 16, 24)
    maps = network.features(images)
    height, width = maps.shape[2] // 2, maps.shape[3] // 2

    quarters = [
        maps[:, :, :height, :width],
        maps[:, :, :height, width:],
        maps[:, :, height:, :width],
        maps[:, :, height:, width:],
    ]
    means = torch.stack([quarter.mean((2, 3)) for quarter in quarters], dim=2).flatten(1)

    expected = means @ network.classifier.weight.T + network.classifier.bias
    torch.testing.assert_close(network(images), expected)


def test_a_width_that_is_not_a_multiple_of_8_is_refused() -> None:
    assert Config(width=12).problems() == ["--width is 12: expected a multiple of 8"]
