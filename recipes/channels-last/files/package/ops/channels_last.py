"""The channels-last memory format (NHWC) of networks for images."""

from functools import partial

import torch
from torch import Tensor, nn


def to_channels_last(model: nn.Module) -> None:
    """Lay out the weights of convolutions channels last; feature maps then follow.

    Where a kernel has one pixel or one channel, both formats lie in memory the same way, and its
    gradient may have the strides of either. It gets those of the weight, as DDP expects it.
    """
    model.to(memory_format=torch.channels_last)
    for weight in model.parameters():
        if weight.ndim == 4 and weight.is_contiguous() and weight.requires_grad:
            weight.register_hook(partial(_with_strides_of, weight))


def _with_strides_of(weight: nn.Parameter, gradient: Tensor) -> Tensor:
    return gradient.contiguous().as_strided(weight.shape, weight.stride())
