"""Random Erasing of training images (Zhong et al., AAAI 2020, arXiv:1708.04896)."""

from typing import Literal

import torch
from torch import Tensor, nn

SMALLEST = 0.02
"""Smallest share of an image's area that is erased."""


class RandomErasing(nn.Module):
    """Erases a rectangle of an image with a probability.

    Maps (C, H, W) float in [0, 1] to the same.

    Args:
        probability: That a rectangle is erased, in [0, 1].
        largest: Largest share of an image's area that is erased, in [0.02, 1). The ratio of height
            to width is between 0.3 and 3.3. Where none of ten draws fits, nothing is erased.
        fill: ``zeros``, or ``noise`` for a uniform random value in [0, 1) for each pixel.
    """

    def __init__(
        self, probability: float, largest: float, fill: Literal["zeros", "noise"] = "zeros"
    ) -> None:
        from torchvision.transforms import v2  # type: ignore[import-untyped]

        super().__init__()
        self.erase = v2.RandomErasing(probability, (SMALLEST, largest), (0.3, 3.3))
        self.fill = fill

    def forward(self, image: Tensor) -> Tensor:
        if self.fill == "zeros":
            erased: Tensor = self.erase(image)
            return erased
        # The library's noise is normal, which leaves the interval of the pixels.
        kept = self.erase(torch.ones_like(image[:1]))
        return torch.where(kept > 0, image, torch.rand_like(image))
