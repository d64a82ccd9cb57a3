"""Canvases: scikit-learn's real handwritten digits, pasted on uneven backgrounds."""

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.data import TensorDataset

from .config import Config
from .data_info import DataInfo, Splits
from .digits import split_digits

CLASSES = ("background", *"0123456789")
CANVASES = {"train": 1000, "val": 200, "test": 200}
QUARTER = 10
"""Height and width of a quarter of a canvas in pixels."""
INK = 0.2
"""Lowest value of a pixel, in [0, 1], that is labelled as part of a digit."""


def load_splits(config: Config) -> tuple[Splits, DataInfo]:
    """Return ``train``, ``val`` and ``test``, and their description; no digit is in two of them.

    A sample is an image, (1, 20, 20) float in [0, 1], and its mask, (20, 20) int64.
    """
    splits = {
        name: TensorDataset(*paste(*part, CANVASES[name], seed))
        for seed, (name, part) in enumerate(split_digits().items())
    }
    return splits, DataInfo(channels=1, size=(2 * QUARTER, 2 * QUARTER), classes=CLASSES)


def paste(digits: Tensor, labels: Tensor, canvases: int, seed: int) -> tuple[Tensor, Tensor]:
    """Return canvases: in each quarter, nine times in ten, a digit at a random place.

    Args:
        digits: (N, 1, S, S) float in [0, 1], no larger than a quarter.
        labels: (N,) int64.
        canvases: How many to make.
        seed: Of all random numbers.

    Returns:
        Images, (canvases, 1, 20, 20) float in [0, 1], and masks, (canvases, 20, 20) int64: 0, or
        where there is ink, the label of the digit + 1.
    """
    generator = torch.Generator().manual_seed(seed)
    count, side = 4 * canvases, digits.shape[-1]
    chosen = torch.randint(len(digits), (count,), generator=generator)
    there = torch.rand(count, 1, 1, generator=generator) < 0.9
    corners = torch.randint(QUARTER - side + 1, (2, count, 1), generator=generator)
    rows, columns = corners + torch.arange(side)  # (count, side) each
    quarters = torch.zeros(count, QUARTER, QUARTER)
    place = (torch.arange(count)[:, None, None], rows[:, :, None], columns[:, None, :])
    quarters[place] = digits[chosen, 0] * there
    ink = join(quarters)
    masks = join(torch.where(quarters < INK, 0, labels[chosen].view(-1, 1, 1) + 1))

    light = 0.4 * torch.rand(canvases, 1, 2, 2, generator=generator)
    background = F.interpolate(light, ink.shape[1:], mode="bilinear", align_corners=True)
    noise = 0.03 * torch.randn(background.shape, generator=generator)
    images = background + (1 - background) * ink[:, None] + noise
    return images.clamp(0, 1), masks


def join(quarters: Tensor) -> Tensor:
    """Lay out four quarters each, (4 * N, H, W), as one canvas, (N, 2 * H, 2 * W)."""
    rows = quarters.view(-1, 2, 2, *quarters.shape[1:]).transpose(2, 3)  # (N, 2, H, 2, W)
    return rows.flatten(3, 4).flatten(1, 2)
