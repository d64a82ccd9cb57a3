"""Gradients whose norm is above the limit are scaled down to it, all by the same factor."""

import math
from typing import Any

from torch import Tensor

VARIANTS = {"grad-clip": {"clip_norm": 0.2}}


def gradients(run: Any, gradients: dict[str, Tensor]) -> dict[str, Tensor]:
    norm = math.sqrt(sum(float((gradient**2).sum()) for gradient in gradients.values()))
    run.log("grad_norm", norm)
    factor = min(1.0, run.settings["clip_norm"] / norm)
    return {name: factor * gradient for name, gradient in gradients.items()}
