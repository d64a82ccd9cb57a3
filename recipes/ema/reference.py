"""Update n keeps min(decay, (1 + n) / (10 + n)) of the average, which is what is evaluated."""

from typing import Any

from torch import Tensor

VARIANTS = {"ema": {"ema_decay": 0.8}}


def started(run: Any) -> None:
    run.average = dict(run.weights)


def updated(run: Any) -> None:
    kept = min(run.settings["ema_decay"], (1 + run.update) / (10 + run.update))
    for name, weight in run.weights.items():
        run.average[name] = kept * run.average[name] + (1 - kept) * weight


def evaluated(run: Any) -> dict[str, Tensor]:
    average: dict[str, Tensor] = run.average
    return average
