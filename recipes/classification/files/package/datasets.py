{% from "composition/slots.jinja" import imports, slot, expression with context %}
"""The data: images, each with a class.

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



def load_datasets(config: Config) -> tuple[Splits, DataInfo]:
    """Return the data sets ``train``, ``val`` and ``test``, and their description.

    A sample is an image, (C, H, W) float in [0, 1], and its class number, int64 in
    [0, len(info.classes) - 1].
    """
    {% if slot("datasets.splits") %}
    splits, info = load_splits(config)
    {{- slot("datasets.splits", 4) }}
    return splits, info
    {% else %}
    return load_splits(config)
    {% endif %}


def check_batch(images: Tensor, labels: Tensor, info: DataInfo) -> None:
    """Raise a UserError if a batch does not match the description of the data.

    Args:
        images: (N, C, H, W) float32.
        labels: (N,) int64 in [0, len(info.classes) - 1].
        info: The description.
    """
    wrong = mismatch("images", images, ("N", info.channels, *info.size), torch.float32)
    highest = len(info.classes) - 1
    refuse(wrong + mismatch("labels", labels, (len(images),), torch.int64, 0, highest))
