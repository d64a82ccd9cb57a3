{% from "composition/slots.jinja" import imports with context %}
"""The canvases against the digits on them, pixel by pixel."""

{% call imports("test_canvases") %}
import pytest
import torch
from torch import Tensor
from torch.utils.data import DataLoader
from {{ package }} import canvases
from {{ package }}.canvases import CANVASES, CLASSES, INK, QUARTER, join, load_splits, paste
from {{ package }}.config import Config
from {{ package }}.digits import split_digits
{% endcall %}



def whole(split: str) -> tuple[Tensor, Tensor]:
    splits, _ = load_splits(Config())
    images, masks = next(iter(DataLoader(splits[split], batch_size=10_000)))
    return images, masks


@pytest.mark.parametrize("split", ["train", "val", "test"])
def test_canvases_have_their_shapes_types_and_classes(split: str) -> None:
    images, masks = whole(split)
    _, info = load_splits(Config())
    assert images.shape == (CANVASES[split], info.channels, *info.size)
    assert images.dtype == torch.float32
    assert (masks.shape, masks.dtype) == ((CANVASES[split], *info.size), torch.int64)
    assert info.classes == CLASSES
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


def test_each_split_has_the_digits_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    digits = {
        name: (torch.rand(5, 1, 8, 8), torch.full((5,), label))
        for label, name in enumerate(("train", "val", "test"))
    }
    monkeypatch.setattr(canvases, "split_digits", lambda: digits)
    for label, name in enumerate(digits):
        assert whole(name)[1].unique().tolist() == [0, label + 1]


def test_the_splits_do_not_depend_on_the_seed() -> None:
    torch.manual_seed(1)
    first = whole("val")
    torch.manual_seed(2)
    for own, other in zip(first, whole("val"), strict=True):
        assert torch.equal(own, other)
