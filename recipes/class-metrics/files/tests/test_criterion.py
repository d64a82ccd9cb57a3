"""The metrics against scikit-learn's."""

import json

import pytest
import torch
from sklearn import metrics  # type: ignore[import-untyped]
from torch import Tensor

from {{ package }} import criterion
from {{ package }}.data_info import DataInfo
from {{ package }}.losses import loss_function

CPU = torch.device("cpu")
INFO = DataInfo(channels=1, size=(8, 8), classes=tuple("abcdefghij"))


def count(logits: Tensor, targets: Tensor, batch_size: int) -> criterion.Criterion:
    counts = criterion.Criterion(INFO, CPU)
    for batch in zip(logits.split(batch_size), targets.split(batch_size), strict=True):
        counts.update(*batch)
    return counts


@pytest.mark.parametrize("present", [1, 2, 5, 10])
def test_metrics_of_each_class_are_those_of_scikit_learn(present: int) -> None:
    """Of ten classes, ``present`` occur in the targets and as many, perhaps others, are found."""
    torch.manual_seed(present)
    classes = list(range(10))
    for images in range(1, 101):
        targets = torch.randperm(10)[torch.randint(present, (images,))]
        predicted = torch.randperm(10)[torch.randint(present, (images,))]

        confusion = criterion.confusion_matrix(predicted, targets, 10)

        expected = metrics.confusion_matrix(targets, predicted, labels=classes)
        assert confusion.tolist() == expected.tolist()
        references = metrics.precision_recall_fscore_support(
            targets, predicted, labels=classes, zero_division=0
        )
        found = criterion.precision_recall_f1(confusion)
        for own, other in zip(found, references[:3], strict=True):
            assert own.tolist() == pytest.approx(other.tolist())


def test_metrics_of_uneven_batches_are_those_of_all_images() -> None:
    logits, targets = torch.randn(50, 10), torch.randint(10, (50,))

    found = count(logits, targets, batch_size=16).metrics("val_")

    assert found["val_loss"] == pytest.approx(loss_function(logits, targets).item(), rel=1e-5)
    accuracy = metrics.accuracy_score(targets, logits.argmax(1))
    assert found["val_accuracy"] == pytest.approx(accuracy)


def test_sums_of_two_parts_add_up_to_the_whole() -> None:
    logits, targets = torch.randn(50, 10), torch.randint(10, (50,))
    first, second = count(logits[:20], targets[:20], 10), count(logits[20:], targets[20:], 10)

    for own, other in zip(first.sums(), second.sums(), strict=True):
        own += other

    whole = count(logits, targets, 10).metrics()
    assert first.metrics() == pytest.approx(whole, rel=1e-5)


def test_the_report_has_the_metrics_of_every_class() -> None:
    logits, targets = torch.randn(50, 10), torch.randint(10, (50,))

    report = json.loads(json.dumps(count(logits, targets, 10).report()))

    assert tuple(report["classes"]) == INFO.classes
    numbers = list(range(10))
    expected = metrics.precision_recall_fscore_support(
        targets, logits.argmax(1), labels=numbers, zero_division=0
    )
    for name, column in zip(("precision", "recall", "f1", "images"), expected, strict=True):
        own = [row[name] for row in report["classes"].values()]
        assert own == pytest.approx(column.tolist())


def test_the_table_has_a_line_for_every_class() -> None:
    lines = count(torch.eye(10), torch.arange(10), 4).table().splitlines()
    assert tuple(line.split()[0] for line in lines[1:-1]) == INFO.classes
    assert "accuracy 1.0000" in lines[-1]


def test_metrics_of_no_images_are_0() -> None:
    nothing = criterion.Criterion(INFO, CPU)
    assert nothing.metrics() == {"loss": 0, "accuracy": 0}
    assert "nan" not in nothing.table()
