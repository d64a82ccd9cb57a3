"""The training losses."""

from typing import Literal

import torch.nn.functional as F
from torch import Tensor

from .errors import refuse

Loss = Literal["l1", "mse", "charbonnier"]


def loss_function(outputs: Tensor, targets: Tensor, kind: Loss) -> Tensor:
    """Return the mean error over all values of a batch, or leave where the shapes differ.

    Args:
        outputs: (N, C, H, W) float.
        targets: Of the same shape.
        kind: ``l1``: absolute error. ``mse``: squared error. ``charbonnier``: see below.
    """
    if outputs.shape != targets.shape:
        found = f"outputs are {tuple(outputs.shape)}, targets are {tuple(targets.shape)}"
        refuse([f"{found}: expected the same; --scale must be the scale of the data"])
    if kind == "l1":
        return F.l1_loss(outputs, targets)
    if kind == "mse":
        return F.mse_loss(outputs, targets)
    return charbonnier_loss(outputs, targets)


def charbonnier_loss(outputs: Tensor, targets: Tensor, smoothness: float = 1e-3) -> Tensor:
    """Return the mean of sqrt(error**2 + smoothness**2) (Lai et al., LapSRN, CVPR 2017).

    It is the absolute error, but round at 0. The paper sums over the pixels of an image.
    """
    return ((outputs - targets).square() + smoothness**2).sqrt().mean()
