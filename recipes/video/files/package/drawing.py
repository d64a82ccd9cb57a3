"""What the model was shown, and whether it was right."""

import torch
from torch import Tensor, nn


@torch.no_grad()
def draw(model: nn.Module, clips: Tensor, labels: Tensor) -> Tensor:
    """Draw the frames of the first eight clips side by side, a strip a clip.

    The edge of a strip is green if the model finds the clip's class, and red if it does not.

    Args:
        model: Maps clips to logits, (N, classes).
        clips: (N, T, 3, H, W) float in [0, 1].
        labels: (N,) int64.

    Returns:
        (min(N, 8), 3, H, T * W) float in [0, 1].
    """
    clips, labels = clips[:8], labels[:8]
    right = model.eval()(clips).argmax(1) == labels
    colours = torch.stack([~right, right, torch.zeros_like(right)], dim=1).to(clips)
    strips = clips.permute(0, 2, 3, 1, 4).flatten(3)  # (N, 3, H, T * W)
    strips[:, :, [0, -1]] = colours[:, :, None, None]
    strips[:, :, :, [0, -1]] = colours[:, :, None, None]
    return strips
