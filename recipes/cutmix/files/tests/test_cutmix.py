"""CutMix against the masks and the areas of its paper."""

import itertools
from importlib import import_module

import pytest
import torch
from torch import Tensor

from {{ package }}.ops.cutmix import cutmix, draw_box, paste


def batch_of(shape: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """Return samples whose pixels are all their number, and one-hot targets of that number."""
    numbers = torch.arange(shape[0], dtype=torch.float32)
    return numbers.view(-1, *[1] * (len(shape) - 1)).expand(shape).clone(), torch.eye(shape[0])


@pytest.mark.parametrize("shape", [(6, 5, 7), (6, 3, 5, 7), (6, 4, 3, 5, 7)])
def test_pixels_in_the_box_are_those_of_the_partner(shape: tuple[int, ...]) -> None:
    inputs, targets = torch.rand(shape), torch.rand(6, 4)
    partners = torch.tensor([3, 0, 2, 5, 1, 4])
    mixed, _ = paste(inputs, targets, (1, 3, 2, 6), partners)
    for i, row, column in itertools.product(range(6), range(5), range(7)):
        origin = int(partners[i]) if 1 <= row < 3 and 2 <= column < 6 else i
        assert torch.equal(mixed[i, ..., row, column], inputs[origin, ..., row, column])


@pytest.mark.parametrize("box", [(0, 0, 0, 0), (1, 3, 2, 6), (0, 5, 0, 7), (4, 5, 0, 1)])
def test_targets_are_mixed_by_the_area_of_the_box(box: tuple[int, int, int, int]) -> None:
    targets, partners = torch.rand(6, 4), torch.tensor([3, 0, 2, 5, 1, 4])
    _, mixed = paste(torch.rand(6, 1, 5, 7), targets, box, partners)
    top, bottom, left, right = box
    area = (bottom - top) * (right - left) / 35
    for i, j in enumerate(partners.tolist()):
        torch.testing.assert_close(mixed[i], (1 - area) * targets[i] + area * targets[j])


@pytest.mark.parametrize("shape", [(16, 1, 8, 8), (16, 3, 5, 11), (16, 2, 3, 9, 6)])
@pytest.mark.parametrize("alpha", [0.2, 1.0, 5.0])
def test_targets_say_what_share_of_the_pixels_each_sample_has(
    shape: tuple[int, ...], alpha: float
) -> None:
    """This holds for every box, also for one that is cut off at a border."""
    torch.manual_seed(0)
    for _ in range(50):
        inputs, targets = cutmix(*batch_of(shape), alpha)
        pixels = inputs.flatten(1)
        shares = torch.stack([(pixels == n).float().mean(1) for n in range(shape[0])], 1)
        torch.testing.assert_close(targets, shares)
        torch.testing.assert_close(targets.sum(1), torch.ones(shape[0]))


def test_boxes_are_centered_anywhere_and_cut_off_at_the_borders() -> None:
    torch.manual_seed(0)
    height, width, kept = 10, 20, 0.75
    boxes = [draw_box(height, width, kept) for _ in range(4000)]
    # With half the height and half the width, they cover 1 - kept where they are inside.
    expected = {(max(c - 2, 0), min(c + 3, 10)) for c in range(10)}
    assert {(top, bottom) for top, bottom, _, _ in boxes} == expected
    expected = {(max(c - 5, 0), min(c + 5, 20)) for c in range(20)}
    assert {(left, right) for _, _, left, right in boxes} == expected
    covered = torch.zeros(height, width)
    for top, bottom, left, right in boxes:
        covered[top:bottom, left:right] += 1 / len(boxes)
    rows = torch.tensor([sum(c - 2 <= y < c + 3 for c in range(10)) / 10 for y in range(10)])
    columns = torch.tensor([sum(c - 5 <= x < c + 5 for c in range(20)) / 20 for x in range(20)])
    torch.testing.assert_close(covered, torch.outer(rows, columns), rtol=0, atol=0.03)


@pytest.mark.parametrize(("kept", "area"), [(0.0, 100), (0.36, 64), (0.75, 25), (1.0, 0)])
def test_a_box_inside_the_image_has_the_area_that_is_not_kept(kept: float, area: int) -> None:
    torch.manual_seed(0)
    boxes = [draw_box(10, 10, kept) for _ in range(1000)]
    assert max((bottom - top) * (right - left) for top, bottom, left, right in boxes) == area


@pytest.mark.parametrize("alpha", [0.2, 1.0, 5.0])
def test_kept_shares_have_mean_and_variance_of_the_beta_distribution(
    alpha: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(0)
    shares: list[float] = []

    def keep(_height: int, _width: int, kept: float) -> tuple[int, int, int, int]:
        shares.append(kept)
        return 0, 1, 0, 1

    monkeypatch.setattr(import_module(cutmix.__module__), "draw_box", keep)
    for _ in range(2000):
        cutmix(torch.rand(2, 1, 4, 4), torch.eye(2), alpha)
    found = torch.tensor(shares)
    assert found.mean().item() == pytest.approx(1 / 2, abs=0.03)
    assert found.var().item() == pytest.approx(1 / (4 * (2 * alpha + 1)), rel=0.1)


def test_a_batch_is_mixed_with_a_permutation_of_itself() -> None:
    torch.manual_seed(0)
    _, targets = cutmix(*batch_of((32, 1, 8, 8)), 1.0)
    kept = targets.diagonal().min()
    permutation = (targets - kept * torch.eye(32)) / (1 - kept)
    torch.testing.assert_close(permutation, permutation.round())
    torch.testing.assert_close(permutation.sum(0), torch.ones(32))


def test_alpha_0_leaves_the_batch_as_it_is() -> None:
    inputs, targets = batch_of((4, 1, 8, 8))
    mixed_inputs, mixed_targets = cutmix(inputs, targets, alpha=0.0)
    assert mixed_inputs is inputs
    assert mixed_targets is targets


def test_the_batch_that_is_given_is_not_written_to() -> None:
    torch.manual_seed(0)
    inputs, targets = torch.rand(8, 1, 8, 8), torch.eye(8)
    before = inputs.clone(), targets.clone()
    mixed, _ = cutmix(inputs, targets, alpha=1.0)
    assert not torch.equal(mixed, inputs)
    assert torch.equal(inputs, before[0])
    assert torch.equal(targets, before[1])
