"""Generator and discriminator in one forward and one backward pass.

Both networks step at once, from the same weights (Mescheder et al., The Numerics of GANs, NeurIPS
2017). To the rest of the training they are one model with one loss.
"""

import torch
from torch import Tensor, nn
from torch.func import functional_call


class Adversaries(nn.Module):
    """Shows a discriminator real images and those of a generator.

    Args:
        generator: From noise, (N, Z), to images, (N, C, H, W).
        discriminator: From images, (N, C, H, W), to logits of being real, (N,).
    """

    def __init__(self, generator: nn.Module, discriminator: nn.Module) -> None:
        super().__init__()
        self.generator = generator
        self.discriminator = discriminator

    def forward(self, noise: Tensor, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Map noise, (N, Z), and real images, (N, C, H, W), to three times logits, (N,).

        Returns:
            ``real``, of the real images, and ``fake``, of those made from the noise: they depend on
            the discriminator's weights alone. ``judged`` has the values of ``fake`` and depends on
            the generator's weights alone.
        """
        made = self.generator(noise)
        real, fake = self.discriminator(torch.cat([images, made.detach()])).chunk(2)
        held = {name: weight.detach() for name, weight in self.discriminator.named_parameters()}
        judged = functional_call(self.discriminator, held, (made,))
        return real, fake, judged
