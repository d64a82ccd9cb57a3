{% from "composition/slots.jinja" import imports, slot with context %}
"""DCGAN (Radford et al., ICLR 2016, arXiv:1511.06434), for images of 8 x 8 pixels and more.

GroupNorm is in the place of BatchNorm: it treats each image by itself, so that results do not
depend on how images are batched.
"""

{% call imports("dcgan") %}
from torch import Tensor, nn
{% endcall %}



class Generator(nn.Module):
    """Paints 4 x 4 pixels from noise and doubles their number up to the size of the image.

    Args:
        noise: Numbers in a noise vector.
        image_channels: Channels of the images.
        size: Height and width of the images: 8, 16, 32 or any larger power of 2.
        width: Channels at the full size, if there were such a layer; a multiple of 8. Each layer
            before it has twice as many.

    Raises:
        ValueError: The size is another one.
    """

    def __init__(self, noise: int, image_channels: int, size: int, width: int) -> None:
        super().__init__()
        check_size(size)
        channels = width * size // 4
        layers = [
            nn.Unflatten(1, (noise, 1, 1)),
            nn.ConvTranspose2d(noise, channels, 4, bias=False),
            nn.GroupNorm(8, channels),
            nn.ReLU(inplace=True),
        ]
        while channels > 2 * width:
            channels //= 2
            layers += [
                nn.ConvTranspose2d(2 * channels, channels, 4, stride=2, padding=1, bias=False),
                nn.GroupNorm(8, channels),
                nn.ReLU(inplace=True),
            ]
        self.layers = nn.Sequential(
            *layers,
            {{- slot("dcgan.generator", 12) }}
            nn.ConvTranspose2d(channels, image_channels, 4, stride=2, padding=1),
            nn.Tanh(),
        )
        self.apply(initialise)

    def forward(self, noise: Tensor) -> Tensor:
        """Map noise, (N, noise), to images, (N, image_channels, size, size) in [-1, 1]."""
        images: Tensor = self.layers(noise)
        return images


class Discriminator(nn.Module):
    """Halves the image down to 4 x 4 pixels and weighs them.

    Args:
        image_channels: Channels of the images.
        size: Height and width of the images: 8, 16, 32 or any larger power of 2.
        width: Channels at the full size, a multiple of 8; each layer after it has twice as many.

    Raises:
        ValueError: The size is another one.
    """

    def __init__(self, image_channels: int, size: int, width: int) -> None:
        super().__init__()
        check_size(size)
        channels = width
        layers = [
            nn.Conv2d(image_channels, channels, 3, padding=1),
            nn.LeakyReLU(0.2, inplace=True),
        ]
        while channels < width * size // 4:
            channels *= 2
            layers += [
                nn.Conv2d(channels // 2, channels, 4, stride=2, padding=1, bias=False),
                nn.GroupNorm(8, channels),
                nn.LeakyReLU(0.2, inplace=True),
            ]
        self.layers = nn.Sequential(
            *layers,
            {{- slot("dcgan.discriminator", 12) }}
            nn.Conv2d(channels, 1, 4),
            nn.Flatten(0),
        )
        self.apply(initialise)

    def forward(self, images: Tensor) -> Tensor:
        """Map images, (N, image_channels, size, size), to logits of being real, (N,)."""
        logits: Tensor = self.layers(images)
        return logits


def initialise(layer: nn.Module) -> None:
    """Draw the weights of a convolution from N(0, 0.02), as the paper does; biases are 0."""
    if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(layer.weight, std=0.02)
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)


def check_size(size: int) -> None:
    """Refuse a size that is not 4 doubled once or more."""
    if size < 8 or size & (size - 1):
        raise ValueError(f"size is {size}: expected 8, 16, 32 or a larger power of 2")
