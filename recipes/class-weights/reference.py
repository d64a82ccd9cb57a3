"""A target counts n / (classes * samples of its class) times."""

from typing import Any

from torch import Tensor

VARIANTS: dict[str, dict[str, Any]] = {"class-weights": {}}


def batch(run: Any, inputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    labels = run.labels.tolist()
    weighted = targets.clone()
    for number in range(targets.shape[1]):
        weighted[:, number] *= len(labels) / (targets.shape[1] * labels.count(number))
    return inputs, weighted
