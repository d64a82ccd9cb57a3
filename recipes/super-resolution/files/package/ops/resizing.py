"""Bicubic resizing by a whole factor (Keys, IEEE Transactions on Acoustics 1981)."""

import torch.nn.functional as F
from torch import Tensor


def downscale(images: Tensor, scale: int) -> Tensor:
    """Make images ``scale`` times lower and narrower, without aliasing.

    Args:
        images: (N, C, scale * h, scale * w) float in [0, 1].
        scale: A whole number.

    Returns:
        (N, C, h, w) float in [0, 1]: the little by which bicubic goes beyond is cut off.

    Raises:
        ValueError: A side is no multiple of ``scale``.
    """
    height, width = images.shape[-2:]
    if height % scale or width % scale:
        found = f"images are {height} x {width} pixels"
        raise ValueError(f"{found}: expected multiples of the scale, {scale}")
    size = (height // scale, width // scale)
    return F.interpolate(images, size, mode="bicubic", antialias=True).clamp(0, 1)


def upscale(images: Tensor, scale: int) -> Tensor:
    """Make images, (N, C, h, w) float, ``scale`` times higher and wider.

    PyTorch's kernel is Keys' with a = -0.75, as in OpenCV; Pillow and Matlab have a = -0.5. Values
    may go a little beyond those of ``images``.
    """
    return F.interpolate(images, scale_factor=scale, mode="bicubic")
