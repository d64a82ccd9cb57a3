{% from "composition/slots.jinja" import imports with context %}
"""Random crops and flips: parts of the image, the same again under a seed, off where turned off."""

{% call imports("test_augment") %}
import pytest
import torch
from torch import Tensor
from {{ package }}.ops.augment import CropAndFlip, larger
from {{ package }}.ops.seeding import seed_everything
{% endcall %}


SIZE = (12, 16)


def gradient(height: int, width: int) -> Tensor:
    """Return an image whose pixels are their column, from 0 to 1, and their row."""
    rows = torch.linspace(0, 1, height).view(-1, 1).expand(height, width)
    columns = torch.linspace(0, 1, width).expand(height, width)
    return torch.stack([columns, rows])


def test_turned_off_nothing_changes_but_the_size() -> None:
    image = torch.rand(3, *SIZE)
    torch.testing.assert_close(CropAndFlip(SIZE, crop_scale=1, flip=0)(image), image)
    larger_image = gradient(40, 50)
    assert CropAndFlip(SIZE, crop_scale=1, flip=0)(larger_image).shape == (2, *SIZE)


def test_a_flip_mirrors_columns() -> None:
    image = torch.rand(3, *SIZE)
    torch.testing.assert_close(CropAndFlip(SIZE, crop_scale=1, flip=1)(image), image.flip(2))


@pytest.mark.parametrize("crop_scale", [0.1, 0.5])
def test_crops_are_parts_of_the_image_with_an_area_and_a_ratio_in_bounds(crop_scale: float) -> None:
    """The range of a gradient tells the height and the width of what is seen of it."""
    seed_everything(0)
    side = 256
    image, augment = gradient(side, side), CropAndFlip(SIZE, crop_scale, flip=0)
    crops = torch.stack([augment(image) for _ in range(200)])
    ranges = crops.amax((2, 3)) - crops.amin((2, 3))
    scale = torch.tensor([SIZE[1] / (SIZE[1] - 1), SIZE[0] / (SIZE[0] - 1)])  # ends of the crop
    width, height = (ranges * scale).unbind(1)
    area, ratio = width * height, width / height
    assert crop_scale - 0.05 <= area.min() <= crop_scale + 0.15
    assert area.max() <= 1.05
    assert 0.7 <= ratio.min() < 0.85
    assert 1.2 < ratio.max() <= 1.4
    assert 0 <= crops.min() <= crops.max() <= 1


def test_flips_have_their_probability() -> None:
    seed_everything(0)
    image, augment = gradient(*SIZE), CropAndFlip(SIZE, crop_scale=1, flip=0.25)
    flipped = sum(bool(augment(image)[0, 0, 0] > 0.5) for _ in range(400))
    assert 70 <= flipped <= 130


def test_a_seed_gives_the_same_images_again() -> None:
    images, augment = torch.rand(4, 3, 20, 20), CropAndFlip(SIZE, crop_scale=0.3, flip=0.5)
    drawn = []
    for _ in range(2):
        seed_everything(1, 2)
        drawn.append(torch.stack([augment(image) for image in images]))
    assert torch.equal(*drawn)


def test_images_are_read_larger_than_their_crops() -> None:
    assert larger((224, 160)) == (256, 182)
