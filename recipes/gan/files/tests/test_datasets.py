{% from "composition/slots.jinja" import imports with context %}
"""The images and their noise, and the message for each batch that does not match."""

{% call imports("test_datasets") %}
import pytest
import torch
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset
from {{ package }}.config import Config
from {{ package }}.data_info import DataInfo
from {{ package }}.datasets import NOISE, NoiseAndImages, check_batch, load_datasets
from {{ package }}.errors import UserError
{% endcall %}


INFO = DataInfo(channels=1, size=(8, 8))
SOME_NOISE, IMAGES = torch.zeros(4, NOISE), torch.zeros(4, 1, 8, 8)


def test_images_match_their_description() -> None:
    splits, info = load_datasets(Config())
    assert splits.keys() == {"train", "val", "test"}
    for split in splits.values():
        noise, images = next(iter(DataLoader(split, batch_size=10_000)))
        check_batch(noise, images, info)
        assert images.min() < 0 < images.max()


def test_a_sample_is_noise_and_an_image_between_minus_1_and_1() -> None:
    images = torch.rand(5, 1, 8, 8)
    samples = NoiseAndImages(TensorDataset(images, torch.arange(5)))
    assert len(samples) == 5
    for index, image in enumerate(images):
        noise, found = samples[index]
        assert noise.shape == (NOISE,)
        torch.testing.assert_close((found + 1) / 2, image)


def test_noise_is_normal_and_differs_from_image_to_image() -> None:
    noise = NoiseAndImages(TensorDataset(torch.zeros(2000, 1))).noise
    assert noise.mean().abs() < 0.02
    assert noise.std() == pytest.approx(1, abs=0.02)
    assert len(noise.unique(dim=0)) == len(noise)


def test_noise_does_not_depend_on_the_seed() -> None:
    images = TensorDataset(torch.zeros(3, 1))
    torch.manual_seed(1)
    first = NoiseAndImages(images).noise
    torch.manual_seed(2)
    assert torch.equal(first, NoiseAndImages(images).noise)


@pytest.mark.parametrize(
    ("noise", "images", "problem"),
    [
        (SOME_NOISE[:, 1:], IMAGES, f"noise vectors are (4, {NOISE - 1}) float32"),
        (SOME_NOISE + torch.nan, IMAGES, f"noise vectors are (4, {NOISE}) float32 in [nan, nan]"),
        (SOME_NOISE.double(), IMAGES, f"noise vectors are (4, {NOISE}) float64"),
        (SOME_NOISE, IMAGES[:, 0], "images are (4, 8, 8) float32"),
        (SOME_NOISE, IMAGES[..., 1:], "images are (4, 1, 8, 7) float32"),
        (SOME_NOISE, IMAGES.expand(-1, 3, -1, -1), "images are (4, 3, 8, 8) float32"),
        (SOME_NOISE, IMAGES[:3], "images are (3, 1, 8, 8) float32"),
        (SOME_NOISE, IMAGES.byte(), "images are (4, 1, 8, 8) uint8"),
        (SOME_NOISE, IMAGES + 1.5, "float32 in [1.5, 1.5]: expected"),
        (SOME_NOISE, IMAGES - 1.5, "float32 in [-1.5, -1.5]: expected"),
    ],
)
def test_a_batch_that_does_not_match_is_refused(
    noise: Tensor, images: Tensor, problem: str
) -> None:
    with pytest.raises(UserError) as error:
        check_batch(noise, images, INFO)
    assert problem in str(error.value)


def test_all_problems_of_a_batch_are_reported_at_once() -> None:
    with pytest.raises(UserError) as error:
        check_batch(SOME_NOISE[0], IMAGES + 7, INFO)
    assert len(str(error.value).splitlines()) == 2
