"""The batches of a group make one update, by the mean of their gradients."""

from typing import Any

VARIANTS = {"accumulate": {"accumulate": 3}}


def batches_per_update(run: Any) -> int:
    return int(run.settings["accumulate"])
