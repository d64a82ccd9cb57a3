"""A straight line to the full learning rate: (t + 1) / (W + 1) at update t of W."""

from typing import Any

VARIANTS = {"warmup": {"warmup_epochs": 0.5}}


def rate(run: Any, _name: str) -> float:
    updates = round(run.settings["warmup_epochs"] * run.updates_per_epoch)
    return min(1.0, (run.update + 1) / (updates + 1))
