"""The training losses of the two networks."""

from typing import Literal

import torch.nn.functional as F
from torch import Tensor

Kind = Literal["bce", "hinge"]


def discriminator_loss(real: Tensor, fake: Tensor, kind: Kind) -> Tensor:
    """Return the mean loss of telling real images from those that were made.

    ``bce`` is -log(sigmoid(real)) - log(1 - sigmoid(fake)) (Goodfellow et al., NeurIPS 2014),
    ``hinge`` is max(0, 1 - real) + max(0, 1 + fake) (Lim and Ye, 2017, arXiv:1705.02894).

    Args:
        real: (N,) float, logits of real images.
        fake: (N,) float, logits of images that were made.
        kind: Which loss.
    """
    if kind == "hinge":
        return F.relu(1 - real).mean() + F.relu(1 + fake).mean()
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def generator_loss(judged: Tensor, kind: Kind) -> Tensor:
    """Return the mean loss of not being taken for real.

    ``bce`` is -log(sigmoid(judged)): its gradient does not vanish where the discriminator is sure,
    as that of log(1 - sigmoid(judged)) does. ``hinge`` is -judged.

    Args:
        judged: (N,) float, logits of images that were made.
        kind: Which loss.
    """
    return -judged.mean() if kind == "hinge" else F.softplus(-judged).mean()
