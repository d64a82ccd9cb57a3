"""Spectral normalisation of a network (Miyato et al., ICLR 2018, arXiv:1802.05957)."""

import torch
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm
from torch.nn.utils.parametrize import is_parametrized


def add_spectral_norm(model: nn.Module) -> None:
    """Divide the weight of every convolution and linear layer by its largest singular value.

    The value is followed by one power iteration a training step, and lags a little behind. In the
    state dict, ``weight`` of such a layer becomes ``parametrizations.weight.original``.

    Raises:
        ValueError: The model has no such layer.
    """
    kinds = (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)
    layers = [layer for layer in model.modules() if isinstance(layer, kinds)]
    if not layers:
        raise ValueError(f"{type(model).__name__} has no convolution and no linear layer")
    for layer in layers:
        spectral_norm(layer)


@torch.no_grad()
def settle_spectral_norm(model: nn.Module, iterations: int = 300) -> None:
    """Let the power iterations catch up with the weights, so that the singular values are 1.

    The model is left in training mode.
    """
    model.train()
    for layer in model.modules():
        if is_parametrized(layer, "weight"):
            for _ in range(iterations):
                _ = layer.weight  # each look at it in training mode is an iteration
