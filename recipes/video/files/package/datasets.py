{% from "composition/slots.jinja" import imports, expression with context %}
"""The data: videos in folders named by their classes, at first moving handwritten digits.

To train on your own videos, name their folder with ``--data``.
"""

{% call imports("datasets") %}
from pathlib import Path
import torch
from torch import Tensor
from .clips import Clips, find_classes, find_clips
from .config import Config
from .data_info import DataInfo, Splits
from .moving_digits import make_videos
from .ops.checks import mismatch
from .errors import refuse
{% endcall %}


ROOT = Path(__file__).resolve().parents[1]
DIGITS = ROOT / "data/videos"


def load_datasets(config: Config) -> tuple[Splits, DataInfo]:
    """Return the data sets ``train``, ``val`` and ``test``, and their description.

    They are read from the folder ``config.data``; the classes are the folders in ``train``, by
    name. A sample is a clip, (segments, 3, size, size) float in [0, 1], and its class number,
    int64 in [0, len(info.classes) - 1].
    """
    folder = ROOT / config.data
    if folder == DIGITS and not folder.exists():
        make_videos(folder)
    if not folder.is_dir():
        expected = "expected train/, val/ and test/ in it, with a folder of videos for each class"
        refuse([f"--data {folder} does not exist: {expected}; without --data, digits are made"])
    classes = find_classes(folder / "train")
    found, problems = {}, []
    for split in ("train", "val", "test"):
        found[split], wrong = find_clips(folder / split, classes, config.strict)
        problems += wrong
    labels = {clip.label for clip in found["train"]}
    problems += [
        f"{folder / 'train' / name} has no clip to learn from: expected at least one"
        for number, name in enumerate(classes)
        if found["train"] and number not in labels
    ]
    refuse(problems)
    splits = {
        "train": {{ expression("datasets.train_clips", "Clips") }}(found["train"], config.segments, config.size),
        "val": Clips(found["val"], config.segments, config.size),
        "test": Clips(found["test"], config.segments, config.size),
    }
    return splits, DataInfo(channels=3, size=(config.size, config.size), classes=classes)


def check_batch(clips: Tensor, labels: Tensor, info: DataInfo) -> None:
    """Raise a UserError if a batch does not match the description of the data.

    Args:
        clips: (N, T, 3, H, W) float32 in [0, 1].
        labels: (N,) int64 in [0, len(info.classes) - 1].
        info: The description.
    """
    shape = ("N", "T", info.channels, *info.size)
    wrong = mismatch("clips", clips, shape, torch.float32, 0, 1)
    highest = len(info.classes) - 1
    refuse(wrong + mismatch("labels", labels, (len(clips),), torch.int64, 0, highest))
