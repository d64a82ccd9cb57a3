"""How good a model is: one confusion matrix of pixels, and the figures that follow from it."""

import math
from typing import Any

import torch
from torch import Tensor

from .datasets import CLASSES, IGNORED
from .losses import Loss, loss_function


def confusion_matrix(predicted: Tensor, masks: Tensor, num_classes: int) -> Tensor:
    """Count pairs of classes: entry (i, j) is how many pixels of class i were taken for class j.

    Args:
        predicted: (N, H, W) int64 in [0, num_classes - 1].
        masks: (N, H, W) int64 in [0, num_classes - 1], or IGNORED: such pixels are not counted.
        num_classes: Number of classes.

    Returns:
        (num_classes, num_classes) int64.
    """
    rows = masks.masked_fill(masks == IGNORED, num_classes)  # a last row, left out in the end
    pairs = (rows * num_classes + predicted).flatten()
    counts = torch.bincount(pairs, minlength=(num_classes + 1) * num_classes)
    return counts.view(num_classes + 1, num_classes)[:-1]


def intersection_over_union(confusion: Tensor) -> Tensor:
    """Return the IoU of each class, (C,) float64; NaN for one neither there nor predicted."""
    matrix = confusion.double()
    intersection = matrix.diag()
    return intersection / (matrix.sum(0) + matrix.sum(1) - intersection)


class Criterion:
    """Gathers the loss and the confusion matrix of batches, on their device."""

    def __init__(self, device: torch.device, loss: Loss) -> None:
        self.device = device
        self.kind = loss
        self.loss = torch.zeros(2, device=device)  # its sum over images, and their number
        self.confusion = torch.zeros(len(CLASSES), len(CLASSES), dtype=torch.int64, device=device)

    def update(self, logits: Tensor, masks: Tensor) -> None:
        """Count a batch: logits, (N, classes, H, W) float, and masks, (N, H, W) int64."""
        self.loss[0] += loss_function(logits, masks, self.kind) * len(masks)
        self.loss[1] += len(masks)
        self.confusion += confusion_matrix(logits.argmax(1), masks, len(CLASSES))

    def sums(self) -> list[Tensor]:
        """Return the tensors that add up over the processes of a distributed run."""
        return [self.loss, self.confusion]

    def figures(self, prefix: str = "") -> dict[str, float]:
        """Return ``loss``, ``miou`` and ``pixel_accuracy``.

        ``miou`` is the mean over the classes that occur in the masks or are predicted somewhere.
        """
        loss, images = self.loss.tolist()
        confusion = self.confusion.cpu()
        values = {
            "loss": loss / max(images, 1),
            "miou": intersection_over_union(confusion).nanmean().nan_to_num().item(),
            "pixel_accuracy": int(confusion.trace()) / max(int(confusion.sum()), 1),
        }
        return {prefix + name: value for name, value in values.items()}

    def report(self) -> dict[str, Any]:
        """Return the figures, the confusion matrix, and IoU and number of pixels of each class.

        The IoU of a class that is neither in the masks nor predicted is None.
        """
        confusion = self.confusion.cpu()
        ious = intersection_over_union(confusion).tolist()
        classes = {
            name: {"iou": None if math.isnan(iou) else iou, "pixels": pixels}
            for name, iou, pixels in zip(CLASSES, ious, confusion.sum(1).tolist(), strict=True)
        }
        return {**self.figures(), "classes": classes, "confusion": confusion.tolist()}

    def table(self) -> str:
        """Return the report as text, a line a class."""
        report = self.report()
        lines = [f"{'class':>10}    IoU    pixels"]
        for name, row in report["classes"].items():
            iou = "    -" if row["iou"] is None else f"{row['iou']:5.3f}"
            lines.append(f"{name:>10}  {iou}  {row['pixels']:8d}")
        figures = f"mIoU {report['miou']:.4f}, pixel accuracy {report['pixel_accuracy']:.4f}"
        lines.append(f"{figures}, loss {report['loss']:.4f}")
        return "\n".join(lines)


def score(figures: dict[str, float]) -> float:
    """Return what best.pt has the highest of."""
    return figures["val_miou"]
