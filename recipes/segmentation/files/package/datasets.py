{% from "composition/slots.jinja" import imports, expression with context %}
"""The data: images, each with a mask that holds the class of every pixel.

To train on data of your own kind, change ``load_datasets``: the rest of the project knows them by
their description alone.
"""

{% call imports("datasets") %}
import torch
from torch import Tensor
from .config import Config
from .data_info import DataInfo, Splits
from .{{ expression("datasets.source") }} import load_splits
from .ops.checks import mismatch
from .errors import refuse
{% endcall %}


IGNORED = 255
"""The label of pixels that count neither in the loss nor in the metrics."""


def load_datasets(config: Config) -> tuple[Splits, DataInfo]:
    """Return the data sets ``train``, ``val`` and ``test``, and their description.

    A sample is an image, (C, H, W) float in [0, 1], and its mask, (H, W) int64: the class number
    of each pixel, in [0, len(info.classes) - 1], or IGNORED.
    """
    return load_splits(config)


def check_batch(images: Tensor, masks: Tensor, info: DataInfo) -> None:
    """Raise a UserError if a batch does not match the description of the data.

    Args:
        images: (N, C, H, W) float32.
        masks: (N, H, W) int64 in [0, len(info.classes) - 1], or IGNORED.
        info: The description.
    """
    wrong = mismatch("images", images, ("N", info.channels, *info.size), torch.float32)
    labels = masks.masked_fill(masks == IGNORED, 0)
    highest = len(info.classes) - 1
    found = mismatch("masks", labels, (len(images), *info.size), torch.int64, 0, highest)
    refuse(wrong + [f"{text}, or {IGNORED} for pixels to ignore" for text in found])
