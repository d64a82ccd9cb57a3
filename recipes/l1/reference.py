"""The sum of the absolute values of all weights, without biases, is a term of the loss."""

from typing import Any

import torch
from torch import Tensor

VARIANTS = {"l1": {"l1": 0.003}}


def penalty(run: Any, weights: dict[str, Tensor]) -> Tensor:
    total = torch.zeros(())
    for name, weight in weights.items():
        if name.endswith("weight"):
            total = total + weight.abs().sum()
    return run.settings["l1"] * total
