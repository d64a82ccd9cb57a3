"""Weights of classes that make up for their numbers of samples."""

from torch import Tensor


def inverse_weights(counts: Tensor) -> Tensor:
    """Return weights that are inverse to the numbers of samples.

    Args:
        counts: (classes,) int64, how many samples each class has; at least one has some.

    Returns:
        (classes,) float; their mean over all samples is 1. A class without samples has 0.
    """
    return _scaled(1 / counts.double(), counts)


def effective_weights(counts: Tensor, beta: float) -> Tensor:
    """Return weights that are inverse to effective numbers of samples, (1 - beta^n) / (1 - beta).

    A new sample may resemble those that are there (Cui et al., CVPR 2019, arXiv:1901.05555): of n
    samples of a class, at most 1 / (1 - beta) count.

    Args:
        counts: (classes,) int64, how many samples each class has; at least one has some.
        beta: In (0, 1).

    Returns:
        (classes,) float; their mean over all samples is 1. A class without samples has 0.
    """
    return _scaled((1 - beta) / (1 - beta ** counts.double()), counts)


def _scaled(weights: Tensor, counts: Tensor) -> Tensor:
    """Scale weights to a mean of 1 over the samples."""
    weights = weights.where(counts > 0, 0)
    return (weights * counts.sum() / (weights * counts).sum()).float()
