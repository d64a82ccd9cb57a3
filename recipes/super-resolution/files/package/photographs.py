"""Photographs, read from files and cut into crops."""

import importlib.util
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from .ops.checks import refuse

ENDINGS = (".jpg", ".jpeg", ".png")


def sample_folder() -> Path:
    """Return the folder of scikit-learn's two photographs, each 427 x 640 pixels."""
    package = importlib.util.find_spec("sklearn")
    if package is None or package.origin is None:
        missing = "the photographs come with scikit-learn: pip install scikit-learn"
        raise ModuleNotFoundError(missing)
    return Path(package.origin).parent / "datasets/images"


def read_photograph(path: Path) -> Tensor:
    """Return the colours of a photograph, (3, H, W) float in [0, 1], or leave and say why not."""
    try:
        with Image.open(path) as image:
            pixels = np.array(image.convert("RGB"))
    except (OSError, SyntaxError) as error:  # Pillow raises the latter for a broken PNG
        refuse([f"{path} is no photograph that can be read: {error}"])
    return torch.from_numpy(pixels).permute(2, 0, 1).float().div(255)


def read_folder(folder: Path, side: int) -> list[Tensor]:
    """Return the photographs of a folder in the order of their names, or leave and say why not.

    Args:
        folder: Of .jpg, .jpeg and .png files; others are passed over.
        side: Pixels that each must at least be high and wide.

    Returns:
        A (3, H, W) float tensor in [0, 1] each.
    """
    if not folder.is_dir():
        refuse([f"{folder} is no folder: expected one of photographs"])
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in ENDINGS)
    if not paths:
        refuse([f"{folder} holds no photograph: expected files that end in {' '.join(ENDINGS)}"])
    photographs = [read_photograph(path) for path in paths]
    sizes = [photograph.shape[1:] for photograph in photographs]
    refuse(
        f"{path} is {height} x {width} pixels: expected at least {side} x {side}"
        for path, (height, width) in zip(paths, sizes, strict=True)
        if min(height, width) < side
    )
    return photographs


def cut(photograph: Tensor, side: int, step: int) -> Tensor:
    """Cut a photograph into squares, row by row; what is left at the right and bottom is left out.

    Args:
        photograph: (C, H >= side, W >= side).
        side: Pixels that a square is high and wide.
        step: Pixels from one square to the next; they overlap if it is less than ``side``.

    Returns:
        (N, C, side, side).

    Raises:
        ValueError: The photograph is smaller than a square.
    """
    height, width = photograph.shape[1:]
    if min(height, width) < side:
        found = f"the photograph is {height} x {width} pixels"
        raise ValueError(f"{found}: expected at least {side} x {side}")
    squares = photograph.unfold(1, side, step).unfold(2, side, step)  # (C, rows, columns, ...)
    return squares.permute(1, 2, 0, 3, 4).flatten(0, 1)
