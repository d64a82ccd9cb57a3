{% from "composition/slots.jinja" import imports with context %}
"""Policies of random operations: strengths, range, the same again under a seed, turned off."""

{% call imports("test_auto_augment") %}
from typing import Any, get_args
import pytest
import torch
from torch import Tensor
from {{ package }}.ops.auto_augment import AutoAugment, Policy
from {{ package }}.ops.seeding import seed_everything
{% endcall %}


POLICIES = [policy for policy in get_args(Policy) if policy != "none"]
SIDE = 16


def every_level(channels: int) -> Tensor:
    """Return an image with each of 256 levels once, in an order of its own for each channel."""
    generator = torch.Generator().manual_seed(0)
    levels = [torch.randperm(256, generator=generator) for _ in range(channels)]
    return torch.stack(levels).view(channels, SIDE, SIDE) / 255


@pytest.mark.parametrize("channels", [1, 3])
def test_magnitude_0_changes_no_pixel_below_white(channels: int) -> None:
    """Auto-contrast and equalization leave such an image as it is; solarization inverts white."""
    seed_everything(0)
    image = every_level(channels)
    augment = AutoAugment("rand", operations=1, magnitude=0)
    for _ in range(100):
        found = augment(image)
        torch.testing.assert_close(found[image < 1], image[image < 1])


@pytest.mark.parametrize("magnitude", [6, 15])
def test_the_magnitude_sets_the_strength_of_operations(magnitude: int) -> None:
    """On one grey level, the result of each operation is known.

    Whatever moves pixels, and contrast, auto-contrast, equalization, sharpness and color leave the
    level at the center; brightness, posterization and solarization remain.
    """
    seed_everything(0)
    level = 200
    image = torch.full((3, 33, 33), level / 255)
    augment = AutoAugment("rand", operations=1, magnitude=magnitude)
    found = {round(float(augment(image)[0, 16, 16]) * 255) for _ in range(300)}
    strength = magnitude / 30
    removed = 2 ** round(4 * strength)
    levels = {level, level * (1 - 0.9 * strength), min(level * (1 + 0.9 * strength), 255)}
    levels.add(level // removed * removed)
    if level >= 255 * (1 - strength):
        levels.add(255 - level)
    expected = sorted(levels)
    assert all(min(abs(one - other) for other in expected) <= 1 for one in found)
    assert all(min(abs(one - other) for other in found) <= 1 for one in expected)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("policy", POLICIES)
def test_a_policy_changes_images_within_their_range(policy: Any, channels: int) -> None:
    seed_everything(0)
    images = torch.rand(20, channels, SIDE, SIDE + 4)
    augment = AutoAugment(policy)
    changed = 0
    for image in images:
        found = augment(image)
        assert found.shape == image.shape
        assert found.dtype == torch.float32
        assert 0 <= found.min() <= found.max() <= 1
        changed += bool((found - image).abs().max() > 2 / 255)
    assert changed >= 10


@pytest.mark.parametrize("policy", POLICIES)
def test_a_seed_gives_the_same_images_again(policy: Any) -> None:
    images, augment = torch.rand(8, 3, SIDE, SIDE), AutoAugment(policy)
    drawn = []
    for seed in (1, 1, 2):
        seed_everything(seed)
        drawn.append(torch.stack([augment(image) for image in images]))
    assert torch.equal(drawn[0], drawn[1])
    assert not torch.equal(drawn[0], drawn[2])


@pytest.mark.parametrize("found", ["cifar10", "svhn"])
def test_autoaugment_has_operations_of_each_data_set(found: Any) -> None:
    images = torch.rand(8, 3, SIDE, SIDE)
    drawn = []
    for name in ("imagenet", found):
        seed_everything(0)
        augment = AutoAugment("auto", found=name)
        drawn.append(torch.stack([augment(image) for image in images]))
    assert not torch.equal(*drawn)


def test_no_policy_leaves_images_as_they_are() -> None:
    image = torch.rand(3, SIDE, SIDE)
    assert torch.equal(AutoAugment("none")(image), image)


def test_another_policy_is_refused() -> None:
    with pytest.raises(ValueError, match=r"policy is random: expected one of none, rand"):
        AutoAugment("random")  # type: ignore[arg-type]
