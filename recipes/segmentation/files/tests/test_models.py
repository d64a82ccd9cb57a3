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


INFO = DataInfo(channels=1, size=(12, 12), classes=tuple("abcdefghijk"))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("classes", [("street", "sky"), tuple("abcdefg")])
def test_every_pixel_has_one_logit_for_each_class(channels: int, classes: tuple[str, ...]) -> None:
    info = dataclasses.replace(INFO, channels=channels, classes=classes)
    model = build_model(Config(), info)
    assert model(torch.rand(2, channels, 12, 12)).shape == (2, len(classes), 12, 12)


def test_the_logits_of_an_image_do_not_depend_on_its_batch() -> None:
    model = build_model(Config(), INFO)  # in training mode: BatchNorm would pass in evaluation mode
    images = torch.rand(8, 1, 12, 12)
    alone = torch.cat([model(image[None]) for image in images])
    torch.testing.assert_close(model(images), alone, rtol=1e-4, atol=1e-5)


def test_every_weight_gets_a_finite_gradient() -> None:
    model = build_model(Config(), INFO)
    F.cross_entropy(model(torch.rand(4, 1, 12, 12)), torch.randint(11, (4, 12, 12))).backward()
    for name, weight in model.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.isfinite().all(), name


def test_one_batch_can_be_learned() -> None:
    torch.manual_seed(0)
    model = build_model(Config(), INFO)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.003)
    images = torch.rand(4, 1, 12, 12)
    masks = (images[:, 0] * 3).long()  # the class of a pixel follows from its gray value
    losses = []
    for _ in range(40):
        loss = F.cross_entropy(model(images), masks)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 2
