"""Automatic mixed precision (Micikevicius et al., ICLR 2018, arXiv:1710.03740)."""

import torch
from torch.amp.grad_scaler import GradScaler

DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16, "off": torch.float32}


def choose_dtype(name: str, device: torch.device) -> torch.dtype:
    """Return the type in which operations that can afford it are computed.

    Args:
        name: ``bf16``, ``fp16``, ``off``, or ``auto``: bfloat16 on a GPU that has it, float16 on
            an older one, and float32 on a CPU, where 16 bits may take ten times as long.
        device: Where they are computed.
    """
    if name != "auto":
        return DTYPES[name]
    if device.type == "cpu":
        return torch.float32
    if device.type == "cuda" and not torch.cuda.is_bf16_supported(including_emulation=False):
        return torch.float16
    return torch.bfloat16


def autocast(device: torch.device, name: str) -> torch.autocast:
    """Return a context in which operations compute in the type of this name."""
    dtype = choose_dtype(name, device)
    return torch.autocast(device.type, dtype, enabled=dtype != torch.float32)


def make_scaler(device: torch.device, name: str) -> GradScaler:
    """Return a scaler of the loss, which keeps small gradients from becoming 0 in float16."""
    return GradScaler(device.type, enabled=choose_dtype(name, device) == torch.float16)
