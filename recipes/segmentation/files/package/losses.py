"""The training losses."""

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

from .datasets import IGNORED
from .ops.checks import plain

Loss = Literal["cross-entropy", "dice", "both"]


def loss_function(logits: Tensor, masks: Tensor, kind: Loss) -> Tensor:
    """Return the mean loss over the images of a batch.

    Each image has a loss of its own, so that the mean does not depend on how images are batched.

    Args:
        logits: (N, classes, H, W) float.
        masks: (N, H, W) int64 in [0, classes - 1], or IGNORED: such pixels do not count.
        kind: Which loss; ``both`` is the sum of the other two.

    Raises:
        ValueError: The masks are of another shape or type.
    """
    shape = (len(logits), *logits.shape[2:])
    if masks.shape != shape or masks.dtype != torch.int64:
        found = f"masks are {tuple(masks.shape)} {plain(masks.dtype)}"
        hint = "; take masks[:, 0].long()" if masks.ndim == 4 and masks.shape[1] == 1 else ""
        raise ValueError(f"{found}: expected {shape} int64, numbers of classes{hint}")
    logits = logits.float()  # 16 bits are too few to add up the pixels of an image
    if kind == "cross-entropy":
        return cross_entropy(logits, masks).mean()
    if kind == "dice":
        return dice_loss(logits, masks).mean()
    return (cross_entropy(logits, masks) + dice_loss(logits, masks)).mean()


def cross_entropy(logits: Tensor, masks: Tensor) -> Tensor:
    """Return the mean cross-entropy of each image's pixels, (N,); 0 where none counts."""
    losses = F.cross_entropy(logits, masks, ignore_index=IGNORED, reduction="none")
    return losses.sum((1, 2)) / (masks != IGNORED).sum((1, 2)).clamp(min=1)


def dice_loss(logits: Tensor, masks: Tensor) -> Tensor:
    """Return 1 - the soft Dice coefficient of each image, (N,); 0 where no pixel counts.

    The coefficient of a class is 2 * sum(p * t) / (sum(p**2) + sum(t**2)), over the pixels that
    count: p is the probability of the class, and t is 1 where it is the true one, otherwise 0
    (Milletari et al., V-Net, 3DV 2016, arXiv:1606.04797). An image's is the mean over the classes
    that occur in its mask. Where others are predicted, those that occur have lost probability.
    """
    classes = torch.arange(logits.shape[1], device=logits.device).view(-1, 1, 1)
    truth = masks.unsqueeze(1) == classes  # (N, classes, H, W), false where IGNORED
    probabilities = logits.softmax(1) * (masks != IGNORED).unsqueeze(1)
    overlap = (probabilities * truth).sum((2, 3))
    total = probabilities.square().sum((2, 3)) + truth.sum((2, 3))
    occurs = truth.any(3).any(2)
    losses = 1 - 2 * overlap / total.clamp(min=1)  # 1 is the least where a class occurs
    return (losses * occurs).sum(1) / occurs.sum(1).clamp(min=1)
