"""Pictures of tensors, written as PNG files."""

from pathlib import Path

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor


def tile(pictures: Tensor, columns: int, gap: int = 1) -> Tensor:
    """Lay pictures out in rows, from the left and from the top, on white.

    Args:
        pictures: (N, 1 or 3, H, W) float.
        columns: Pictures in a row.
        gap: Pixels between two pictures.

    Returns:
        (3, rows * (H + gap) - gap, columns * (W + gap) - gap) float.
    """
    missing = -len(pictures) % columns
    cells = F.pad(pictures.expand(-1, 3, -1, -1), (0, gap, 0, gap), value=1.0)
    cells = torch.cat([cells, cells.new_ones(missing, *cells.shape[1:])])
    rows = cells.unflatten(0, (-1, columns)).permute(2, 0, 3, 1, 4)  # (3, rows, H, columns, W)
    sheet: Tensor = rows.flatten(3, 4).flatten(1, 2)
    return sheet[:, : sheet.shape[1] - gap, : sheet.shape[2] - gap]


def save_pictures(path: Path, pictures: Tensor, columns: int, zoom: int = 1) -> None:
    """Write pictures side by side to one PNG file; folders that are not there are made.

    Args:
        path: Of the file.
        pictures: (N, 1 or 3, H, W) float; what is outside [0, 1] is cut off.
        columns: Pictures in a row.
        zoom: Each pixel becomes a square of this side.
    """
    pixels = tile(pictures, columns).clamp(0, 1).mul(255).round().byte().cpu()
    pixels = pixels.repeat_interleave(zoom, 1).repeat_interleave(zoom, 2)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels.permute(1, 2, 0).contiguous().numpy()).save(path)
