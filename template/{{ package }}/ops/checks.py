"""What a tensor should be, and what is said of one that is not."""

import math

import torch
from torch import Tensor


def mismatch(
    name: str,
    tensor: Tensor,
    shape: tuple[int | str, ...],
    dtype: torch.dtype,
    low: float = -math.inf,
    high: float = math.inf,
) -> list[str]:
    """Return what is wrong with a tensor, as a list of one message, or of none.

    Args:
        name: What the message calls it, a plural such as ``images``.
        tensor: Any tensor.
        shape: Its expected shape; a letter stands for any number but 0.
        dtype: Its expected type.
        low: Its lowest value that is allowed; whatever this is, all values must be finite.
        high: Its highest value that is allowed.
    """
    sizes = zip(shape, tensor.shape, strict=False)
    fits = tensor.ndim == len(shape) and all(isinstance(n, str) or n == m for n, m in sizes)
    if fits and tensor.dtype == dtype and tensor.numel():
        lowest, highest = (float(end) for end in tensor.aminmax())
        if low <= lowest and highest <= high and math.isfinite(highest - lowest):
            return []
    interval = "" if math.isinf(low) and math.isinf(high) else f" in [{low:g}, {high:g}]"
    expected = f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''}) {plain(dtype)}"
    return [f"{name} are {describe(tensor)}: expected {expected}{interval}"]


def describe(tensor: Tensor) -> str:
    """Return shape, type and range of a tensor: ``(32, 1, 8, 8) float32 in [0, 1]``."""
    text = f"{tuple(tensor.shape)} {plain(tensor.dtype)}"
    if not tensor.numel() or tensor.is_complex():
        return text
    return f"{text} in [{float(tensor.min()):g}, {float(tensor.max()):g}]"


def plain(dtype: torch.dtype) -> str:
    """Return the name of a type: ``float32``."""
    return str(dtype).removeprefix("torch.")
