{% from "composition/slots.jinja" import imports with context %}
"""The model of any clips and classes, and what it can learn."""

{% call imports("test_models") %}
import dataclasses
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from {{ package }}.config import Config
from {{ package }}.data_info import DataInfo
from {{ package }}.models import build_model
from {{ package }}.networks.tsn import TemporalSegmentNetwork
{% endcall %}


INFO = DataInfo(channels=3, size=(10, 10), classes=tuple("abcdefgh"))


@pytest.mark.parametrize("classes", [("run", "jump"), tuple("abcdefg")])
@pytest.mark.parametrize("segments", [1, 4])
def test_clips_become_one_logit_for_each_class(classes: tuple[str, ...], segments: int) -> None:
    model = build_model(Config(), dataclasses.replace(INFO, classes=classes))
    assert model(torch.rand(2, segments, 3, 10, 10)).shape == (2, len(classes))


def test_the_logits_of_a_clip_are_the_means_of_those_of_its_frames() -> None:
    backbone = nn.Sequential(nn.Flatten(), nn.Linear(3 * 5 * 6, 7))
    clips = torch.rand(4, 3, 3, 5, 6)
    logits = TemporalSegmentNetwork(backbone)(clips)
    for clip, found in zip(clips, logits, strict=True):
        alone = [backbone(frame[None])[0] for frame in clip]
        torch.testing.assert_close(found, sum(alone, torch.zeros(7)) / 3)


def test_the_logits_of_a_clip_do_not_depend_on_its_batch_or_the_order_of_its_frames() -> None:
    model = build_model(Config(), INFO)
    clips = torch.rand(4, 3, 3, 10, 10)
    alone = torch.cat([model(clip[None].flip(1)) for clip in clips])
    torch.testing.assert_close(model(clips), alone, rtol=1e-4, atol=1e-5)


def batch() -> tuple[Tensor, Tensor]:
    torch.manual_seed(0)
    return torch.rand(8, 2, 3, 10, 10), torch.arange(8)


def test_every_weight_gets_a_finite_gradient() -> None:
    model = build_model(Config(), INFO)
    clips, labels = batch()
    F.cross_entropy(model(clips), labels).backward()
    for name, weight in model.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.isfinite().all(), name


def test_one_batch_can_be_learned() -> None:
    clips, labels = batch()
    model = build_model(Config(), INFO)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.003)
    losses = []
    for _ in range(60):
        loss = F.cross_entropy(model(clips), labels)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 2
