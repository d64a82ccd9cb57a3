"""1 until the last part of all updates, then 1 - the square root of its progress."""

import math
from typing import Any

VARIANTS = {"wsd": {"decay_share": 0.6}}


def rate(run: Any, _name: str) -> float:
    updates = run.settings["epochs"] * run.updates_per_epoch
    last = round(run.settings["decay_share"] * updates)
    return 1 - math.sqrt(max(0.0, (run.update - (updates - last)) / last))
