"""Equation 5 of SGDR without restarts: half a cosine from 1 to 0 over all updates."""

import math
from typing import Any

VARIANTS: dict[str, dict[str, Any]] = {"cosine": {}}


def rate(run: Any, _name: str) -> float:
    updates = run.settings["epochs"] * run.updates_per_epoch
    return (1 + math.cos(math.pi * run.update / updates)) / 2
