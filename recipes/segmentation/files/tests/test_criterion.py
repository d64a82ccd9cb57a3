"""The metrics against scikit-learn's."""

import json

import pytest
import torch
from sklearn import metrics  # type: ignore[import-untyped]
from torch import Tensor

from {{ package }} import criterion
from {{ package }}.data_info import DataInfo
from {{ package }}.datasets import IGNORED
from {{ package }}.losses import Loss, loss_function

CPU = torch.device("cpu")
INFO = DataInfo(channels=1, size=(4, 6), classes=("background", *"abcdefghij"))
NUMBERS = list(range(11))


def some(images: int = 10) -> tuple[Tensor, Tensor]:
    """Return logits, and masks where classes 0 to 5 occur and some pixels are IGNORED.

    Class 9 is neither there nor predicted.
    """
    logits = torch.randn(images, 11, 4, 6)
    logits[:, 9] = -100
    masks = torch.randint(6, (images, 4, 6))
    masks[torch.rand(masks.shape) < 0.2] = IGNORED
    return logits, masks


def count(
    logits: Tensor, masks: Tensor, batch_size: int, loss: Loss = "dice"
) -> criterion.Criterion:
    counts = criterion.Criterion(INFO, CPU, loss)
    for batch in zip(logits.split(batch_size), masks.split(batch_size), strict=True):
        counts.update(*batch)
    return counts


def counted(logits: Tensor, masks: Tensor) -> tuple[list[int], list[int]]:
    """Return the true and the predicted classes of the pixels that count."""
    places = masks != IGNORED
    return masks[places].tolist(), logits.argmax(1)[places].tolist()


@pytest.mark.parametrize("present", [1, 2, 5, 10])
def test_matrix_and_iou_are_those_of_scikit_learn(present: int) -> None:
    """Of ten classes, ``present`` occur in the masks and as many, perhaps others, are found."""
    torch.manual_seed(present)
    classes = list(range(10))
    for height in range(1, 51):
        masks = torch.randperm(10)[torch.randint(present, (2, height, 3))]
        predicted = torch.randperm(10)[torch.randint(present, (2, height, 3))]
        masks[torch.rand(masks.shape) < 0.1] = IGNORED
        masks[0, 0, 0] = 7  # one pixel counts at least
        places = masks != IGNORED

        confusion = criterion.confusion_matrix(predicted, masks, 10)

        pair = masks[places], predicted[places]
        expected = metrics.confusion_matrix(*pair, labels=classes)
        assert confusion.tolist() == expected.tolist()
        found = criterion.intersection_over_union(confusion)
        ious = metrics.jaccard_score(*pair, labels=classes, average=None, zero_division=0)
        assert found.nan_to_num().tolist() == pytest.approx(ious.tolist())
        seen = set(torch.cat(pair).tolist())
        assert [number for number in classes if not found[number].isnan()] == sorted(seen)


@pytest.mark.parametrize("loss", ["cross-entropy", "dice", "both"])
def test_metrics_of_uneven_batches_are_those_of_all_pixels(loss: Loss) -> None:
    logits, masks = some()

    found = count(logits, masks, 4, loss).metrics("val_")

    truth, predicted = counted(logits, masks)
    seen = sorted({*truth, *predicted})
    assert len(seen) < 11
    miou = metrics.jaccard_score(truth, predicted, labels=seen, average="macro")
    assert found["val_miou"] == pytest.approx(miou)
    accuracy = metrics.accuracy_score(truth, predicted)
    assert found["val_pixel_accuracy"] == pytest.approx(accuracy)
    assert found["val_loss"] == pytest.approx(loss_function(logits, masks, loss).item(), rel=1e-5)


def test_sums_of_two_parts_add_up_to_the_whole() -> None:
    logits, masks = some()
    first, second = count(logits[:4], masks[:4], 3), count(logits[4:], masks[4:], 3)

    for own, other in zip(first.sums(), second.sums(), strict=True):
        own += other

    whole = count(logits, masks, 10)
    assert first.metrics() == pytest.approx(whole.metrics(), rel=1e-5)
    assert first.report()["confusion"] == whole.report()["confusion"]


def test_the_report_has_the_iou_and_the_pixels_of_every_class() -> None:
    logits, masks = some()

    report = json.loads(json.dumps(count(logits, masks, 10).report(), allow_nan=False))

    truth, predicted = counted(logits, masks)
    expected = metrics.confusion_matrix(truth, predicted, labels=NUMBERS)
    assert report["confusion"] == expected.tolist()
    ious = metrics.jaccard_score(truth, predicted, labels=NUMBERS, average=None, zero_division=0)
    assert tuple(report["classes"]) == INFO.classes
    for number, row in enumerate(report["classes"].values()):
        assert row["pixels"] == truth.count(number)
        assert row["iou"] == (None if number == 9 else pytest.approx(ious[number]))


def test_the_table_has_a_line_for_every_class() -> None:
    masks = torch.tensor([[[0, 1], [2, IGNORED]]])
    logits = torch.eye(11)[masks % 4].permute(0, 3, 1, 2)
    header, *lines, last = count(logits, masks, 1).table().splitlines()
    assert header.split() == ["class", "IoU", "pixels"]
    assert [line.split() for line in lines] == [
        *([name, "1.000", "1"] for name in INFO.classes[:3]),
        *([name, "-", "0"] for name in INFO.classes[3:]),
    ]
    assert last.startswith("mIoU 1.0000, pixel accuracy 1.0000, loss ")


def test_metrics_of_no_images_are_0() -> None:
    nothing = criterion.Criterion(INFO, CPU, "dice")
    assert nothing.metrics() == {"loss": 0, "miou": 0, "pixel_accuracy": 0}
    assert "nan" not in nothing.table()


def test_the_score_is_the_miou() -> None:
    assert criterion.score({"val_loss": 1, "val_miou": 0.5, "val_pixel_accuracy": 0.9}) == 0.5
