{% from "composition/slots.jinja" import imports with context %}
"""The images and masks, and the message for each batch that does not match their description."""

{% call imports("test_datasets") %}
import dataclasses
import pytest
import torch
from torch import Tensor
from torch.utils.data import DataLoader
from {{ package }}.config import Config
from {{ package }}.data_info import DataInfo
from {{ package }}.datasets import IGNORED, check_batch, load_datasets
from {{ package }}.errors import UserError
{% endcall %}


INFO = DataInfo(channels=1, size=(6, 8), classes=tuple("abcdefghijk"))
IMAGES, MASKS = torch.rand(4, 1, 6, 8), torch.arange(4 * 6 * 8).view(4, 6, 8) % 11


def test_images_and_masks_match_their_description() -> None:
    splits, info = load_datasets(Config())
    assert splits.keys() == {"train", "val", "test"}
    for split in splits.values():
        images, masks = next(iter(DataLoader(split, batch_size=10_000)))
        check_batch(images, masks, info)
        assert images.min() >= 0
        assert images.max() <= 1


@pytest.mark.parametrize(
    ("images", "masks", "problem"),
    [
        (IMAGES[0], MASKS, "images are (1, 6, 8) float32"),
        (IMAGES.expand(-1, 3, -1, -1), MASKS, "expected (N, 1, 6, 8) float32"),
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
        (IMAGES, MASKS + 1, "int64 in [1, 11]: expected (4, 6, 8) int64 in [0, 10], or 255 for"),
    ],
)
def test_a_batch_that_does_not_match_is_refused(
    images: Tensor, masks: Tensor, problem: str
) -> None:
    with pytest.raises(UserError) as error:
        check_batch(images, masks, INFO)
    assert problem in str(error.value)


def test_ignored_pixels_and_color_images_are_accepted() -> None:
    masks = MASKS.clone()
    masks[0] = IGNORED
    color = dataclasses.replace(INFO, channels=3)
    check_batch(IMAGES.expand(-1, 3, -1, -1), masks, color)


def test_all_problems_of_a_batch_are_reported_at_once() -> None:
    with pytest.raises(UserError) as error:
        check_batch(IMAGES[0], MASKS + 1, INFO)
    assert len(str(error.value).splitlines()) == 2


def test_masks_are_not_blamed_for_their_images() -> None:
    with pytest.raises(UserError) as error:
        check_batch(IMAGES[:, 0], MASKS, INFO)
    assert len(str(error.value).splitlines()) == 1
