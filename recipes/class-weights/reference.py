"""A target counts n / (classes * samples of its class) times."""

from typing import Any

from torch import Tensor

from tests.plain import samples

VARIANTS: dict[str, dict[str, Any]] = {"class-weights": {}}


def batch(_run: Any, inputs: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    labels = samples("train")[1].tolist()
    weighted = targets.clone()
    for number in range(targets.shape[1]):
        weighted[:, number] *= len(labels) / (targets.shape[1] * labels.count(number))
    return inputs, weighted
