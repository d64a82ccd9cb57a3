"""Activation checkpointing (Chen et al., 2016, arXiv:1604.06174)."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from torch import nn
from torch.utils.checkpoint import checkpoint


def checkpoint_stages(stages: Iterable[nn.Module]) -> None:
    """Let modules keep only their inputs in training, and compute the rest again for gradients.

    The names in their state dicts stay as they are. A copy of a module computes with its own
    weights. A module that changes its buffers in the forward pass, such as BatchNorm, changes them
    twice.
    """
    for stage in stages:
        stage.forward = partial(_forward, stage)


def _forward(stage: nn.Module, *inputs: Any) -> Any:
    forward = partial(type(stage).forward, stage)
    if not stage.training:
        return forward(*inputs)
    return checkpoint(forward, *inputs, use_reentrant=False)
