"""A polynomial from 1 to 0 over all updates."""

from typing import Any

VARIANTS = {"poly": {"poly_power": 0.7}}


def rate(run: Any, _name: str) -> float:
    updates = run.settings["epochs"] * run.updates_per_epoch
    return float((1 - run.update / updates) ** run.settings["poly_power"])
