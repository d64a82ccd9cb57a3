"""Random Erasing of training images (Zhong et al., AAAI 2020, arXiv:1708.04896)."""

import torch
from torch import Tensor
from torch.utils.data import Dataset

SMALLEST = 0.02
"""Smallest share of an image's area that is erased."""


class Erased(Dataset[tuple[Tensor, ...]]):
    """A data set in which a rectangle of some images is erased each time they are read.

    Args:
        dataset: Of samples that begin with an image, (C, H, W) float in [0, 1].
        probability: That a rectangle is erased, in [0, 1].
        largest: Largest share of an image's area that is erased, in [0.02, 1). The ratio of height
            to width is between 0.3 and 3.3. Where none of ten draws fits, nothing is erased.
        noise: Whether each pixel gets a uniform random value in [0, 1), and not 0.
    """

    def __init__(
        self,
        dataset: Dataset[tuple[Tensor, ...]],
        probability: float,
        largest: float,
        noise: bool,
    ) -> None:
        from torchvision.transforms import v2  # type: ignore[import-untyped]

        self.dataset = dataset
        self.noise = noise
        self.erase = v2.RandomErasing(probability, (SMALLEST, largest), (0.3, 3.3))

    def __len__(self) -> int:
        return len(self.dataset)  # type: ignore[arg-type]

    def __getitem__(self, index: int) -> tuple[Tensor, ...]:
        image, *others = self.dataset[index]
        if not self.noise:
            return self.erase(image), *others
        # The library's noise is normal, which leaves the interval of the pixels.
        kept = self.erase(torch.ones_like(image[:1]))
        return torch.where(kept > 0, image, torch.rand_like(image)), *others
