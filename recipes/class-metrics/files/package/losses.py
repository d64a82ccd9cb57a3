"""The training loss."""

import torch.nn.functional as F
from torch import Tensor


def loss_function(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the mean cross-entropy over a batch.

    Args:
        logits: (N, classes) float.
        targets: (N,) int64, class numbers, or (N, classes) float, probabilities of classes.
    """
    return F.cross_entropy(logits, targets)
