{% from "composition/slots.jinja" import imports with context %}
"""The model of any images and classes, and what it can learn."""

{% call imports("test_models") %}
import dataclasses
import pytest
import torch
import torch.nn.functional as F
from {{ package }}.config import Config
from {{ package }}.data_info import DataInfo
from {{ package }}.models import build_model
{% endcall %}


INFO = DataInfo(channels=1, size=(8, 8), classes=tuple("abcdefghij"))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("classes", [("cat", "dog"), tuple("abcdefg")])
def test_images_become_one_logit_for_each_class(channels: int, classes: tuple[str, ...]) -> None:
    info = dataclasses.replace(INFO, channels=channels, classes=classes)
    model = build_model(Config(), info)
    assert model(torch.rand(3, channels, 8, 8)).shape == (3, len(classes))


def test_the_logits_of_an_image_do_not_depend_on_its_batch() -> None:
    model = build_model(Config(), INFO).eval()
    images = torch.rand(8, 1, 8, 8)
    alone = torch.cat([model(image[None]) for image in images])
    torch.testing.assert_close(model(images), alone, rtol=1e-4, atol=1e-5)


def test_every_weight_gets_a_finite_gradient() -> None:
    model = build_model(Config(), INFO)
    F.cross_entropy(model(torch.rand(8, 1, 8, 8)), torch.arange(8)).backward()
    for name, weight in model.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.isfinite().all(), name


def test_one_batch_can_be_learned() -> None:
    torch.manual_seed(0)
    model = build_model(Config(), INFO)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.003)
    images, labels = torch.rand(16, 1, 8, 8), torch.arange(16) % 10
    losses = []
    for _ in range(60):
        loss = F.cross_entropy(model(images), labels)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 2
