"""Automatic mixed precision (Micikevicius et al., ICLR 2018, arXiv:1710.03740)."""

from typing import Literal

import torch


def autocast(device: torch.device, dtype: Literal["bf16", "fp16"]) -> torch.autocast:
    """Return a context in which operations that can afford it compute in 16 bits."""
    return torch.autocast(device.type, torch.bfloat16 if dtype == "bf16" else torch.float16)
