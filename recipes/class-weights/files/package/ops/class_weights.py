"""Weights of classes that make up for their numbers of samples."""

from typing import Literal

from torch import Tensor


def weigh_classes(
    counts: Tensor, kind: Literal["inverse", "effective"], beta: float = 0.999
) -> Tensor:
    """Return a weight for each class; their mean over all samples is 1.

    Args:
        counts: (classes,) int64, how many samples each class has; at least one has some.
        kind: ``inverse`` to the numbers of samples n; or to the ``effective`` ones,
            (1 - beta^n) / (1 - beta), because a new sample may resemble those that are there (Cui
            et al., CVPR 2019, arXiv:1901.05555).
        beta: In (0, 1); of the samples of a class, at most 1 / (1 - beta) are effective.

    Returns:
        (classes,) float. A class without samples has 0.
    """
    numbers = counts.double()
    if kind == "effective":
        numbers = (1 - beta**numbers) / (1 - beta)
    weights = (1 / numbers).where(counts > 0, 0)
    return (weights * counts.sum() / (weights * counts).sum()).float()
