{% from "composition/slots.jinja" import imports with context %}
"""Random Erasing: one rectangle with its area and ratio in bounds, or nothing at all."""

{% call imports("test_random_erasing") %}
from typing import Any
import pytest
import torch
from {{ package }}.ops.random_erasing import RandomErasing
from {{ package }}.ops.seeding import seed_everything
{% endcall %}


HEIGHT, WIDTH = 60, 80


@pytest.mark.parametrize("fill", ["zeros", "noise"])
def test_probability_0_changes_nothing(fill: Any) -> None:
    erase = RandomErasing(0, 0.33, fill)
    for image in torch.rand(20, 3, HEIGHT, WIDTH):
        assert torch.equal(erase(image), image)


@pytest.mark.parametrize("fill", ["zeros", "noise"])
@pytest.mark.parametrize("largest", [0.05, 0.33])
def test_one_rectangle_is_erased_with_area_and_ratio_in_bounds(largest: float, fill: Any) -> None:
    seed_everything(0)
    image = torch.full((3, HEIGHT, WIDTH), 2.0)  # which neither zeros nor noise are
    erase = RandomErasing(1, largest, fill)
    areas, ratios = [], []
    for _ in range(300):
        found = erase(image)
        gone = (found != 2).all(0)
        assert torch.equal(gone, (found != 2).any(0))  # the same in every channel
        rows, columns = gone.any(1).nonzero().flatten(), gone.any(0).nonzero().flatten()
        height, width = (int(ends[-1] - ends[0]) + 1 for ends in (rows, columns))
        assert gone.sum() == height * width
        areas.append(height * width / (HEIGHT * WIDTH))
        ratios.append(height / width)
        values = found[:, gone]
        assert 0 <= values.min() <= values.max() <= (1 if fill == "noise" else 0)
        assert fill == "zeros" or values.std() > 0.2  # 0.29 if uniform
    margin = 0.004  # sides are whole pixels
    assert 0.02 - margin <= min(areas) <= 0.03
    assert 0.8 * largest <= max(areas) <= largest + margin
    assert 0.27 <= min(ratios) <= 0.5
    assert 2 <= max(ratios) <= 3.6


def test_images_are_erased_with_their_probability() -> None:
    seed_everything(0)
    erase = RandomErasing(0.25, 0.33)
    count = sum(bool((erase(torch.ones(1, HEIGHT, WIDTH)) == 0).any()) for _ in range(400))
    assert 70 <= count <= 130


@pytest.mark.parametrize("fill", ["zeros", "noise"])
def test_a_seed_gives_the_same_images_again(fill: Any) -> None:
    images = torch.rand(8, 3, HEIGHT, WIDTH)
    before = images.clone()
    erase = RandomErasing(0.5, 0.33, fill)
    drawn = []
    for seed in (1, 1, 2):
        seed_everything(seed)
        drawn.append(torch.stack([erase(image) for image in images]))
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])
    assert torch.equal(images, before)  # the originals stay as they are
