{% from "composition/slots.jinja" import imports with context %}
"""The two networks, for any images, and what they can learn."""

{% call imports("test_models") %}
import dataclasses
import pytest
import torch
import torch.nn.functional as F
from {{ package }}.config import Config
from {{ package }}.data_info import DataInfo
from {{ package }}.datasets import NOISE
from {{ package }}.losses import discriminator_loss
from {{ package }}.models import build_discriminator, build_model
{% endcall %}


INFO = DataInfo(channels=1, size=(8, 8))
IMAGE = (1, 8, 8)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [8, 16])
def test_the_networks_fit_the_data(size: int, channels: int) -> None:
    info = dataclasses.replace(INFO, channels=channels, size=(size, size))
    images = build_model(Config(), info)(torch.randn(3, NOISE))
    assert images.shape == (3, channels, size, size)
    assert build_discriminator(Config(), info)(images).shape == (3,)


def test_results_do_not_depend_on_the_batch() -> None:
    generator = build_model(Config(), INFO).eval()
    discriminator = build_discriminator(Config(), INFO).eval()
    noise = torch.randn(8, NOISE)
    images = generator(noise)
    alone = torch.cat([generator(vector[None]) for vector in noise])
    torch.testing.assert_close(images, alone, rtol=1e-4, atol=1e-5)
    alone = torch.cat([discriminator(image[None]) for image in images])
    torch.testing.assert_close(discriminator(images), alone, rtol=1e-4, atol=1e-5)


def test_every_weight_gets_a_finite_gradient() -> None:
    generator, discriminator = build_model(Config(), INFO), build_discriminator(Config(), INFO)
    discriminator(generator(torch.randn(8, NOISE))).square().sum().backward()
    for network in (generator, discriminator):
        for name, weight in network.named_parameters():
            assert weight.grad is not None, name
            assert weight.grad.isfinite().all(), name


def test_the_generator_can_learn_one_batch() -> None:
    torch.manual_seed(0)
    generator = build_model(Config(), INFO)
    optimizer = torch.optim.AdamW(generator.parameters(), lr=0.003)
    noise, images = torch.randn(16, NOISE), torch.rand(16, *IMAGE) * 2 - 1
    losses = []
    for _ in range(60):
        loss = F.mse_loss(generator(noise), images)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 2


def test_the_discriminator_can_learn_one_batch() -> None:
    torch.manual_seed(0)
    discriminator = build_discriminator(Config(), INFO)
    optimizer = torch.optim.AdamW(discriminator.parameters(), lr=0.003)
    images = torch.rand(32, *IMAGE) * 2 - 1
    for _ in range(60):
        real, fake = discriminator(images).chunk(2)
        discriminator_loss(real, fake, "bce").backward()
        optimizer.step()
        optimizer.zero_grad()
    real, fake = discriminator(images).chunk(2)
    assert real.min() > 0 > fake.max()
