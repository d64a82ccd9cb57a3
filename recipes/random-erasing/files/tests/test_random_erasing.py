{% from "composition/slots.jinja" import imports with context %}
"""Random Erasing: one rectangle with its area and ratio in bounds, or nothing at all."""

{% call imports("test_random_erasing") %}
from collections.abc import Iterator
from typing import Any
import pytest
import torch
from torch import Tensor
from torch.utils.data import TensorDataset
from {{ package }}.config import Config
from {{ package }}.datasets import load_datasets
from {{ package }}.ops.random_erasing import Erased
from {{ package }}.ops.seeding import seed_everything
{% endcall %}


HEIGHT, WIDTH = 60, 80


def erased(
    images: Tensor, probability: float, largest: float = 0.33, noise: bool = False
) -> Erased:
    data = TensorDataset(images, torch.arange(len(images)))
    return Erased(data, probability, largest, noise)


def wrapped(dataset: Any) -> Iterator[Any]:
    """Yield a data set and those that it wraps."""
    while dataset is not None:
        yield dataset
        dataset = getattr(dataset, "dataset", None)


@pytest.mark.parametrize("noise", [False, True])
def test_probability_0_changes_nothing(noise: bool) -> None:
    images = torch.rand(20, 3, HEIGHT, WIDTH)
    data = erased(images, 0, noise=noise)
    assert len(data) == 20
    for index in range(20):
        image, label = data[index]
        assert torch.equal(image, images[index])
        assert label == index


@pytest.mark.parametrize("noise", [False, True])
@pytest.mark.parametrize("largest", [0.05, 0.33])
def test_one_rectangle_is_erased_with_area_and_ratio_in_bounds(largest: float, noise: bool) -> None:
    seed_everything(0)
    image = torch.full((3, HEIGHT, WIDTH), 2.0)  # which neither zeros nor noise are
    data = erased(image[None], 1, largest, noise)
    areas, ratios = [], []
    for _ in range(300):
        found = data[0][0]
        gone = (found != 2).all(0)
        assert torch.equal(gone, (found != 2).any(0))  # the same in every channel
        rows, columns = gone.any(1).nonzero().flatten(), gone.any(0).nonzero().flatten()
        height, width = (int(ends[-1] - ends[0]) + 1 for ends in (rows, columns))
        assert gone.sum() == height * width
        areas.append(height * width / (HEIGHT * WIDTH))
        ratios.append(height / width)
        values = found[:, gone]
        assert 0 <= values.min() <= values.max() <= (1 if noise else 0)
        assert not noise or values.std() > 0.2  # 0.29 if uniform
    margin = 0.004  # sides are whole pixels
    assert 0.02 - margin <= min(areas) <= 0.03
    assert 0.8 * largest <= max(areas) <= largest + margin
    assert 0.27 <= min(ratios) <= 0.5
    assert 2 <= max(ratios) <= 3.6


def test_images_are_erased_with_their_probability() -> None:
    seed_everything(0)
    data = erased(torch.ones(1, 1, HEIGHT, WIDTH), 0.25)
    count = sum(bool((data[0][0] == 0).any()) for _ in range(400))
    assert 70 <= count <= 130


@pytest.mark.parametrize("noise", [False, True])
def test_a_seed_gives_the_same_images_again(noise: bool) -> None:
    images = torch.rand(8, 3, HEIGHT, WIDTH)
    before = images.clone()
    data = erased(images, 0.5, noise=noise)
    drawn = []
    for seed in (1, 1, 2):
        seed_everything(seed)
        drawn.append(torch.stack([data[index][0] for index in range(8)]))
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])
    assert torch.equal(images, before)  # the data stay as they are


def test_training_images_alone_are_erased() -> None:
    splits, _ = load_datasets(Config())
    counts = {
        name: sum(isinstance(layer, Erased) for layer in wrapped(split))
        for name, split in splits.items()
    }
    assert counts == {"train": 1, "val": 0, "test": 0}
