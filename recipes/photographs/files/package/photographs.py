"""Scikit-learn's two photographs, a temple and a flower, cut into crops."""

import importlib.util
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import TensorDataset

from .config import Config
from .data_info import DataInfo, Splits
from .errors import refuse

ENDINGS = (".jpg", ".jpeg", ".png")
CROP = 36
"""Height and width of a crop in pixels, a multiple of every scale."""
COLUMNS = {
    "train": [(0, 216), (360, 432), (576, 640)],
    "val": [(216, 288), (432, 504)],
    "test": [(288, 360), (504, 576)],
}
"""Columns of the photographs that belong to each split; all splits see some of the flower."""


def load_splits(config: Config) -> tuple[Splits, DataInfo]:
    """Return ``train``, ``val`` and ``test``, and their description.

    A sample is a crop, (3, CROP, CROP) float in [0, 1]. Those of the training split overlap.
    """
    photographs = read_folder(sample_folder(), CROP)
    splits = {}
    for name, columns in COLUMNS.items():
        step = CROP // 2 if name == "train" else CROP
        parts = [photograph[:, :, a:b] for photograph in photographs for a, b in columns]
        splits[name] = TensorDataset(torch.cat([cut(part, CROP, step) for part in parts]))
    return splits, DataInfo(channels=3, size=(CROP, CROP))


def sample_folder() -> Path:
    """Return the folder of scikit-learn's two photographs, each 427 x 640 pixels."""
    package = importlib.util.find_spec("sklearn")
    if package is None or package.origin is None:
        missing = "the photographs come with scikit-learn: pip install scikit-learn"
        raise ModuleNotFoundError(missing)
    return Path(package.origin).parent / "datasets/images"


def read_photograph(path: Path) -> Tensor:
    """Return the colours of a photograph, (3, H, W) float in [0, 1]."""
    try:
        with Image.open(path) as image:
            pixels = np.array(image.convert("RGB"))
    except (OSError, SyntaxError) as error:  # Pillow raises the latter for a broken PNG
        refuse([f"{path} cannot be read as an image: {error}"])
    return torch.from_numpy(pixels).permute(2, 0, 1).float().div(255)


def read_folder(folder: Path, side: int) -> list[Tensor]:
    """Return the photographs of a folder in the order of their names.

    Args:
        folder: Of .jpg, .jpeg and .png files; others are passed over.
        side: Pixels that each must at least be high and wide.

    Returns:
        One (3, H, W) float tensor in [0, 1] for each.
    """
    if not folder.is_dir():
        refuse([f"{folder} is not a folder: expected a folder of photographs"])
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in ENDINGS)
    if not paths:
        refuse([f"{folder} has no photographs: expected files that end in {' '.join(ENDINGS)}"])
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
