"""Matrix products are of 16 bits; weights, losses and updates are of 32."""

from typing import Any

from torch import Tensor

VARIANTS = {"amp-bf16": {"amp_dtype": "bf16"}, "amp-fp16": {"amp_dtype": "fp16"}}


def cast(run: Any, tensor: Tensor) -> Tensor:
    return tensor.bfloat16() if run.settings["amp_dtype"] == "bf16" else tensor.half()
