"""Grids read back from their files, pixel by pixel."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from {{ package }}.ops.image_grids import make_grid, save_grid


@pytest.mark.parametrize("channels", [1, 3])
def test_every_image_is_at_its_place(channels: int) -> None:
    images = torch.rand(5, channels, 4, 6)
    sheet = make_grid(images, columns=3, gap=2)
    assert sheet.shape == (3, 2 * 4 + 2, 3 * 6 + 2 * 2)
    expected = torch.ones_like(sheet)
    for number, image in enumerate(images):
        top, left = number // 3 * (4 + 2), number % 3 * (6 + 2)
        expected[:, top : top + 4, left : left + 6] = image
    assert torch.equal(sheet, expected)


@pytest.mark.parametrize(("side", "zoom"), [(None, 1), (2, 1), (5, 2), (6, 3)])
def test_small_images_are_enlarged_by_a_whole_factor(
    side: int | None, zoom: int, tmp_path: Path
) -> None:
    picture = torch.tensor([[0.0, 0.5], [1.0, 7.0]]).view(1, 1, 2, 2)
    save_grid(tmp_path / "new" / "picture.png", picture, columns=1, side=side)
    pixels = np.asarray(Image.open(tmp_path / "new" / "picture.png"))
    expected = np.array([[0, 128], [255, 255]], np.uint8).repeat(zoom, 0).repeat(zoom, 1)
    np.testing.assert_array_equal(pixels, np.stack([expected] * 3, 2))


def test_large_images_are_reduced(tmp_path: Path) -> None:
    images = torch.rand(2, 3, 512, 256)
    save_grid(tmp_path / "picture.png", images, columns=2, side=64)
    pixels = np.asarray(Image.open(tmp_path / "picture.png"))
    assert pixels.shape == (64, 2 * 32 + 1, 3)
    means = images.unfold(2, 8, 8).unfold(3, 8, 8).mean((4, 5)).mul(255).round()
    np.testing.assert_allclose(pixels[:, :32], means[0].permute(1, 2, 0).numpy(), atol=1)
