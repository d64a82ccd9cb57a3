"""The metrics of super-resolution: loss, PSNR and SSIM, as means over images."""

from typing import Any

import torch
from torch import Tensor

from .losses import Loss, loss_function
from .ops.quality import psnr, ssim


class Criterion:
    """Accumulates the sums of the metrics of all images, on their device."""

    NAMES = ("loss", "psnr", "ssim")

    def __init__(self, device: torch.device, loss: Loss) -> None:
        self.device = device
        self.kind = loss
        self.totals = torch.zeros(len(self.NAMES) + 1, device=device)

    def update(self, outputs: Tensor, targets: Tensor) -> None:
        """Count a batch: outputs and targets, (N, C, H, W) float; targets in [0, 1].

        For PSNR and SSIM, outputs are clamped to [0, 1].
        """
        images = torch.tensor(len(targets), device=self.device)
        loss = loss_function(outputs, targets, self.kind) * len(targets)
        shown = outputs.clamp(0, 1)
        qualities = psnr(shown, targets).sum(), ssim(shown, targets).sum()
        self.totals += torch.stack([loss, *qualities, images])

    def sums(self) -> list[Tensor]:
        """Return the tensors that add up over the processes of a distributed run."""
        return [self.totals]

    def metrics(self, prefix: str = "") -> dict[str, float]:
        """Return ``loss``, ``psnr`` in dB and ``ssim``."""
        *sums, images = self.totals.tolist()
        means = (total / max(images, 1) for total in sums)
        return {prefix + name: mean for name, mean in zip(self.NAMES, means, strict=True)}

    def report(self) -> dict[str, Any]:
        """Return the metrics and the number of images."""
        return {**self.metrics(), "images": int(self.totals[-1])}

    def table(self) -> str:
        """Return the report as a line of text."""
        report = self.report()
        summary = f"psnr {report['psnr']:.2f} dB, ssim {report['ssim']:.4f}"
        return f"{summary}, loss {report['loss']:.5f}, {report['images']} images"


def score(metrics: dict[str, float]) -> float:
    """Return the metric that selects best.pt: the highest wins."""
    return metrics["val_psnr"]
