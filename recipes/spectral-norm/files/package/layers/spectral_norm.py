"""Spectral normalisation of a network (Miyato et al., ICLR 2018, arXiv:1802.05957)."""

from torch import nn
from torch.nn.utils.parametrizations import spectral_norm


def add_spectral_norm(model: nn.Module) -> None:
    """Divide the weight of every convolution and linear layer by its largest singular value.

    The value is followed by one power iteration a training step. In the state dict, ``weight`` of
    such a layer becomes ``parametrizations.weight.original``.

    Raises:
        ValueError: The model has no such layer.
    """
    kinds = (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)
    layers = [layer for layer in model.modules() if isinstance(layer, kinds)]
    if not layers:
        raise ValueError(f"{type(model).__name__} has no convolution and no linear layer")
    for layer in layers:
        spectral_norm(layer)
