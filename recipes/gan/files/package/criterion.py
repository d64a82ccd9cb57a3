"""The metric of a generator: the sliced Wasserstein distance of its images from real ones.

Sources: Rabin et al., SSVM 2011; Bonneel et al., Sliced and Radon Wasserstein Barycenters of
Measures, JMIV 2015.
"""

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from .data_info import DataInfo

DIRECTIONS = 128
BINS = 1024


def unit_directions(pixels: int) -> Tensor:
    """Return directions in the space of images, (DIRECTIONS, pixels), the same in every run."""
    generator = torch.Generator().manual_seed(0)
    return F.normalize(torch.randn(DIRECTIONS, pixels, generator=generator), dim=1)


def wasserstein_distances(counts: Tensor, bin_width: float) -> Tensor:
    """Return the Wasserstein-1 distance of two distributions, for each of K pairs.

    It is the area between the two cumulative distribution functions. Histograms give it with an
    error of a bin's width at most. With nothing counted, it is 0.

    Args:
        counts: (2, K, BINS) float64, two histograms of each pair.
        bin_width: Width of a bin.

    Returns:
        (K,) float64.
    """
    shares = counts / counts.sum(2, keepdim=True).clamp(min=1)
    one, other = shares.cumsum(2)
    areas: Tensor = (one - other).abs().sum(1) * bin_width
    return areas


class Criterion:
    """Accumulates histograms of images projected on fixed directions, on the device.

    No projection of an image in [-1, 1] on a direction of length 1 is farther from 0 than
    ``limit``.
    """

    def __init__(self, info: DataInfo, device: torch.device) -> None:
        pixels = info.channels * info.size[0] * info.size[1]
        self.limit = math.sqrt(pixels)
        self.bin_width = 2 * self.limit / BINS
        self.directions = unit_directions(pixels).to(device)
        self.counts = torch.zeros(2, DIRECTIONS, BINS, dtype=torch.int32, device=device)

    def update(self, generated: Tensor, real: Tensor) -> None:
        """Count a batch: generated and real images, each (N, C, H, W) in [-1, 1]."""
        for counts, images in zip(self.counts, (generated, real), strict=True):
            with torch.autocast(images.device.type, enabled=False):  # 16 bits are too coarse
                places = self.directions @ images.float().flatten(1).T
            # What is outside [-1, 1], as untrained networks may be, counts in the outermost bins.
            bins = ((places + self.limit) / self.bin_width).long().clamp(0, BINS - 1)
            counts.scatter_add_(1, bins, torch.ones_like(bins, dtype=torch.int32))

    def sums(self) -> list[Tensor]:
        """Return the tensors that add up over the processes of a distributed run."""
        return [self.counts]

    def metrics(self, prefix: str = "") -> dict[str, float]:
        """Return ``swd`` and, as ``loss``, the same number.

        A loss against the discriminator would say nothing from one epoch to the next, because the
        discriminator changes as well.
        """
        distance = float(wasserstein_distances(self.counts.cpu().double(), self.bin_width).mean())
        return {prefix + "loss": distance, prefix + "swd": distance}

    def report(self) -> dict[str, Any]:
        """Return the metrics, and the numbers of images they are from."""
        generated, real = self.counts[:, 0].sum(1).tolist()
        return {**self.metrics(), "generated": generated, "real": real}

    def table(self) -> str:
        """Return the report as text."""
        return (
            "sliced Wasserstein distance {swd:.4f} between {generated} generated "
            "and {real} real images".format(**self.report())
        )


def score(metrics: dict[str, float]) -> float:
    """Return the metric that selects best.pt: the highest wins."""
    return -metrics["val_swd"]
