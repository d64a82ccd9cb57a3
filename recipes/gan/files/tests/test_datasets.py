{% from "composition/slots.jinja" import imports with context %}
"""The images and their noise, and what is said of batches that cannot be learned from."""

{% call imports("test_datasets") %}
import pytest
import torch
from torch import Tensor
from torch.utils.data import DataLoader
from {{ package }}.datasets import CHANNELS, NOISE, SIZE, check_batch, load_datasets, with_noise
from {{ package }}.digits import split_digits
{% endcall %}



def whole(name: str) -> tuple[Tensor, Tensor]:
    noise, images = next(iter(DataLoader(load_datasets()[name], batch_size=10_000)))
    return noise, images


@pytest.mark.parametrize("name", ["train", "val", "test"])
def test_images_are_the_digits_between_minus_1_and_1(name: str) -> None:
    noise, images = whole(name)
    check_batch(noise, images)
    digits, _ = split_digits()[name]
    assert images.min() == -1
    assert images.max() == 1
    torch.testing.assert_close((images + 1) / 2, digits, rtol=0, atol=0)


def test_noise_is_normal() -> None:
    noise, _ = whole("train")
    assert noise.mean().abs() < 0.02
    assert noise.std() == pytest.approx(1, abs=0.02)
    assert len(noise.unique(dim=0)) == len(noise)


def test_noise_is_the_same_whatever_the_seed() -> None:
    images = torch.zeros(3, CHANNELS, SIZE, SIZE)
    torch.manual_seed(1)
    first = with_noise(images).tensors[0]
    torch.manual_seed(2)
    assert torch.equal(first, with_noise(images).tensors[0])


NOISE_OF_4 = torch.zeros(4, NOISE)
IMAGES = torch.zeros(4, CHANNELS, SIZE, SIZE)


@pytest.mark.parametrize(
    ("noise", "images", "problem"),
    [
        (NOISE_OF_4[:, 1:], IMAGES, f"noise vectors are (4, {NOISE - 1}) float32"),
        (NOISE_OF_4 + torch.nan, IMAGES, f"noise vectors are (4, {NOISE}) float32 in [nan, nan]"),
        (NOISE_OF_4.double(), IMAGES, f"noise vectors are (4, {NOISE}) float64"),
        (NOISE_OF_4, IMAGES[:, 0], f"images are (4, {SIZE}, {SIZE}) float32"),
        (NOISE_OF_4, IMAGES[..., 1:], f"images are (4, {CHANNELS}, {SIZE}, {SIZE - 1}) float32"),
        (NOISE_OF_4, IMAGES[:3], f"images are (3, {CHANNELS}, {SIZE}, {SIZE}) float32"),
        (NOISE_OF_4, IMAGES.byte(), f"images are (4, {CHANNELS}, {SIZE}, {SIZE}) uint8"),
        (NOISE_OF_4, IMAGES + 1.5, "float32 in [1.5, 1.5]: expected"),
        (NOISE_OF_4, IMAGES - 1.5, "float32 in [-1.5, -1.5]: expected"),
    ],
)
def test_a_batch_that_cannot_be_learned_from_is_refused(
    noise: Tensor, images: Tensor, problem: str
) -> None:
    with pytest.raises(SystemExit) as left:
        check_batch(noise, images)
    assert problem in str(left.value)


def test_all_that_is_wrong_with_a_batch_is_told() -> None:
    with pytest.raises(SystemExit) as left:
        check_batch(NOISE_OF_4[0], IMAGES + 7)
    assert len(str(left.value).splitlines()) == 2
