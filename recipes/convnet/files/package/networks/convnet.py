{% from "composition/slots.jinja" import imports, slot with context %}
"""A small convolutional network for small images."""

{% call imports("convnet") %}
import torch.nn.functional as F
from torch import Tensor, nn
{% endcall %}



def stage(in_channels: int, out_channels: int, stride: int = 1) -> nn.Sequential:
    """Return convolution, normalisation and ReLU.

    GroupNorm treats each image by itself: results do not depend on how images are batched.
    """
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False),
        nn.GroupNorm(8, out_channels),
        nn.ReLU(inplace=True),
    )


class ConvNet(nn.Module):
    """Three stages, the mean over each quarter of the image, and a linear classifier.

    Args:
        in_channels: Channels of the images.
        num_classes: Number of classes.
        width: Channels of the first stage, a multiple of 8; the other two have twice as many.
    """

    def __init__(self, in_channels: int, num_classes: int, width: int) -> None:
        super().__init__()
        self.features = nn.Sequential(
            stage(in_channels, width),
            {{- slot("convnet.stages", 12) }}
            stage(width, 2 * width, stride=2),
            stage(2 * width, 2 * width),
        )
        self.classifier = nn.Linear(4 * 2 * width, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        """Map images, (N, in_channels, H >= 7, W >= 7), to logits, (N, num_classes)."""
        features = self.features(images)
        quarters = F.avg_pool2d(features, (features.shape[2] // 2, features.shape[3] // 2))
        logits: Tensor = self.classifier(quarters.flatten(1))
        return logits
