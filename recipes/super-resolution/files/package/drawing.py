"""Pictures of what the model does."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .ops.resizing import upscale

ROWS = 2


@torch.no_grad()
def draw(model: nn.Module, inputs: Tensor, targets: Tensor) -> Tensor:
    """Show images enlarged by nearest neighbour, by bicubic and by the model, and the originals.

    They are the images with which bicubic does worst: where most is lost, most is to be seen.

    Args:
        model: Maps inputs to outputs.
        inputs: (N, C, h, w) float in [0, 1].
        targets: (N, C, scale * h, scale * w) float in [0, 1].

    Returns:
        (4 * K, C, scale * h, scale * w) float in [0, 1], four in a row for each of K <= 2 images.
    """
    model.eval()
    scale = targets.shape[2] // inputs.shape[2]
    bicubic = upscale(inputs, scale)
    errors = (bicubic - targets).square().mean((1, 2, 3))
    worst = errors.topk(min(ROWS, len(errors))).indices
    inputs, bicubic, targets = inputs[worst], bicubic[worst], targets[worst]
    nearest = F.interpolate(inputs, scale_factor=scale, mode="nearest")
    columns = [nearest, bicubic, model(inputs), targets]
    return torch.stack(columns, dim=1).flatten(0, 1).clamp(0, 1)
