"""Write the data of a new project as images in folders, so that a brief run can learn from them."""

import sys
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits, load_sample_images

COLUMNS = {
    "train": [(0, 216), (360, 432), (576, 640)],
    "val": [(216, 288), (432, 504)],
    "test": [(288, 360), (504, 576)],
}
"""Columns of the photographs that belong to each split, as in photographs.py."""
CROP = 36
"""Height and width of the images of val and test, which --size must be as well."""


def main(folder: Path) -> None:
    """Write a folder for each digit or, for super-resolution, parts of the two photographs."""
    if "super-resolution" in Path(".copier-answers.yml").read_text():
        write_photographs(folder)
    else:
        write_digits(folder)


def write_photographs(folder: Path) -> None:
    """Write parts of the photographs, each in the folder of its split.

    Those of val and test are the crops of photographs.py, so that a run has the same floor as there.
    Those of train are larger, to take crops from.
    """
    for number, pixels in enumerate(load_sample_images().images):
        for split, columns in COLUMNS.items():
            for start, end in columns:
                height, width, step = (CROP, CROP, CROP)
                if split == "train":
                    height, width, step = 2 * CROP, end - start, 24
                for top in range(0, len(pixels) - height + 1, step):
                    for left in range(start, end - width + 1, width):
                        tile = pixels[top : top + height, left : left + width]
                        save(tile, folder / split / f"{number}-{top}-{left}.png")


def write_digits(folder: Path) -> None:
    """Write the digits, each in the folder of its class."""
    digits = load_digits()
    pairs = zip(digits.images, digits.target, strict=True)
    for number, (pixels, label) in enumerate(pairs):
        save((pixels * (255 / 16)).round().astype(np.uint8), folder / f"{label}/{number:04}.png")


def save(pixels: np.ndarray, path: Path) -> None:
    """Save an array as a PNG file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "data/images"))
