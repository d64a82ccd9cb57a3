"""Bicubic resizing against Pillow's and against Keys' formula."""

import math

import numpy as np
import pytest
import torch
from PIL import Image

from {{ package }}.ops.resizing import downscale, upscale


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_downscaling_is_that_of_pillow(scale: int) -> None:
    torch.manual_seed(0)
    squares = torch.rand(2, 3, 5, 7).round()  # black and white: bicubic goes beyond
    images = squares.repeat_interleave(scale, 2).repeat_interleave(scale, 3)
    found = downscale(images, scale)
    assert found.shape == (2, 3, 5, 7)
    resized = [
        np.asarray(Image.fromarray(channel.numpy()).resize((7, 5), Image.Resampling.BICUBIC))
        for channel in images.flatten(0, 1)
    ]
    expected = np.stack(resized).reshape(2, 3, 5, 7)
    assert expected.min() < 0
    assert expected.max() > 1
    np.testing.assert_allclose(found, expected.clip(0, 1), atol=1e-5)


def keys(distance: float, a: float = -0.75) -> float:
    """Return Keys' kernel of cubic convolution."""
    x = abs(distance)
    if x < 1:
        return (a + 2) * x**3 - (a + 3) * x**2 + 1
    return a * (x**3 - 5 * x**2 + 8 * x - 4) if x < 2 else 0


def weights(length: int, scale: int) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return the share of each pixel of a line in those of the enlarged line; the ends go on."""
    matrix = np.zeros((scale * length, length))
    for place in range(scale * length):
        centre = (place + 0.5) / scale - 0.5
        for pixel in range(math.floor(centre) - 1, math.floor(centre) + 3):
            matrix[place, min(max(pixel, 0), length - 1)] += keys(centre - pixel)
    return matrix


@pytest.mark.parametrize("scale", [2, 3, 4])
@pytest.mark.parametrize("size", [(1, 1), (5, 7), (12, 3)])
def test_upscaling_follows_the_formula(size: tuple[int, int], scale: int) -> None:
    images = torch.rand(2, 3, *size, dtype=torch.float64)
    height, width = size
    expected = weights(height, scale) @ images.numpy() @ weights(width, scale).T
    np.testing.assert_allclose(upscale(images, scale), expected, atol=1e-12)


@pytest.mark.parametrize("size", [(12, 13), (13, 12)])
def test_a_size_that_is_not_a_multiple_of_the_scale_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match=f"{size[0]} x {size[1]} pixels: expected multiples .* 3"):
        downscale(torch.rand(1, 3, *size), 3)
