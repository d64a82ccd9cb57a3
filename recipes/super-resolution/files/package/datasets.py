"""The data: crops of scikit-learn's two photographs, a temple and a flower.

To train on your own photographs, change ``load_datasets``; nothing else knows where they come from.
"""

import torch
from torch import Tensor
from torch.utils.data import Dataset, TensorDataset

from .config import Config
from .ops.checks import mismatch, refuse
from .ops.quality import WINDOW
from .ops.resizing import downscale
from .photographs import cut, read_folder, sample_folder

CROP = 36
"""Pixels that a crop is high and wide at the high resolution, a multiple of every scale."""
COLUMNS = {
    "train": [(0, 216), (360, 432), (576, 640)],
    "val": [(216, 288), (432, 504)],
    "test": [(288, 360), (504, 576)],
}
"""From which column and to which each photograph goes to a part; all see some of the flower."""


def load_datasets(config: Config) -> dict[str, Dataset[tuple[Tensor, ...]]]:
    """Return the data sets ``train``, ``val`` and ``test``.

    A sample is a crop at the low resolution, (3, h, w) float in [0, 1], and the same one at the
    high resolution, (3, scale * h, scale * w).
    """
    photographs = read_folder(sample_folder(), CROP)
    datasets: dict[str, Dataset[tuple[Tensor, ...]]] = {}
    for name, columns in COLUMNS.items():
        step = CROP // 2 if name == "train" else CROP
        parts = [photograph[:, :, a:b] for photograph in photographs for a, b in columns]
        crops = torch.cat([cut(part, CROP, step) for part in parts])
        datasets[name] = TensorDataset(downscale(crops, config.scale), crops)
    return datasets


def check_batch(inputs: Tensor, targets: Tensor) -> None:
    """Leave and say what is wrong with a batch, if something is.

    Args:
        inputs: (N, C, h, w) float32 in [0, 1].
        targets: (N, C, scale * h, scale * w) float32 in [0, 1], at least 11 x 11 pixels, with the
            same whole number ``scale`` for both sides.
    """
    wrong = mismatch("inputs", inputs, ("N", "C", "h", "w"), torch.float32, 0, 1)
    shape: tuple[int | str, ...] = ("N", "C", "scale * h", "scale * w")
    if not wrong and targets.ndim == 4:
        images, channels, height, width = inputs.shape
        scale = max(targets.shape[2] // height, 1)
        shape = (images, channels, scale * height, scale * width)
    wrong += mismatch("targets", targets, shape, torch.float32, 0, 1)
    if targets.ndim == 4 and min(targets.shape[2:]) < WINDOW:
        height, width = targets.shape[2:]
        expected = f"at least {WINDOW} x {WINDOW}, for the SSIM"
        wrong.append(f"targets are {height} x {width} pixels: expected {expected}")
    refuse(wrong)
