{% from "composition/slots.jinja" import imports, expression with context %}
"""The data: images, each with noise to make an image from.

To train on data of your own kind, change ``load_datasets``: the rest of the project knows them by
their description alone.
"""

{% call imports("datasets") %}
import torch
from torch import Tensor
from torch.utils.data import Dataset
from .config import Config
from .data_info import DataInfo, Splits
from .{{ expression("datasets.source") }} import load_splits
from .ops.checks import mismatch
from .errors import refuse
{% endcall %}


NOISE = 32
"""Numbers in a noise vector."""


def load_datasets(config: Config) -> tuple[Splits, DataInfo]:
    """Return the data sets ``train``, ``val`` and ``test``, and their description.

    A sample is noise, (NOISE,) float, and an image, (C, H, W) float in [-1, 1].
    """
    splits, info = load_splits(config)
    return {name: NoiseAndImages(split) for name, split in splits.items()}, info


class NoiseAndImages(Dataset[tuple[Tensor, ...]]):
    """Gives each image noise from a normal distribution, the same in every run.

    The evaluation generates images from this noise, so that epochs and runs can be compared.

    Args:
        images: Samples that begin with an image, (C, H, W) float in [0, 1].
    """

    def __init__(self, images: Dataset[tuple[Tensor, ...]]) -> None:
        generator = torch.Generator().manual_seed(0)
        self.images = images
        self.noise = torch.randn(len(images), NOISE, generator=generator)  # type: ignore[arg-type]

    def __len__(self) -> int:
        return len(self.noise)

    def __getitem__(self, index: int) -> tuple[Tensor, ...]:
        return self.noise[index], self.images[index][0] * 2 - 1


def check_batch(noise: Tensor, images: Tensor, info: DataInfo) -> None:
    """Raise a UserError if a batch does not match the description of the data.

    Args:
        noise: (N, NOISE) float32.
        images: (N, C, H, W) float32 in [-1, 1].
        info: The description.
    """
    wrong = mismatch("noise vectors", noise, ("N", NOISE), torch.float32)
    shape = (len(noise), info.channels, *info.size)
    refuse(wrong + mismatch("images", images, shape, torch.float32, -1, 1))
