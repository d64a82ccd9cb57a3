{% from "composition/slots.jinja" import imports, expression with context %}
"""The data: crops of photographs at a low and at the high resolution.

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
from .ops.quality import WINDOW
from .ops.resizing import downscale
{% endcall %}



def load_datasets(config: Config) -> tuple[Splits, DataInfo]:
    """Return the data sets ``train``, ``val`` and ``test``, and their description.

    A sample is a crop at the low resolution, (C, h, w) float in [0, 1], and the same one at the
    high resolution, (C, scale * h, scale * w), whose size is ``info.size``.
    """
    splits, info = load_splits(config)
    return {name: LowAndHigh(split, config.scale) for name, split in splits.items()}, info


class LowAndHigh(Dataset[tuple[Tensor, ...]]):
    """Gives each crop a copy at the low resolution.

    Args:
        crops: Samples of one crop, (C, scale * h, scale * w) float in [0, 1].
        scale: Factor between the two resolutions.
    """

    def __init__(self, crops: Dataset[tuple[Tensor, ...]], scale: int) -> None:
        self.crops = crops
        self.scale = scale

    def __len__(self) -> int:
        return len(self.crops)  # type: ignore[arg-type]

    def __getitem__(self, index: int) -> tuple[Tensor, ...]:
        (crop,) = self.crops[index]
        return downscale(crop.unsqueeze(0), self.scale).squeeze(0), crop


def check_batch(inputs: Tensor, targets: Tensor, info: DataInfo) -> None:
    """Raise a UserError if a batch does not match the description of the data.

    Args:
        inputs: (N, C, h, w) float32 in [0, 1].
        targets: (N, C, scale * h, scale * w) float32 in [0, 1], at least 11 x 11 pixels, with the
            same whole number ``scale`` for both sides.
        info: The description.
    """
    wrong = mismatch("inputs", inputs, ("N", info.channels, "h", "w"), torch.float32, 0, 1)
    shape: tuple[int | str, ...] = ("N", info.channels, "scale * h", "scale * w")
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
