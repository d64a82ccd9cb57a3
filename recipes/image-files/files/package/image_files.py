"""Image files, whatever they are: found, looked at before training, and read one at a time."""

import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from .errors import refuse

SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
END_MARKS = {"JPEG": b"\xff\xd9", "PNG": b"IEND"}
END = 32
"""Bytes at the end of a file among which its end mark is."""
UNREADABLE = (OSError, SyntaxError, ValueError, Image.DecompressionBombError)
"""What Pillow raises for files that are broken."""


def find_images(folder: Path) -> list[Path]:
    """Return the images below a folder, sorted, without hidden files and folders."""
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in SUFFIXES
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]


class Look(NamedTuple):
    """What there is to know of an image file before it is used."""

    problem: str
    """Why it cannot be used; empty if it can."""
    is_colored: bool = False


def look_at(path: Path, smallest: int = 1) -> Look:
    """Look at an image file.

    A JPEG or PNG file that ends as it should is complete, and is not decoded.

    Args:
        path: Of the file.
        smallest: Pixels that it must at least be high and wide.
    """
    try:
        with Image.open(path) as image:
            image.getexif()
            mark = END_MARKS.get(image.format or "")
            if mark is None or mark not in end_of(path):
                image.load()
    except UNREADABLE as error:
        return Look(f"{path} cannot be read as an image: {error}")
    if image.mode in ("F", "LAB") or (image.mode == "I" and image.format != "PNG"):
        return Look(f"{path} has pixels of mode {image.mode}: expected 8 or 16 bits a channel")
    if min(image.size) < smallest:
        width, height = image.size
        return Look(f"{path} is {height} x {width} pixels: expected at least --size {smallest}")
    return Look("", Image.getmodebase(image.mode) != "L")


def end_of(path: Path) -> bytes:
    """Return the last bytes of a file."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - END))
        return file.read()


def look_at_all(paths: Sequence[Path], strict: bool, smallest: int = 1) -> dict[Path, Look]:
    """Look at image files and return the looks of those that can be used.

    The others are named; with ``strict``, a UserError lists them.
    """
    with ThreadPoolExecutor() as pool:
        looks = zip(paths, pool.map(partial(look_at, smallest=smallest), paths), strict=True)
        found = dict(looks)
    problems = [look.problem for look in found.values() if look.problem]
    if strict:
        refuse(problems)
    if problems:
        left_out = f"{len(problems)} of {len(paths)} images left out; --strict refuses to start"
        print("\n".join([*problems, left_out]), file=sys.stderr, flush=True)
    return {path: look for path, look in found.items() if not look.problem}


def read_image(path: Path, channels: int) -> Image.Image:
    """Read an image upright, in grayscale or in RGB, with 8 bits a channel."""
    try:
        with Image.open(path) as opened:
            image = ImageOps.exif_transpose(opened)
    except UNREADABLE as error:
        raise OSError(f"{path} cannot be read as an image: {error}") from error
    if image.mode.startswith("I"):  # 16 bits
        pixels = np.asarray(image, np.float32) / 257
        image = Image.fromarray(pixels.round().astype(np.uint8))
    if image.mode in ("P", "PA"):  # the colors may have an alpha channel
        image = image.convert("RGBA")
    return image.convert("L" if channels == 1 else "RGB")


def fit(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Resize an image and crop it at the center to a height and width in pixels."""
    height, width = size
    return ImageOps.fit(image, (width, height), Image.Resampling.BICUBIC)


def to_tensor(image: Image.Image) -> Tensor:
    """Return the pixels of an image, (C, H, W) float in [0, 1]."""
    pixels = torch.from_numpy(np.array(image))
    return pixels.view(image.height, image.width, -1).permute(2, 0, 1).float().div(255)
