"""The focal loss (Lin et al., ICCV 2017, arXiv:1708.02002)."""

import torch
import torch.nn.functional as F
from torch import Tensor


def focal_loss(logits: Tensor, targets: Tensor, gamma: float) -> Tensor:
    """Return the mean focal loss over a batch: the sum of -t (1 - p)^gamma log p over the classes.

    p is the softmax of the logits, t the probability of the class in the targets.

    Args:
        logits: (N, classes) float.
        targets: (N,) int64, class numbers, or (N, classes) float, probabilities of classes.
        gamma: At least 0; with 0, this is cross-entropy.
    """
    log_p = F.log_softmax(logits.float(), 1)
    if targets.ndim == 1:
        targets = F.one_hot(targets, logits.shape[1]).to(log_p.dtype)
    # 1 - p, which is not rounded to 0; at 0, its power would have an infinite gradient.
    missing = torch.expm1(log_p).neg().clamp(min=torch.finfo(log_p.dtype).tiny)
    return -(targets * missing**gamma * log_p).sum(1).mean()
