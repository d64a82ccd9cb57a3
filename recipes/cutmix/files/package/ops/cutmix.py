"""CutMix: train on images with boxes of other images (Yun et al., ICCV 2019, arXiv:1905.04899)."""

import torch
from torch import Tensor

Box = tuple[int, int, int, int]


def draw_box(height: int, width: int, kept: float) -> Box:
    """Return top, bottom, left and right of a box at a random place, as in the paper.

    Its sides are ``sqrt(1 - kept)`` times those of the image. Its centre is anywhere in the image;
    what is outside the image is cut off.

    Args:
        height: Of the image, in pixels.
        width: Of the image, in pixels.
        kept: Share of the image that the box leaves, in [0, 1], if it is inside.
    """
    share = (1 - kept) ** 0.5
    ends = []
    for side in (height, width):
        centre, length = int(torch.randint(side, ())), int(side * share)
        ends += [max(centre - length // 2, 0), min(centre - length // 2 + length, side)]
    top, bottom, left, right = ends
    return top, bottom, left, right


def paste(inputs: Tensor, targets: Tensor, box: Box, partners: Tensor) -> tuple[Tensor, Tensor]:
    """Replace a box of each sample by that of its partner, and mix the targets by area.

    Args:
        inputs: (N, ..., H, W) float; the box is the same in all channels and frames.
        targets: (N, classes) float, probabilities of classes.
        box: Top, bottom, left and right.
        partners: (N,) int64, a permutation of the samples.

    Returns:
        Inputs and targets of the same shapes.
    """
    top, bottom, left, right = box
    inputs = inputs.clone()
    inputs[..., top:bottom, left:right] = inputs[partners, ..., top:bottom, left:right]
    kept = 1 - (bottom - top) * (right - left) / (inputs.shape[-2] * inputs.shape[-1])
    return inputs, kept * targets + (1 - kept) * targets[partners]


def cutmix(inputs: Tensor, targets: Tensor, alpha: float) -> tuple[Tensor, Tensor]:
    """Mix a batch with itself in a random order, by one box for all samples.

    Args:
        inputs: (N, ..., H, W) float.
        targets: (N, classes) float, probabilities of classes.
        alpha: In [0, inf); the share that is kept is drawn from Beta(alpha, alpha). 0 leaves the
            batch as it is.

    Returns:
        Inputs and targets of the same shapes.
    """
    if alpha == 0:
        return inputs, targets
    kept = float(torch.distributions.Beta(alpha, alpha).sample())
    box = draw_box(inputs.shape[-2], inputs.shape[-1], kept)
    return paste(inputs, targets, box, torch.randperm(len(inputs), device=inputs.device))
