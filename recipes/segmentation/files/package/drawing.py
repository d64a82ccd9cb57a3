"""Pictures of what the model does: classes in colours, over the images in grey."""

import torch
from torch import Tensor, nn

from .datasets import IGNORED

IMAGES = 4
COLOURS = (
    (0.90, 0.10, 0.29),  # red
    (0.24, 0.71, 0.29),  # green
    (1.00, 0.88, 0.10),  # yellow
    (0.26, 0.39, 0.85),  # blue
    (0.96, 0.51, 0.19),  # orange
    (0.57, 0.12, 0.71),  # purple
    (0.27, 0.94, 0.94),  # cyan
    (0.94, 0.20, 0.90),  # magenta
    (0.00, 0.50, 0.50),  # teal
    (0.60, 0.39, 0.14),  # brown
)
"""Of classes 1, 2, ...: they begin anew after the last. Class 0, the background, has none."""


@torch.no_grad()
def draw(model: nn.Module, images: Tensor, masks: Tensor) -> Tensor:
    """Show the first images, each beside its true classes and those predicted.

    Args:
        model: From images to logits, (N, classes, H, W).
        images: (N, C, H, W) float in [0, 1].
        masks: (N, H, W) int64, numbers of classes or IGNORED.

    Returns:
        (3 * K, 3, H, W) float in [0, 1], three in a row for each of K <= 4 images.
    """
    model.eval()
    images, masks = images[:IMAGES], masks[:IMAGES]
    grey = images.mean(1, keepdim=True).expand(-1, 3, -1, -1).clamp(0, 1)
    columns = [grey, overlay(grey, masks), overlay(grey, model(images).argmax(1))]
    return torch.stack(columns, dim=1).flatten(0, 1)


def overlay(images: Tensor, masks: Tensor) -> Tensor:
    """Paint the classes of pixels over images: background stays, what is IGNORED becomes white.

    Args:
        images: (N, 3, H, W) float in [0, 1].
        masks: (N, H, W) int64, numbers of classes or IGNORED.

    Returns:
        (N, 3, H, W) float in [0, 1].
    """
    colours = torch.tensor(COLOURS, device=images.device)[(masks - 1) % len(COLOURS)]
    painted = 0.3 * images + 0.7 * colours.permute(0, 3, 1, 2)
    masks = masks.unsqueeze(1)
    return torch.where(masks == 0, images, painted).masked_fill(masks == IGNORED, 1.0)
