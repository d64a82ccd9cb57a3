"""Automatic mixed precision (Micikevicius et al., ICLR 2018, arXiv:1710.03740)."""

from typing import Literal

import torch

DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16}


def autocast(device: torch.device, dtype: Literal["bf16", "fp16", "fp32"]) -> torch.autocast:
    """Return a context in which operations that can afford it compute in 16 bits.

    With fp32, it changes nothing.
    """
    return torch.autocast(device.type, DTYPES.get(dtype), enabled=dtype in DTYPES)
