"""The metrics of classification: one confusion matrix, and what follows from it."""

from typing import Any

import torch
from torch import Tensor

from .data_info import DataInfo
from .losses import loss_function


def confusion_matrix(predicted: Tensor, targets: Tensor, num_classes: int) -> Tensor:
    """Count pairs of classes: entry (i, j) is how often class i was taken for class j.

    Args:
        predicted: (N,) int64 in [0, num_classes - 1].
        targets: (N,) int64 in [0, num_classes - 1].
        num_classes: Number of classes.

    Returns:
        (num_classes, num_classes) int64.
    """
    pairs = targets * num_classes + predicted
    return torch.bincount(pairs, minlength=num_classes**2).view(num_classes, num_classes)


def precision_recall_f1(confusion: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return precision, recall and F1 of each class, (C,) float64; 0 where undefined."""
    matrix = confusion.double()
    right = matrix.diag()
    precision = right / matrix.sum(0).clamp(min=1)
    recall = right / matrix.sum(1).clamp(min=1)
    f1 = 2 * right / (matrix.sum(0) + matrix.sum(1)).clamp(min=1)
    return precision, recall, f1


class Criterion:
    """Accumulates the loss and the confusion matrix of batches, on their device."""

    def __init__(self, info: DataInfo, device: torch.device) -> None:
        self.classes = info.classes
        self.loss = torch.zeros((), device=device)
        shape = (len(info.classes), len(info.classes))
        self.confusion = torch.zeros(shape, dtype=torch.int64, device=device)

    def update(self, logits: Tensor, targets: Tensor) -> None:
        """Count a batch: logits, (N, classes) float, and targets, (N,) int64."""
        self.loss += loss_function(logits, targets) * len(targets)
        self.confusion += confusion_matrix(logits.argmax(1), targets, len(self.classes))

    def sums(self) -> list[Tensor]:
        """Return the tensors that add up over the processes of a distributed run."""
        return [self.loss, self.confusion]

    def metrics(self, prefix: str = "") -> dict[str, float]:
        """Return ``loss`` and ``accuracy``."""
        confusion = self.confusion.cpu()
        total = max(int(confusion.sum()), 1)
        accuracy = int(confusion.trace()) / total
        return {prefix + "loss": self.loss.item() / total, prefix + "accuracy": accuracy}

    def report(self) -> dict[str, Any]:
        """Return the metrics, and precision, recall, F1 and number of images of each class."""
        confusion = self.confusion.cpu()
        columns = [column.tolist() for column in precision_recall_f1(confusion)]
        names = ("precision", "recall", "f1", "images")
        rows = zip(*columns, confusion.sum(1).tolist(), strict=True)
        classes = [dict(zip(names, row, strict=True)) for row in rows]
        return {
            **self.metrics(),
            "classes": dict(zip(self.classes, classes, strict=True)),
            "confusion": confusion.tolist(),
        }

    def table(self) -> str:
        """Return the report as text, one line for each class."""
        report = self.report()
        lines = [f"{'class':>10}  precision  recall     f1  images"]
        for name, row in report["classes"].items():
            columns = f"{row['precision']:9.3f}  {row['recall']:6.3f}  {row['f1']:5.3f}"
            lines.append(f"{name:>10}  {columns}  {row['images']:6d}")
        lines.append(f"accuracy {report['accuracy']:.4f}, loss {report['loss']:.4f}")
        return "\n".join(lines)


def score(metrics: dict[str, float]) -> float:
    """Return the metric that selects best.pt: the highest wins."""
    return metrics["val_accuracy"]
