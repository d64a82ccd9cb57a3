"""Grids of images, saved as PNG files."""

from pathlib import Path

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor


def make_grid(images: Tensor, columns: int, gap: int = 1) -> Tensor:
    """Lay images out in rows, from the top left, on white.

    Args:
        images: (N, 1 or 3, H, W) float.
        columns: Images in a row.
        gap: Pixels between two images.

    Returns:
        (3, rows * (H + gap) - gap, columns * (W + gap) - gap) float.
    """
    missing = -len(images) % columns
    cells = F.pad(images.expand(-1, 3, -1, -1), (0, gap, 0, gap), value=1.0)
    cells = torch.cat([cells, cells.new_ones(missing, *cells.shape[1:])])
    rows = cells.unflatten(0, (-1, columns)).permute(2, 0, 3, 1, 4)  # (3, rows, H, columns, W)
    sheet: Tensor = rows.flatten(3, 4).flatten(1, 2)
    return sheet[:, : sheet.shape[1] - gap, : sheet.shape[2] - gap]


def save_grid(path: Path, images: Tensor, columns: int, side: int | None = 256) -> None:
    """Save images as one PNG file; missing folders are created.

    Args:
        path: Of the file.
        images: (N, 1 or 3, H, W) float; values are clamped to [0, 1].
        columns: Images in a row.
        side: Pixels that the longer side of each image has at most in the file: small images are
            enlarged by a whole factor, large ones are reduced. With None, they stay as they are.
    """
    longest = max(images.shape[2:])
    if side is not None and longest > side:
        images = F.interpolate(images, scale_factor=side / longest, mode="area")
    pixels = make_grid(images, columns).clamp(0, 1).mul(255).round().byte().cpu()
    zoom = 1 if side is None else max(1, side // longest)
    pixels = pixels.repeat_interleave(zoom, 1).repeat_interleave(zoom, 2)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels.permute(1, 2, 0).contiguous().numpy()).save(path)
