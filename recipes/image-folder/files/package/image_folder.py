{% from "composition/slots.jinja" import imports, slot, expression with context %}
{% set training_size = expression("image_files.training_size", "") %}
{% set crops, labelled = task == "super-resolution", task == "classification" %}
"""Your own images, found in a folder, split, and read one at a time.

{% if labelled %}
The folder has a folder for each class: ``<data>/<class>/<name>.jpg``. Or it has ``train/``,
``val/`` and ``test/``, with a folder for each class in them.
{% else %}
They may be in folders of their own. Or the folder has ``train/``, ``val/`` and ``test/``.
{% endif %}
A split that it does not have is taken from the training images.
"""

{% call imports("image_folder") %}
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
import torch
from torch.utils.data import Dataset
from .config import Config
from .data_info import DataInfo, Splits
from .errors import refuse
from .image_files import SUFFIXES, find_images, look_at_all, read_image, to_tensor
{% if not crops %}
from .image_files import fit
{% endif %}
from torch import Tensor
{% endcall %}


ROOT = Path(__file__).resolve().parents[1]
SPLITS = ("train", "val", "test")
SHARE = 0.15
"""Share of the images of each class that goes to a split which the folder does not have."""
{% if crops %}
CROPS = 8
"""Crops of each image."""
{% endif %}


class Sample(NamedTuple):
    """An image file and the number of its class."""

    path: Path
    label: int


Samples = dict[str, list[Sample]]


def load_splits(config: Config) -> tuple[Splits, DataInfo]:
    """Return ``train``, ``val`` and ``test``, and their description.

    {% if crops %}
    A sample is a crop, (C, size, size) float in [0, 1].
    {% else %}
    A sample is an image, (C, size, size) float in [0, 1], and the number of its class, int64.
    {% endif %}
    """
    folder = ROOT / config.data
    if not folder.is_dir():
        refuse([f"--data {folder} is not a folder: expected the folder of your images"])
    tops = {name: folder / name for name in SPLITS if (folder / name).is_dir()}
    if "train" not in tops:
        tops = {"train": folder}
    classes = {{ "class_names(tops)" if labelled else '("",)' }}
    found = {name: find_samples(top, classes) for name, top in tops.items()}
    usable, channels = usable_samples(found, config)
    refuse(too_few(usable, tops, classes))
    samples = with_missing_splits(usable, classes, folder)
    info = DataInfo(channels, (config.size, config.size){{ ", classes" if labelled }})
    {% if crops %}
    return {name: Crops(samples[name], info) for name in SPLITS}, info
    {% else %}
    sizes = dict.fromkeys(SPLITS, info.size)
    {% if training_size %}
    sizes["train"] = {{ training_size }}
    {% endif %}
    return {name: Images(samples[name], info.channels, sizes[name]) for name in SPLITS}, info
    {% endif %}

{% if labelled %}

def class_names(tops: dict[str, Path]) -> tuple[str, ...]:
    """Return the names of the folders of the training images, sorted.

    There must be at least two, and no other split may have a folder with another name.
    """
    names = {split: folder_names(top) for split, top in tops.items()}
    classes = names["train"]
    if len(classes) < 2:
        found = f"{tops['train']} has {len(classes)} folder{'' if len(classes) == 1 else 's'}"
        refuse([f"{found}: expected one for each class, and at least two"])
    refuse(
        f"{tops[split] / name} is not a class of the training images: {', '.join(classes)}"
        for split in names
        for name in names[split]
        if name not in classes
    )
    return classes


def folder_names(folder: Path) -> tuple[str, ...]:
    """Return the names of the folders in a folder, sorted, without hidden ones."""
    names = (path.name for path in folder.iterdir() if path.is_dir())
    return tuple(sorted(name for name in names if not name.startswith(".")))

{% endif %}

def find_samples(folder: Path, classes: tuple[str, ...]) -> list[Sample]:
    """Return the images below a folder, by class and path, without hidden files and folders."""
    return [
        Sample(path, label)
        for label, name in enumerate(classes)
        for path in find_images(folder / name)
    ]


def usable_samples(samples: Samples, config: Config) -> tuple[Samples, int]:
    """Return the samples that can be used, and the number of their channels: 1 or 3.

    The others are named and left out; with ``--strict``, a UserError lists them.
    """
    paths = [sample.path for split in samples.values() for sample in split]
    looks = look_at_all(paths, config.strict{{ ", smallest=config.size" if crops }})
    usable = {
        name: [sample for sample in split if sample.path in looks]
        for name, split in samples.items()
    }
    return usable, 3 if any(look.is_colored for look in looks.values()) else 1


def too_few(samples: Samples, tops: dict[str, Path], classes: tuple[str, ...]) -> Iterator[str]:
    """Yield what is wrong with the number of images, for each class and split."""
    needed = 1 + sum(name not in samples for name in SPLITS)
    for label, name in enumerate(classes):
        count = sum(sample.label == label for sample in samples["train"])
        if count < needed:
            suffixes = " ".join(SUFFIXES)
            found = f"{tops['train'] / name} has {count} usable images ({suffixes})"
            yield f"{found}: expected at least {needed}"
    for name, split in samples.items():
        if not split and name != "train":
            yield f"{tops[name]} has 0 usable images: expected at least 1"


def with_missing_splits(samples: Samples, classes: tuple[str, ...], folder: Path) -> Samples:
    """Take the splits that are missing from the training images, the same share of each class.

    Which image of a class goes where depends on the paths in the folder alone.
    """
    missing = [name for name in SPLITS if name not in samples]
    splits: Samples = {**samples, "train": [], **{name: [] for name in missing}}
    for label in range(len(classes)):
        group = [sample for sample in samples["train"] if sample.label == label]
        group.sort(key=lambda sample: digest(sample.path.relative_to(folder)))
        count = max(1, round(SHARE * len(group)))
        for name in missing:
            splits[name] += group[:count]
            del group[:count]
        splits["train"] += group
    return splits


def digest(path: Path) -> str:
    """Return a digest of a path."""
    return hashlib.sha256(path.as_posix().encode()).hexdigest()


{% if crops %}
class Crops(Dataset[tuple[Tensor, ...]]):
    """Crops of images at random places, which are the same in every run and epoch."""

    def __init__(self, samples: list[Sample], info: DataInfo) -> None:
        self.samples = samples
        self.info = info

    def __len__(self) -> int:
        return CROPS * len(self.samples)

    def __getitem__(self, index: int) -> tuple[Tensor, ...]:
        image = read_image(self.samples[index // CROPS].path, self.info.channels)
        (height, width), generator = self.info.size, torch.Generator().manual_seed(index)
        top = int(torch.randint(image.height - height + 1, (), generator=generator))
        left = int(torch.randint(image.width - width + 1, (), generator=generator))
        return (to_tensor(image.crop((left, top, left + width, top + height))),)
{% else %}
class Images(Dataset[tuple[Tensor, ...]]):
    """Images that are read when they are needed, resized and cropped at the center."""

    def __init__(self, samples: list[Sample], channels: int, size: tuple[int, int]) -> None:
        self.samples = samples
        self.channels = channels
        self.size = size

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> tuple[Tensor, ...]:
        path, label = self.samples[index]
        image = read_image(path, self.channels)
        return to_tensor(fit(image, self.size)), torch.tensor(label)
    {{- slot("image_folder.members", 4, gap=1) }}
{% endif %}
