"""-t (1 - p)^gamma log p, summed over the classes."""

from typing import Any

from torch import Tensor

VARIANTS = {"focal-loss": {"focal_gamma": 1.5}}


def loss(run: Any, logits: Tensor, targets: Tensor) -> Tensor:
    powers = logits.exp()
    p = powers / powers.sum(1, keepdim=True)
    return -(targets * (1 - p) ** run.settings["focal_gamma"] * p.log()).sum(1).mean()
