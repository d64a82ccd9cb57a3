"""The data: scikit-learn's real handwritten digits, each with noise to make an image from.

To train on your own images, change ``CHANNELS``, ``SIZE`` and ``load_datasets``; nothing else knows
where they come from.
"""

import torch
from torch import Tensor
from torch.utils.data import Dataset, TensorDataset

from .digits import split_digits
from .ops.checks import mismatch, refuse

CHANNELS = 1
SIZE = 8
NOISE = 32


def load_datasets() -> dict[str, Dataset[tuple[Tensor, ...]]]:
    """Return the data sets ``train``, ``val`` and ``test``.

    A sample is noise, (NOISE,) float, and an image, (CHANNELS, SIZE, SIZE) float in [-1, 1].
    """
    return {name: with_noise(images * 2 - 1) for name, (images, _) in split_digits().items()}


def with_noise(images: Tensor) -> TensorDataset:
    """Give each image, (N, C, H, W), noise from a normal distribution, the same in every run.

    The evaluation makes its images of this noise, so that epochs and runs can be compared.
    """
    generator = torch.Generator().manual_seed(0)
    return TensorDataset(torch.randn(len(images), NOISE, generator=generator), images)


def check_batch(noise: Tensor, images: Tensor) -> None:
    """Leave and say what is wrong with a batch, if something is.

    Args:
        noise: (N, NOISE) float32.
        images: (N, CHANNELS, SIZE, SIZE) float32 in [-1, 1].
    """
    wrong = mismatch("noise vectors", noise, ("N", NOISE), torch.float32)
    shape = (len(noise), CHANNELS, SIZE, SIZE)
    refuse(wrong + mismatch("images", images, shape, torch.float32, -1, 1))
