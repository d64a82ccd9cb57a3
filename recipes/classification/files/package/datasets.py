"""The data: scikit-learn's real handwritten digits.

To train on your own images, change ``CLASSES`` and ``load_datasets``; nothing else knows where
they come from.
"""

import torch
from torch import Tensor
from torch.utils.data import Dataset, TensorDataset

from .digits import split_digits
from .ops.checks import mismatch, refuse

CLASSES = tuple("0123456789")


def load_datasets() -> dict[str, Dataset[tuple[Tensor, ...]]]:
    """Return the data sets ``train``, ``val`` and ``test``.

    A sample is an image, (C, H, W) float in [0, 1], and the number of its class, int64 in
    [0, len(CLASSES) - 1].
    """
    return {name: TensorDataset(*part) for name, part in split_digits().items()}


def check_batch(images: Tensor, labels: Tensor) -> None:
    """Leave and say what is wrong with a batch, if something is.

    Args:
        images: (N, C, H, W) float32.
        labels: (N,) int64 in [0, len(CLASSES) - 1].
    """
    wrong = mismatch("images", images, ("N", "C", "H", "W"), torch.float32)
    wrong += mismatch("labels", labels, (len(images),), torch.int64, 0, len(CLASSES) - 1)
    refuse(wrong)
