"""Mixup: train on convex combinations of samples (Zhang et al., ICLR 2018, arXiv:1710.09412)."""

import torch
from torch import Tensor


def mix(inputs: Tensor, targets: Tensor, weight: float, partners: Tensor) -> tuple[Tensor, Tensor]:
    """Combine each sample, taken ``weight`` times, with its partner, taken ``1 - weight`` times.

    Args:
        inputs: (N, ...) float.
        targets: (N, classes) float, probabilities of classes.
        weight: In [0, 1].
        partners: (N,) int64, a permutation of the samples.

    Returns:
        Inputs and targets of the same shapes.
    """
    return (
        weight * inputs + (1 - weight) * inputs[partners],
        weight * targets + (1 - weight) * targets[partners],
    )


def mixup(inputs: Tensor, targets: Tensor, alpha: float) -> tuple[Tensor, Tensor]:
    """Mix a batch with itself in a random order, by one weight drawn from Beta(alpha, alpha).

    Args:
        inputs: (N, ...) float.
        targets: (N, classes) float, probabilities of classes.
        alpha: In [0, inf); 0 leaves the batch as it is.

    Returns:
        Inputs and targets of the same shapes.
    """
    if alpha == 0:
        return inputs, targets
    weight = float(torch.distributions.Beta(alpha, alpha).sample())
    return mix(inputs, targets, weight, torch.randperm(len(inputs), device=inputs.device))
