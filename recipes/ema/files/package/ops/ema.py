"""Exponential moving average of weights (Polyak and Juditsky, 1992)."""

import copy
from typing import Any

import torch
from torch import nn
from torch.optim.swa_utils import get_ema_multi_avg_fn


class Ema:
    """A copy of a model whose weights follow the model's slowly.

    Buffers, such as the statistics of normalisation, are copied as they are.

    Args:
        model: The model to follow.
        decay: Share of the average that an update keeps, in [0, 1). The first updates keep less,
            (1 + n) / (10 + n) at the n-th, so that the average soon forgets the random start.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self.model = copy.deepcopy(model).eval().requires_grad_(False)
        self.decay = decay
        self.updates = 0

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """Take the model's weights into the average."""
        self.updates += 1
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        averages, weights = list(self.model.parameters()), list(model.parameters())
        get_ema_multi_avg_fn(decay)(averages, weights, self.updates)
        for own, buffer in zip(self.model.buffers(), model.buffers(), strict=True):
            own.copy_(buffer)

    def state_dict(self) -> dict[str, Any]:
        return {"model": self.model.state_dict(), "updates": self.updates}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.model.load_state_dict(state["model"])
        self.updates = state["updates"]
