"""The data: scikit-learn's real handwritten digits, on canvases whose background is uneven.

To train on your own images, change ``CLASSES`` and ``load_datasets``; nothing else knows where
they come from.
"""

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.data import Dataset, TensorDataset

from .digits import split_digits
from .ops.checks import mismatch, refuse

CLASSES = ("background", *"0123456789")
IGNORED = 255
"""The label of pixels that count neither in the loss nor in the figures."""
CANVASES = {"train": 1000, "val": 200, "test": 200}
QUARTER = 10
"""Pixels that a quarter of a canvas is high and wide."""
INK = 0.2
"""Value from which on a pixel of a digit, in [0, 1], is labelled as one of it."""


def load_datasets() -> dict[str, Dataset[tuple[Tensor, ...]]]:
    """Return the data sets ``train``, ``val`` and ``test``; no digit is in two of them.

    A sample is an image, (C, H, W) float in [0, 1], and its mask, (H, W) int64: for each pixel
    the number of its class, in [0, len(CLASSES) - 1], or IGNORED.
    """
    return {
        name: TensorDataset(*paste(*part, CANVASES[name], seed))
        for seed, (name, part) in enumerate(split_digits().items())
    }


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


def check_batch(images: Tensor, masks: Tensor) -> None:
    """Leave and say what is wrong with a batch, if something is.

    Args:
        images: (N, C, H, W) float32.
        masks: (N, H, W) int64 in [0, len(CLASSES) - 1], or IGNORED.
    """
    wrong = mismatch("images", images, ("N", "C", "H", "W"), torch.float32)
    shape = (len(images), *images.shape[2:]) if images.ndim == 4 else ("N", "H", "W")
    labels = masks.masked_fill(masks == IGNORED, 0)
    found = mismatch("masks", labels, shape, torch.int64, 0, len(CLASSES) - 1)
    refuse(wrong + [f"{text}, or {IGNORED} where a pixel is not to count" for text in found])
