"""The pictures, pixel by pixel: who is in which column, and which class has which colour."""

import pytest
import torch
from torch import Tensor, nn

from {{ package }}.datasets import CLASSES, IGNORED
from {{ package }}.drawing import COLOURS, draw, overlay


class Bands(nn.Module):
    """Predicts class 2 in the first row and class 0 elsewhere."""

    def forward(self, images: Tensor) -> Tensor:
        assert not self.training
        logits = torch.zeros(len(images), len(CLASSES), *images.shape[2:])
        logits[:, 0] = 1
        logits[:, 2, 0] = 2
        return logits


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("images", "rows"), [(1, 1), (4, 4), (7, 4)])
def test_a_row_is_image_truth_and_prediction(images: int, rows: int, channels: int) -> None:
    inputs = torch.rand(images, channels, 5, 6)
    masks = torch.randint(len(CLASSES), (images, 5, 6))

    pictures = draw(Bands(), inputs, masks)

    assert pictures.shape == (3 * rows, 3, 5, 6)
    for number, (image, truth, prediction) in enumerate(pictures.split(3)):
        grey = inputs[number].mean(0).expand(3, -1, -1)
        torch.testing.assert_close(image, grey)
        torch.testing.assert_close(truth, overlay(grey[None], masks[number : number + 1])[0])
        torch.testing.assert_close(prediction[:, 1:], grey[:, 1:])
        colour = torch.tensor(COLOURS[1]).view(3, 1)
        torch.testing.assert_close(prediction[:, 0], 0.3 * grey[:, 0] + 0.7 * colour)


def test_every_class_has_its_colour() -> None:
    masks = torch.tensor([[[0, 1, 2, 10, 11, IGNORED]]])
    image = torch.full((1, 3, 1, 6), 0.5)
    painted = overlay(image, masks)[0, :, 0].T
    torch.testing.assert_close(painted[0], image[0, :, 0, 0])
    for place, number in [(1, 0), (2, 1), (3, 9), (4, 0)]:
        expected = 0.15 + 0.7 * torch.tensor(COLOURS[number])
        torch.testing.assert_close(painted[place], expected)
    assert torch.equal(painted[5], torch.ones(3))


def test_colours_can_be_told_apart() -> None:
    assert len(COLOURS) == len(CLASSES) - 1
    colours = torch.tensor(COLOURS)
    apart = torch.cdist(colours, colours) + torch.eye(len(colours))
    assert apart.min() > 0.3


def test_values_beyond_what_can_be_shown_are_cut_off() -> None:
    pictures = draw(Bands(), 4 * torch.randn(2, 1, 5, 6), torch.randint(3, (2, 5, 6)))
    assert pictures.min() >= 0
    assert pictures.max() <= 1
    assert not pictures.requires_grad
