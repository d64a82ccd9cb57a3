"""Label smoothing against plain formulas and PyTorch's own, in both conventions."""

from typing import Literal

import pytest
import torch
import torch.nn.functional as F

from {{ package }}.ops.label_smoothing import smooth_labels


@pytest.mark.parametrize("classes", [2, 10])
def test_over_others_is_the_formula(classes: int) -> None:
    smoothed = smooth_labels(torch.eye(classes), 0.1, "others")

    for label in range(classes):
        for name in range(classes):
            expected = 0.9 if name == label else 0.1 / (classes - 1)
            assert smoothed[label, name].item() == pytest.approx(expected)


@pytest.mark.parametrize("classes", [2, 10])
def test_over_all_is_the_formula(classes: int) -> None:
    smoothed = smooth_labels(torch.eye(classes), 0.1, "all")

    for label in range(classes):
        for name in range(classes):
            expected = (0.9 if name == label else 0.0) + 0.1 / classes
            assert smoothed[label, name].item() == pytest.approx(expected)


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.9])
def test_over_all_has_the_loss_and_gradient_of_pytorch(smoothing: float) -> None:
    labels, logits = torch.randint(10, (32,)), torch.randn(32, 10, requires_grad=True)

    targets = smooth_labels(F.one_hot(labels, 10).float(), smoothing, "all")
    loss = F.cross_entropy(logits, targets)

    expected = F.cross_entropy(logits, labels, label_smoothing=smoothing)
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(
        torch.autograd.grad(loss, logits), torch.autograd.grad(expected, logits)
    )


def test_a_tenth_over_all_of_ten_classes_is_nine_hundredths_over_others() -> None:
    others = smooth_labels(torch.eye(10), 0.09, "others")
    torch.testing.assert_close(others, smooth_labels(torch.eye(10), 0.1, "all"))


@pytest.mark.parametrize("over", ["all", "others"])
@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.99])
def test_rows_sum_to_1(over: Literal["all", "others"], smoothing: float) -> None:
    soft = torch.rand(32, 10).softmax(dim=1)
    for targets in (torch.eye(10), soft):
        sums = smooth_labels(targets, smoothing, over).sum(1)
        torch.testing.assert_close(sums, torch.ones(len(targets)))


@pytest.mark.parametrize("over", ["all", "others"])
def test_smoothing_0_changes_nothing(over: Literal["all", "others"]) -> None:
    assert torch.equal(smooth_labels(torch.eye(10), 0.0, over), torch.eye(10))
