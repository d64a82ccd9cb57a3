"""The model that is trained, and the network in it."""

import pytest
import torch
import torch.nn.functional as F

from {{ package }}.config import Config
from {{ package }}.datasets import CLASSES
from {{ package }}.models import build_model
from {{ package }}.networks.convnet import ConvNet


@pytest.mark.parametrize("size", [(7, 7), (8, 8), (9, 14), (28, 28)])
@pytest.mark.parametrize("width", [8, 32])
def test_images_become_one_logit_for_each_class(size: tuple[int, int], width: int) -> None:
    model = build_model(Config(width=width))
    assert model(torch.rand(3, 1, *size)).shape == (3, len(CLASSES))


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


def test_the_logits_of_an_image_do_not_depend_on_its_batch() -> None:
    model = build_model(Config()).eval()
    images = torch.rand(8, 1, 8, 8)
    alone = torch.cat([model(image[None]) for image in images])
    torch.testing.assert_close(model(images), alone, rtol=1e-4, atol=1e-5)


def test_a_width_that_cannot_be_normalised_is_refused() -> None:
    assert Config(width=12).problems() == ["--width is 12: expected a multiple of 8"]


def test_every_weight_gets_a_finite_gradient() -> None:
    model = build_model(Config())
    F.cross_entropy(model(torch.rand(8, 1, 8, 8)), torch.arange(8) % len(CLASSES)).backward()
    for name, weight in model.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.isfinite().all(), name


def test_one_batch_can_be_learned() -> None:
    torch.manual_seed(0)
    model = build_model(Config())
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.003)
    images, labels = torch.rand(16, 1, 8, 8), torch.arange(16) % len(CLASSES)
    losses = []
    for _ in range(60):
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 2
