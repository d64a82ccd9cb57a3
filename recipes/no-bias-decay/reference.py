"""Weights decay, biases do not."""

from typing import Any

VARIANTS: dict[str, dict[str, Any]] = {"no-bias-decay": {}}


def decay(_run: Any, name: str) -> float:
    return 0.0 if name.endswith("bias") else 1.0
