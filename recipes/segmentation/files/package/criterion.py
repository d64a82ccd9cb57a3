"""The metrics of segmentation: one confusion matrix of pixels, and what follows from it."""

import math
from typing import Any

import torch
from torch import Tensor

from .data_info import DataInfo
from .datasets import IGNORED
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
    """Accumulates the loss and the confusion matrix of batches, on their device."""

    def __init__(self, info: DataInfo, device: torch.device, loss: Loss) -> None:
        self.classes = info.classes
        self.kind = loss
        self.loss = torch.zeros(2, device=device)  # its sum over images, and their number
        shape = (len(info.classes), len(info.classes))
        self.confusion = torch.zeros(shape, dtype=torch.int64, device=device)

    def update(self, logits: Tensor, masks: Tensor) -> None:
        """Count a batch: logits, (N, classes, H, W) float, and masks, (N, H, W) int64."""
        self.loss[0] += loss_function(logits, masks, self.kind) * len(masks)
        self.loss[1] += len(masks)
        self.confusion += confusion_matrix(logits.argmax(1), masks, len(self.classes))

    def sums(self) -> list[Tensor]:
        """Return the tensors that add up over the processes of a distributed run."""
        return [self.loss, self.confusion]

    def metrics(self, prefix: str = "") -> dict[str, float]:
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
        """Return the metrics, the confusion matrix, and IoU and number of pixels of each class.

        The IoU of a class that is neither in the masks nor predicted is None.
        """
        confusion = self.confusion.cpu()
        ious = intersection_over_union(confusion).tolist()
        classes = {
            name: {"iou": None if math.isnan(iou) else iou, "pixels": pixels}
            for name, iou, pixels in zip(self.classes, ious, confusion.sum(1).tolist(), strict=True)
        }
        return {**self.metrics(), "classes": classes, "confusion": confusion.tolist()}

    def table(self) -> str:
        """Return the report as text, one line for each class."""
        report = self.report()
        lines = [f"{'class':>10}    IoU    pixels"]
        for name, row in report["classes"].items():
            iou = "    -" if row["iou"] is None else f"{row['iou']:5.3f}"
            lines.append(f"{name:>10}  {iou}  {row['pixels']:8d}")
        summary = f"mIoU {report['miou']:.4f}, pixel accuracy {report['pixel_accuracy']:.4f}"
        lines.append(f"{summary}, loss {report['loss']:.4f}")
        return "\n".join(lines)


def score(metrics: dict[str, float]) -> float:
    """Return the metric that selects best.pt: the highest wins."""
    return metrics["val_miou"]
