"""The pictures of a run: what the generator makes of some noise."""

import torch
from torch import Tensor, nn


@torch.no_grad()
def draw(model: nn.Module, noise: Tensor) -> Tensor:
    """Return the images made from the first 64 noise vectors.

    Args:
        model: From noise, (N, Z), to images, (N, C, H, W) float in [-1, 1]; it is left in
            evaluation mode.
        noise: (N, Z) float.

    Returns:
        (min(N, 64), C, H, W) float in [0, 1].
    """
    model.eval()
    images: Tensor = model(noise[:64])
    return (images + 1) / 2
