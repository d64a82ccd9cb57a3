"""The drawings, pixel by pixel: the columns of a row, and the color of each class."""

import pytest
import torch
from torch import Tensor, nn

from {{ package }}.datasets import IGNORED
from {{ package }}.drawing import COLOURS, draw, overlay


class Bands(nn.Module):
    """Predicts class 2 in the first row and class 0 elsewhere."""

    def forward(self, images: Tensor) -> Tensor:
        assert not self.training
        logits = torch.zeros(len(images), 11, *images.shape[2:])
        logits[:, 0] = 1
        logits[:, 2, 0] = 2
        return logits


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("images", "rows"), [(1, 1), (4, 4), (7, 4)])
def test_a_row_is_image_truth_and_prediction(images: int, rows: int, channels: int) -> None:
    inputs = torch.rand(images, channels, 5, 6)
    masks = torch.randint(11, (images, 5, 6))

    drawings = draw(Bands(), inputs, masks)

    assert drawings.shape == (3 * rows, 3, 5, 6)
    for number, (image, truth, prediction) in enumerate(drawings.split(3)):
        grey = inputs[number].mean(0).expand(3, -1, -1)
        torch.testing.assert_close(image, grey)
        torch.testing.assert_close(truth, overlay(grey[None], masks[number : number + 1])[0])
        torch.testing.assert_close(prediction[:, 1:], grey[:, 1:])
        colour = torch.tensor(COLOURS[1]).view(3, 1)
        torch.testing.assert_close(prediction[:, 0], 0.3 * grey[:, 0] + 0.7 * colour)


def test_every_class_has_its_color() -> None:
    masks = torch.tensor([[[0, 1, 2, 10, 11, IGNORED]]])
    image = torch.full((1, 3, 1, 6), 0.5)
    painted = overlay(image, masks)[0, :, 0].T
    torch.testing.assert_close(painted[0], image[0, :, 0, 0])
    for place, number in [(1, 0), (2, 1), (3, 9), (4, 0)]:
        expected = 0.15 + 0.7 * torch.tensor(COLOURS[number])
        torch.testing.assert_close(painted[place], expected)
    assert torch.equal(painted[5], torch.ones(3))


def test_colors_differ() -> None:
    assert len(COLOURS) >= 10
    colours = torch.tensor(COLOURS)
    apart = torch.cdist(colours, colours) + torch.eye(len(colours))
    assert apart.min() > 0.3


def test_values_are_clamped_and_have_no_gradient() -> None:
    drawings = draw(Bands(), 4 * torch.randn(2, 1, 5, 6), torch.randint(3, (2, 5, 6)))
    assert drawings.min() >= 0
    assert drawings.max() <= 1
    assert not drawings.requires_grad
