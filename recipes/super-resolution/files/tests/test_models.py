{% from "composition/slots.jinja" import imports with context %}
"""The model of any images and scale, and what it can learn."""

{% call imports("test_models") %}
import dataclasses
import pytest
import torch
import torch.nn.functional as F
from torch import nn
from {{ package }}.config import Config
from {{ package }}.data_info import DataInfo
from {{ package }}.models import build_model
from {{ package }}.ops.resizing import downscale
{% endcall %}


INFO = DataInfo(channels=3, size=(24, 24))


def randomise(model: nn.Module) -> nn.Module:
    """Give all weights some value: a network may start with some at 0."""
    torch.manual_seed(0)
    for weight in model.parameters():
        nn.init.normal_(weight, std=0.1)
    return model


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_images_are_enlarged_by_the_scale(scale: int, channels: int) -> None:
    config = Config(scale=scale)  # type: ignore[arg-type]
    model = build_model(config, dataclasses.replace(INFO, channels=channels))
    assert model(torch.rand(2, channels, 6, 8)).shape == (2, channels, 6 * scale, 8 * scale)


def test_the_output_for_an_image_does_not_depend_on_its_batch() -> None:
    model = randomise(build_model(Config(), INFO))
    images = torch.rand(8, 3, 9, 9)
    alone = torch.cat([model(image[None]) for image in images])
    torch.testing.assert_close(model(images), alone)


def test_every_weight_gets_a_gradient() -> None:
    model = randomise(build_model(Config(), INFO))
    model(torch.rand(4, 3, 9, 9)).square().mean().backward()
    for name, weight in model.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.isfinite().all(), name
        assert weight.grad.any(), name


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_one_batch_can_be_learned(scale: int) -> None:
    torch.manual_seed(0)
    model = build_model(Config(scale=scale), INFO)  # type: ignore[arg-type]
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.003)
    bars = torch.rand(8, 3, 1, 24).round()  # sharp edges, which bicubic blurs
    originals = bars.expand(-1, -1, 24, -1).contiguous()
    inputs = downscale(originals, scale)
    losses = []
    for _ in range(100):
        loss = F.l1_loss(model(inputs), originals)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 2
