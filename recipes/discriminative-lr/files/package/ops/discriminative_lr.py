"""Discriminative learning rates (Howard and Ruder, ACL 2018, arXiv:1801.06146)."""

from collections.abc import Sequence

from torch import nn


def lr_factors(
    stages: Sequence[nn.Module], backbone: float, decay: float
) -> dict[nn.Parameter, float]:
    """Return the factor of the learning rate of each parameter.

    The head, which is the last stage, has 1. The stage before it has ``backbone``, and each stage
    before that ``decay`` times the factor of the next one.

    Args:
        stages: Stages of a model, from the input to the head.
        backbone: In (0, inf).
        decay: In (0, 1].
    """
    *others, head = stages
    factors = dict.fromkeys(head.parameters(), 1.0)
    for distance, stage in enumerate(reversed(others)):
        factors |= dict.fromkeys(stage.parameters(), backbone * decay**distance)
    return factors
