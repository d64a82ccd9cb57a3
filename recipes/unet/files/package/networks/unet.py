{% from "composition/slots.jinja" import imports, slot with context %}
"""A small U-Net (Ronneberger et al., MICCAI 2015, arXiv:1505.04597)."""

{% call imports("unet") %}
import torch
import torch.nn.functional as F
from torch import Tensor, nn
{% endcall %}



def stage(in_channels: int, out_channels: int) -> nn.Sequential:
    """Return convolution, normalisation and ReLU; first weights as in the paper, for ReLU.

    GroupNorm treats each image by itself: results do not depend on how images are batched.
    """
    convolution = nn.Conv2d(in_channels, out_channels, 3, padding=1, bias=False)
    nn.init.kaiming_normal_(convolution.weight, nonlinearity="relu")
    return nn.Sequential(convolution, nn.GroupNorm(16, out_channels), nn.ReLU(inplace=True))


class UNet(nn.Module):
    """Halves the features twice, enlarges them twice, and sees each size again on the way up.

    Args:
        in_channels: Channels of the images.
        num_classes: Number of classes.
        width: Channels at full size, a multiple of 16; twice as many at each smaller size.
    """

    def __init__(self, in_channels: int, num_classes: int, width: int) -> None:
        super().__init__()
        channels = 4 * width
        self.down = nn.ModuleList([stage(in_channels, width), stage(width, 2 * width)])
        self.bottleneck = nn.Sequential(
            stage(2 * width, channels),
            {{- slot("unet.bottleneck", 12) }}
            stage(channels, channels),
        )
        self.enlarge = nn.ModuleList(
            [
                nn.ConvTranspose2d(channels, 2 * width, 2, stride=2),
                nn.ConvTranspose2d(2 * width, width, 2, stride=2),
            ]
        )
        self.up = nn.ModuleList([stage(4 * width, 2 * width), stage(2 * width, width)])
        self.classifier = nn.Conv2d(width, num_classes, 1)

    def forward(self, images: Tensor) -> Tensor:
        """Map images, (N, in_channels, H, W), to logits, (N, num_classes, H, W).

        Any size will do: what is missing to a multiple of 4 is added by repeating the last row and
        column, and cut off again.
        """
        height, width = images.shape[2:]
        features = F.pad(images, (0, -width % 4, 0, -height % 4), mode="replicate")
        seen = []
        for down in self.down:
            features = down(features)
            seen.append(features)
            features = F.max_pool2d(features, 2)
        features = self.bottleneck(features)
        for enlarge, up in zip(self.enlarge, self.up, strict=True):
            features = up(torch.cat([seen.pop(), enlarge(features)], dim=1))
        logits: Tensor = self.classifier(features)[:, :, :height, :width]
        return logits
