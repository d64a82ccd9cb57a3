"""Deterministic algorithms (docs.pytorch.org/docs/stable/notes/randomness.html)."""

import os
from typing import Literal

import torch


def make_deterministic(mode: Literal["strict", "warn", "off"]) -> None:
    """Let the same program on the same hardware and software compute the same bits.

    Call it before anything is computed on a GPU: cuBLAS reads the size of its workspace once. What
    the variable CUBLAS_WORKSPACE_CONFIG already holds is kept.

    Args:
        mode: ``strict`` lets operations without a deterministic algorithm raise a RuntimeError,
            ``warn`` lets them print a warning; ``off`` is PyTorch's default.
    """
    torch.use_deterministic_algorithms(mode != "off", warn_only=mode == "warn")
    if mode != "off":
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.backends.cudnn.benchmark = False  # the fastest algorithm may differ from run to run
