"""After more than `patience` epochs in a row without a better score, the rate is multiplied."""

from typing import Any

VARIANTS = {"plateau": {"plateau_patience": 0, "plateau_factor": 0.5}}


def started(run: Any) -> None:
    run.plateau_rate, run.plateau_best, run.plateau_epochs = 1.0, 0.0, 0


def rate(run: Any, _name: str) -> float:
    return float(run.plateau_rate)


def validated(run: Any, score: float) -> None:
    run.plateau_epochs = 0 if score > run.plateau_best else run.plateau_epochs + 1
    run.plateau_best = max(score, run.plateau_best)
    if run.plateau_epochs > run.settings["plateau_patience"]:
        run.plateau_rate *= run.settings["plateau_factor"]
        run.plateau_epochs = 0
