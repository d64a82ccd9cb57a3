"""Temporal segment network (Wang et al., ECCV 2016, arXiv:1608.00859)."""

from torch import Tensor, nn


class TemporalSegmentNetwork(nn.Module):
    """A network for images that looks at each frame by itself; a clip gets the mean of its logits.

    Args:
        backbone: Maps images, (N, C, H, W), to logits, (N, classes).
    """

    def __init__(self, backbone: nn.Module) -> None:
        super().__init__()
        self.backbone = backbone

    def forward(self, clips: Tensor) -> Tensor:
        """Map clips, (N, T, C, H, W), to logits, (N, classes)."""
        logits: Tensor = self.backbone(clips.flatten(0, 1))
        return logits.view(*clips.shape[:2], -1).mean(1)
