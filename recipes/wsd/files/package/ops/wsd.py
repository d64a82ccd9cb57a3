"""A constant learning rate that decays at the end (Hägele et al., NeurIPS 2024, arXiv:2405.18392).

It was named warmup-stable-decay by Hu et al., MiniCPM, COLM 2024, arXiv:2404.06395.
"""

import math
from dataclasses import dataclass
from typing import Any, Literal

from torch.optim.lr_scheduler import MultiplicativeLR

from ..errors import UserError


@dataclass
class Decay:
    """The factor of the learning rate, as ``torch.optim.lr_scheduler.MultiplicativeLR`` wants it.

    Args:
        updates: Of the whole training.
        share: Of these, the last ones, in which the learning rate decays, in (0, 1]; at least one.
        shape: ``sqrt`` decays by 1 - sqrt(s), ``linear`` by 1 - s; s goes from 0 to 1.
    """

    updates: int
    share: float
    shape: Literal["sqrt", "linear"]

    @property
    def start(self) -> int:
        """The last update that has the full learning rate."""
        return self.updates - max(1, round(self.share * self.updates))

    def factor(self, update: int) -> float:
        """Return the learning rate of an update, counted from 0, as a share of the full one."""
        progress = (update - self.start) / (self.updates - self.start)
        progress = min(max(progress, 0.0), 1.0)
        return 1 - (math.sqrt(progress) if self.shape == "sqrt" else progress)

    def __call__(self, update: int) -> float:
        """Return the factor from the update before to this one."""
        before = self.factor(update - 1)
        return self.factor(update) / before if before else 0.0


def continue_decay(schedule: MultiplicativeLR, decay: Decay, update: int) -> None:
    """Let a schedule that was loaded from a checkpoint decay as ``decay`` says.

    Raises a UserError if one of the two, the old decay or the new one, begins before the update.
    """
    factors: Any = schedule.lr_lambdas
    begun = factors[0]
    if begun != decay and update > min(begun.start, decay.start):
        found = f"the learning rate decays after update {decay.start}, in this run after"
        found = f"{found} {begun.start}, and {update} are done"
        raise UserError(f"{found}; keep --epochs and the settings of the decay")
    schedule.lr_lambdas = [decay] * len(factors)
