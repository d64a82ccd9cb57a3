{% from "composition/slots.jinja" import imports with context %}
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
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple
import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor
from torch.utils.data import Dataset
from .config import Config
from .data_info import DataInfo, Splits
from .ops.checks import refuse
{% endcall %}


ROOT = Path(__file__).resolve().parents[1]
SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
GRAYSCALE = ("1", "L", "LA", "I", "I;16", "F")
END_MARKS = {"JPEG": b"\xff\xd9", "PNG": b"IEND"}
TAIL = 2**16
"""Bytes at the end of a file among which its end mark must be."""
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
    """Return ``train``, ``val`` and ``test``, and their description, or exit with what is wrong.

    {% if crops %}
    A sample is a crop, (C, size, size) float in [0, 1].
    {% else %}
    A sample is an image, (C, size, size) float in [0, 1], and the number of its class, int64.
    {% endif %}
    """
    folder = ROOT / config.data
    if not folder.is_dir():
        refuse([f"--data {folder} is not a folder: expected the folder of your images"])
    tops = {name: folder / name for name in ("train", "val", "test") if (folder / name).is_dir()}
    if "train" not in tops:
        tops = {"train": folder}
    classes = {{ 'class_names(tops["train"])' if labelled else '("",)' }}
    samples = {name: find_samples(top, classes) for name, top in tops.items()}
    refuse(
        f"{tops['train'] / name} has no images: expected files that end in {' '.join(SUFFIXES)}"
        for label, name in enumerate(classes)
        if all(sample.label != label for sample in samples["train"])
    )
    samples, channels = readable(samples, config)
    samples = with_missing_splits(samples, classes, folder)
    info = DataInfo(channels, (config.size, config.size){{ ", classes" if labelled }})
    return {name: {{ "Crops" if crops else "Images" }}(samples[name], info) for name in ("train", "val", "test")}, info

{% if labelled %}

def class_names(folder: Path) -> tuple[str, ...]:
    """Return the names of the folders in a folder, sorted, or exit if there are fewer than two."""
    names = sorted(path.name for path in folder.iterdir() if path.is_dir())
    classes = tuple(name for name in names if not name.startswith("."))
    if len(classes) < 2:
        found = f"{folder} has {len(classes)} folder{'' if len(classes) == 1 else 's'}"
        refuse([f"{found}: expected one for each class, and at least two"])
    return classes

{% endif %}

def find_samples(folder: Path, classes: tuple[str, ...]) -> list[Sample]:
    """Return the images below a folder by path, or exit if it has a folder of no class."""
    {% if labelled %}
    others = sorted({path.name for path in folder.iterdir() if path.is_dir()} - {*classes})
    refuse(
        f"{folder / name} is not a class of the training images: {', '.join(classes)}"
        for name in others
        if not name.startswith(".")
    )
    {% endif %}
    return [
        Sample(path, label)
        for label, name in enumerate(classes)
        for path in sorted((folder / name).rglob("*"))
        if path.suffix.lower() in SUFFIXES and not path.name.startswith(".")
    ]


def readable(samples: Samples, config: Config) -> tuple[Samples, int]:
    """Return the samples that can be read, and the number of their channels: 1 or 3.

    Those that cannot are named and left out; with ``--strict``, exit instead.
    """
    paths = [sample.path for split in samples.values() for sample in split]
    with ThreadPoolExecutor() as pool:
        looks = pool.map(lambda path: look_at(path, config.size), paths)
        found = dict(zip(paths, looks, strict=True))
    problems = [problem for problem, _ in found.values() if problem]
    if problems and config.strict:
        refuse(problems)
    if problems:
        left_out = f"{len(problems)} of {len(paths)} images left out; --strict refuses to start"
        print("\n".join([*problems, left_out]), file=sys.stderr, flush=True)
    grayscale = all(gray for problem, gray in found.values() if not problem)
    kept = {
        name: [sample for sample in split if not found[sample.path][0]]
        for name, split in samples.items()
    }
    return kept, 1 if grayscale else 3


