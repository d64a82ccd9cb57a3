"""The canvases against their digits, and what is said of batches that cannot be learned from."""

import pytest
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from {{ package }} import datasets
from {{ package }}.datasets import (
    CANVASES,
    CLASSES,
    IGNORED,
    INK,
    QUARTER,
    check_batch,
    join,
    load_datasets,
    paste,
)
from {{ package }}.digits import split_digits


def whole(part: str) -> tuple[Tensor, Tensor]:
    images, masks = next(iter(DataLoader(load_datasets()[part], batch_size=10_000)))
    return images, masks


@pytest.mark.parametrize("part", ["train", "val", "test"])
def test_canvases_are_of_the_promised_shapes_types_and_ranges(part: str) -> None:
    images, masks = whole(part)
    check_batch(images, masks)
    assert images.shape == (CANVASES[part], 1, 2 * QUARTER, 2 * QUARTER)
    assert images.min() >= 0
    assert images.max() <= 1
    assert masks.unique().tolist() == list(range(len(CLASSES)))


def quarters_of(canvases: Tensor) -> Tensor:
    """Cut canvases, (N, 2 * Q, 2 * Q), into quarters, (4 * N, Q, Q)."""
    corners = [(top, left) for top in (0, QUARTER) for left in (0, QUARTER)]
    cut = [canvases[:, top : top + QUARTER, left : left + QUARTER] for top, left in corners]
    return torch.stack(cut, dim=1).flatten(0, 1)


def test_every_quarter_is_empty_or_shows_one_digit_where_its_mask_says() -> None:
    digits, labels = split_digits()["train"]
    digits, labels = digits[:40], labels[:40]
    images, masks = paste(digits, labels, canvases=30, seed=3)
    corners = set()
    for image, mask in zip(quarters_of(images[:, 0]), quarters_of(masks), strict=True):
        if not mask.any():
            assert image.max() < 0.4 + 0.15  # light and noise
            continue
        found = []
        for digit, label in zip(digits[:, 0], labels, strict=True):
            for top in range(QUARTER - 8 + 1):
                for left in range(QUARTER - 8 + 1):
                    ink = torch.zeros(QUARTER, QUARTER)
                    ink[top : top + 8, left : left + 8] = digit
                    if torch.equal(mask, (ink >= INK) * (label + 1)):
                        found.append(((top, left), ink))
        assert found
        (corner, ink), *_ = found
        corners.add(corner)
        assert (image > ink - 0.15).all()
        assert (image < ink + (1 - ink) * 0.4 + 0.15).all()
    assert len(corners) == (QUARTER - 8 + 1) ** 2


def test_nine_in_ten_quarters_hold_a_digit() -> None:
    _, masks = whole("train")
    assert quarters_of(masks).flatten(1).any(1).float().mean() == pytest.approx(0.9, abs=0.02)


def test_quarters_are_joined_in_rows() -> None:
    canvases = torch.rand(3, 2 * QUARTER, 2 * QUARTER)
    assert torch.equal(join(quarters_of(canvases)), canvases)


def test_a_part_has_the_digits_of_its_own_split(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = {
        name: (torch.rand(5, 1, 8, 8), torch.full((5,), label))
        for label, name in enumerate(("train", "val", "test"))
    }
    monkeypatch.setattr(datasets, "split_digits", lambda: parts)
    for label, name in enumerate(parts):
        assert whole(name)[1].unique().tolist() == [0, label + 1]


def test_the_parts_do_not_depend_on_the_seed() -> None:
    torch.manual_seed(1)
    first = load_datasets()
    torch.manual_seed(2)
    second = load_datasets()
    for name, dataset in first.items():
        for own, other in zip(dataset[:], second[name][:], strict=True):
            assert torch.equal(own, other)


IMAGES, MASKS = torch.rand(4, 1, 6, 8), torch.arange(4 * 6 * 8).view(4, 6, 8) % len(CLASSES)


@pytest.mark.parametrize(
    ("images", "masks", "problem"),
    [
        (IMAGES[0], MASKS, "images are (1, 6, 8) float32"),
        (IMAGES.mul(255).byte(), MASKS, "images are (4, 1, 6, 8) uint8"),
        (IMAGES / 0, MASKS, "images are (4, 1, 6, 8) float32 in [inf, inf]"),
        (IMAGES, MASKS[:, None], "masks are (4, 1, 6, 8) int64"),
        (IMAGES, MASKS[:, None].float(), "masks are (4, 1, 6, 8) float32"),
        (IMAGES, MASKS.float(), "masks are (4, 6, 8) float32 in [0, 10]: expected (4, 6, 8) int64"),
        (IMAGES, MASKS.byte(), "masks are (4, 6, 8) uint8"),
        (IMAGES, MASKS > 0, "masks are (4, 6, 8) bool"),
        (IMAGES, MASKS[:3], "expected (4, 6, 8) int64"),
        (IMAGES, MASKS.mT, "expected (4, 6, 8) int64"),
        (IMAGES, MASKS[:, :, :4], "expected (4, 6, 8) int64"),
        (IMAGES, MASKS - 1, "masks are (4, 6, 8) int64 in [-1, 9]"),
        (IMAGES, MASKS + 1, "int64 in [1, 11]: expected (4, 6, 8) int64 in [0, 10], or 255 where"),
    ],
)
def test_a_batch_that_cannot_be_learned_from_is_refused(
    images: Tensor, masks: Tensor, problem: str
) -> None:
    with pytest.raises(SystemExit) as left:
        check_batch(images, masks)
    assert problem in str(left.value)


def test_ignored_pixels_and_images_in_colour_are_let_pass() -> None:
    masks = MASKS.clone()
    masks[0] = IGNORED
    check_batch(IMAGES.expand(-1, 3, -1, -1), masks)


def test_all_that_is_wrong_with_a_batch_is_told() -> None:
    with pytest.raises(SystemExit) as left:
        check_batch(IMAGES[0], MASKS + 1)
    assert len(str(left.value).splitlines()) == 2


def test_masks_are_not_blamed_for_their_images() -> None:
    with pytest.raises(SystemExit) as left:
        check_batch(IMAGES[:, 0], MASKS)
    assert len(str(left.value).splitlines()) == 1
