"""The drawings of a run against what the model returned."""

import torch
from torch import Tensor, nn

from {{ package }}.config import Config
from {{ package }}.data_info import DataInfo
from {{ package }}.datasets import NOISE
from {{ package }}.drawing import draw
from {{ package }}.models import build_model


class Echo(nn.Module):
    """Gives back the noise as an image of two rows."""

    def forward(self, noise: Tensor) -> Tensor:
        assert not self.training
        return noise.view(-1, 1, 2, 3)


def test_minus_1_is_black_and_1_is_white() -> None:
    noise = torch.tensor([[-1.0, -0.5, 0.0, 0.5, 1.0, 0.25]])
    expected = torch.tensor([[[[0.0, 0.25, 0.5], [0.75, 1.0, 0.625]]]])
    assert torch.equal(draw(Echo(), noise), expected)


def test_the_first_64_are_drawn() -> None:
    noise = torch.rand(70, 6) * 2 - 1
    drawings = draw(Echo(), noise)
    assert torch.equal(drawings, (noise[:64].view(64, 1, 2, 3) + 1) / 2)


def test_images_of_the_generator_can_be_saved() -> None:
    info = DataInfo(channels=3, size=(8, 8))
    drawings = draw(build_model(Config(), info), 5 * torch.randn(9, NOISE))
    assert drawings.shape == (9, 3, 8, 8)
    assert drawings.min() >= 0
    assert drawings.max() <= 1
    assert not drawings.requires_grad
