"""Convex combinations with a permutation of the batch, by one weight from Beta(alpha, alpha)."""

from typing import Any

import torch
from torch import Tensor

VARIANTS = {"mixup": {"mixup_alpha": 0.4}}
DRAWS = True


def mix(run: Any, inputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    alpha = run.settings["mixup_alpha"]
    weight = torch.distributions.Beta(alpha, alpha).sample()
    partners = torch.randperm(len(inputs))
    return (
        weight * inputs + (1 - weight) * inputs[partners],
        weight * targets + (1 - weight) * targets[partners],
    )
