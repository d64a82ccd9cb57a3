"""The velocity keeps a share of itself; Nesterov's looks one step ahead."""

from typing import Any

from torch import Tensor

VARIANTS = {
    "sgd": {"momentum": 0.8},
    "sgd-nesterov": {"momentum": 0.6, "nesterov": True},
}


def started(run: Any) -> None:
    run.velocity = {}


def direction(run: Any, name: str, gradient: Tensor, decay: float) -> Tensor:
    momentum = run.settings["momentum"]
    gradient = gradient + decay * run.weights[name]
    velocity = gradient + momentum * run.velocity[name] if name in run.velocity else gradient
    run.velocity[name] = velocity
    return gradient + momentum * velocity if run.settings.get("nesterov") else velocity
