{% from "composition/slots.jinja" import imports with context %}
"""A small network that enlarges images (ESPCN, Shi et al., CVPR 2016).

It differs from the paper's: it learns what bicubic leaves out (as Kim et al., VDSR, CVPR 2016),
sees images without their local mean, and has ReLU for tanh and fewer channels.
"""

{% call imports("espcn") %}
from typing import Literal
import torch.nn.functional as F
from torch import Tensor, nn
from ..ops.resizing import upscale
{% endcall %}


Upsampler = Literal["sub-pixel", "transposed", "resize"]


def make_upsampler(kind: Upsampler, width: int, channels: int, scale: int) -> nn.Sequential:
    """Return layers from features, (N, width, h, w), to (N, channels, scale * h, scale * w).

    Their weights begin at 0, and so does what they put out.

    Args:
        kind: ``sub-pixel``: convolution to ``scale**2`` values a channel, which are laid out as
            pixels (Shi et al., CVPR 2016). ``transposed``: transposed convolution. ``resize``: each
            feature is repeated, then convolution (Odena et al., Distill 2016).
        width: Channels of the features.
        channels: Channels of the images.
        scale: How many times higher and wider.
    """
    convolution: nn.Conv2d | nn.ConvTranspose2d
    if kind == "sub-pixel":
        convolution = nn.Conv2d(width, channels * scale**2, 3, padding=1)
        layers: list[nn.Module] = [convolution, nn.PixelShuffle(scale)]
    elif kind == "transposed":
        # A kernel of whole strides reaches every pixel equally often: no chequerboard.
        convolution = nn.ConvTranspose2d(width, channels, 3 * scale, scale, padding=scale)
        layers = [convolution]
    else:
        convolution = nn.Conv2d(width, channels, 3, padding=1)
        layers = [nn.Upsample(scale_factor=scale), convolution]
    for weight in convolution.parameters():
        nn.init.zeros_(weight)
    return nn.Sequential(*layers)


class ESPCN(nn.Module):
    """Two convolutions at the low resolution, an upsampler, and bicubic beside them.

    A new network is bicubic, exactly.

    Args:
        channels: Channels of the images.
        width: Channels of the features.
        scale: How many times higher and wider images become.
        upsampler: See ``make_upsampler``.
    """

    def __init__(self, channels: int, width: int, scale: int, upsampler: Upsampler) -> None:
        super().__init__()
        self.scale = scale
        self.features = nn.Sequential(
            nn.Conv2d(channels, width, 5, padding=2),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, width, 3, padding=1),
            nn.ReLU(inplace=True),
        )
        self.upsampler = make_upsampler(upsampler, width, channels, scale)

    def forward(self, images: Tensor) -> Tensor:
        """Map images, (N, channels, h, w) in [0, 1], to (N, channels, scale * h, scale * w)."""
        # Brightness would drown the small differences that tell what is lost.
        means = F.avg_pool2d(images, 5, stride=1, padding=2, count_include_pad=False)
        lost: Tensor = self.upsampler(self.features(images - means))
        return upscale(images, self.scale) + lost
