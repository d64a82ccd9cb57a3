"""A mask is 0 in a box and 1 elsewhere; targets are mixed by the mean of the mask."""

from typing import Any

import torch
from torch import Tensor

VARIANTS = {"cutmix": {"cutmix_alpha": 0.7}}
DRAWS = True


def mix(run: Any, inputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    alpha = run.settings["cutmix_alpha"]
    side_factor = (1 - float(torch.distributions.Beta(alpha, alpha).sample())) ** 0.5
    inside = []
    for side in inputs.shape[-2:]:
        length, centre = int(side_factor * side), int(torch.randint(side, ()))
        first = centre - length // 2
        inside.append(torch.tensor([first <= place < first + length for place in range(side)]))
    mask = 1 - torch.outer(inside[0].float(), inside[1].float())
    partners = torch.randperm(len(inputs))
    return (
        mask * inputs + (1 - mask) * inputs[partners],
        mask.mean() * targets + (1 - mask.mean()) * targets[partners],
    )
