{% from "composition/slots.jinja" import imports, expression with context %}
"""The data: videos in folders named by their classes, at first moving handwritten digits.

To train on your own videos, name your classes in ``CLASSES`` and your folder by ``--data``.
"""

{% call imports("datasets") %}
from pathlib import Path
import torch
from torch import Tensor
from torch.utils.data import Dataset
from .clips import Clips, find_clips
from .config import Config
from .moving_digits import make_videos
from .ops.checks import mismatch, refuse
{% endcall %}


CLASSES = tuple("0123456789")
ROOT = Path(__file__).resolve().parents[1]
DIGITS = ROOT / "data/videos"


def load_datasets(config: Config) -> dict[str, Dataset[tuple[Tensor, ...]]]:
    """Return the data sets ``train``, ``val`` and ``test`` of the folder ``config.data``.

    A sample is a clip, (segments, 3, size, size) float in [0, 1], and the number of its class,
    int64 in [0, len(CLASSES) - 1].
    """
    folder = ROOT / config.data
    if folder == DIGITS and not folder.exists():
        make_videos(folder)
    if not folder.is_dir():
        expected = "expected train/, val/ and test/ in it, and in each a folder for each class"
        refuse([f"--data {folder} is not there: {expected}; without --data, digits are made"])
    found, problems = {}, []
    for split in ("train", "val", "test"):
        found[split], wrong = find_clips(folder / split, CLASSES, config.strict)
        problems += wrong
    labels = {clip.label for clip in found["train"]}
    problems += [
        f"{folder / 'train' / name} has no clip to learn from: expected at least one"
        for number, name in enumerate(CLASSES)
        if found["train"] and number not in labels
    ]
    refuse(problems)
    return {
        "train": {{ expression("datasets.train_clips", "Clips") }}(found["train"], config.segments, config.size),
        "val": Clips(found["val"], config.segments, config.size),
        "test": Clips(found["test"], config.segments, config.size),
    }


def check_batch(clips: Tensor, labels: Tensor) -> None:
    """Leave and say what is wrong with a batch, if something is.

    Args:
        clips: (N, T, 3, H, W) float32 in [0, 1].
        labels: (N,) int64 in [0, len(CLASSES) - 1].
    """
    wrong = mismatch("clips", clips, ("N", "T", 3, "H", "W"), torch.float32, 0, 1)
    wrong += mismatch("labels", labels, (len(clips),), torch.int64, 0, len(CLASSES) - 1)
    refuse(wrong)