def look_at(path: Path, size: int) -> tuple[str, bool]:
    """Return why an image cannot be used, empty if it can, and whether it is grayscale.

    A large file is not decoded: its header and the mark at its end tell that all of it is there.
    """
    try:
        with Image.open(path) as image:
            mark = END_MARKS.get(image.format or "")
            if mark is None or path.stat().st_size <= TAIL:
                image.load()
            elif not ends_with(path, mark):
                return f"{path} cannot be read as an image: its end is missing", False
            {% if crops %}
            if min(image.size) < size:
                return f"{path} is smaller than --size {size}, in height or width", False
            {% endif %}
            return "", image.mode in GRAYSCALE
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        return f"{path} cannot be read as an image: {error}", False


def ends_with(path: Path, mark: bytes) -> bool:
    """Return whether the mark is among the last bytes of a file."""
    with path.open("rb") as file:
        file.seek(-TAIL, 2)
        return mark in file.read()


def with_missing_splits(samples: Samples, classes: tuple[str, ...], folder: Path) -> Samples:
    """Take the splits that are missing from the training images, the same share of each class.

    Which image goes where depends on its path in the folder alone: the same in every run.
    """
    missing = [name for name in ("test", "val") if name not in samples]
    groups: list[list[Sample]] = [[] for _ in classes]
    for sample in samples["train"]:
        groups[sample.label].append(sample)
    refuse(
        f"{folder / name} has {len(group)} usable images: expected at least {len(missing) + 1}"
        for name, group in zip(classes, groups, strict=True)
        if len(group) <= len(missing)
    )
    splits: Samples = {**samples, "train": [], **{name: [] for name in missing}}
    for group in groups:
        group.sort(key=lambda sample: hashed(sample.path.relative_to(folder)))
        count = max(1, round(SHARE * len(group)))
        for name in missing:
            splits[name] += group[:count]
            del group[:count]
        splits["train"] += group
    return splits


def hashed(path: Path) -> str:
    """Return a digest of a path."""
    return hashlib.sha256(path.as_posix().encode()).hexdigest()


def open_image(path: Path, channels: int) -> Image.Image:
    """Read an image upright, in grayscale or in RGB."""
    with Image.open(path) as opened:
        image = ImageOps.exif_transpose(opened)
        if image.mode.startswith("I"):  # 16 bits
            image = image.convert("I").point(lambda value: value * (1 / 256))
        return image.convert("L" if channels == 1 else "RGB")


def to_tensor(image: Image.Image) -> Tensor:
    """Return the pixels of an image, (C, H, W) float in [0, 1]."""
    pixels = torch.from_numpy(np.array(image))
    return pixels.view(image.height, image.width, -1).permute(2, 0, 1).float().div(255)


{% if crops %}
class Crops(Dataset[tuple[Tensor, ...]]):
    """Crops of images at random places, which are the same in every run and epoch."""

    def __init__(self, samples: list[Sample], info: DataInfo) -> None:
        self.samples = samples
        self.info = info

    def __len__(self) -> int:
        return CROPS * len(self.samples)

    def __getitem__(self, index: int) -> tuple[Tensor, ...]:
        image = open_image(self.samples[index // CROPS].path, self.info.channels)
        (height, width), generator = self.info.size, torch.Generator().manual_seed(index)
        top = int(torch.randint(image.height - height + 1, (), generator=generator))
        left = int(torch.randint(image.width - width + 1, (), generator=generator))
        return (to_tensor(image.crop((left, top, left + width, top + height))),)
{% else %}
class Images(Dataset[tuple[Tensor, ...]]):
    """Images that are read when they are needed, resized and cropped at the center."""

    def __init__(self, samples: list[Sample], info: DataInfo) -> None:
        self.samples = samples
        self.info = info

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, index: int) -> tuple[Tensor, ...]:
        path, label = self.samples[index]
        image = open_image(path, self.info.channels)
        height, width = self.info.size
        fitted = ImageOps.fit(image, (width, height), Image.Resampling.BICUBIC)
        return to_tensor(fitted), torch.tensor(label)
{% endif %}
