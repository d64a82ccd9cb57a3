"""The sliced Wasserstein distance against SciPy's distance along each direction."""

import json
import math

import numpy as np
import pytest
import torch
from scipy.stats import wasserstein_distance  # type: ignore[import-untyped]
from torch import Tensor

from {{ package }} import criterion
from {{ package }}.criterion import Criterion
from {{ package }}.data_info import DataInfo

CPU = torch.device("cpu")
INFO = DataInfo(channels=2, size=(5, 6))
PIXELS = 2 * 5 * 6
BIN_WIDTH = 2 * math.sqrt(PIXELS) / criterion.BINS


def images(count: int, low: float = -1, high: float = 1) -> Tensor:
    return torch.rand(count, 2, 5, 6) * (high - low) + low


def count(generated: Tensor, real: Tensor, batch_size: int) -> Criterion:
    counts = Criterion(INFO, CPU)
    for batch in zip(generated.split(batch_size), real.split(batch_size), strict=True):
        counts.update(*batch)
    return counts


def scipy_distances(generated: Tensor, real: Tensor) -> list[float]:
    directions = criterion.unit_directions(PIXELS).numpy().astype(np.float64)
    one, other = (part.flatten(1).double().numpy() @ directions.T for part in (generated, real))
    return [wasserstein_distance(one[:, k], other[:, k]) for k in range(criterion.DIRECTIONS)]


@pytest.mark.parametrize(("low", "high"), [(-1.0, 1.0), (-1.0, 0.0), (0.5, 1.0)])
def test_the_distance_along_each_direction_is_that_of_scipy(low: float, high: float) -> None:
    generated, real = images(50, low, high), images(50)
    counts = count(generated, real, batch_size=16)
    own = criterion.wasserstein_distances(counts.counts.double(), BIN_WIDTH)
    expected = scipy_distances(generated, real)
    assert own.tolist() == pytest.approx(expected, abs=BIN_WIDTH)
    swd = counts.metrics()["swd"]
    assert swd == pytest.approx(sum(expected) / criterion.DIRECTIONS, abs=BIN_WIDTH / 10)


def test_distances_of_histograms_are_those_of_scipy() -> None:
    counts = torch.randint(5, (2, 3, criterion.BINS)).double()
    places = np.arange(criterion.BINS) * BIN_WIDTH
    expected = [wasserstein_distance(places, places, *counts[:, k].numpy()) for k in range(3)]
    assert criterion.wasserstein_distances(counts, BIN_WIDTH).tolist() == pytest.approx(expected)


def test_the_distance_to_a_shifted_copy_is_the_shift() -> None:
    real = images(40, -0.5, 0.5)
    shift = torch.full((PIXELS,), 0.3)
    expected = (criterion.unit_directions(PIXELS) @ shift).abs().mean().item()
    swd = count(real + 0.3, real, 40).metrics()["swd"]
    assert swd == pytest.approx(expected, abs=BIN_WIDTH / 10)


def test_the_distance_to_the_same_images_is_0() -> None:
    real = images(40)
    assert count(real.flip(0), real, 8).metrics() == {"loss": 0, "swd": 0}


def test_directions_are_of_length_1_and_the_same_whatever_the_seed() -> None:
    torch.manual_seed(1)
    first = criterion.unit_directions(PIXELS)
    torch.manual_seed(2)
    assert torch.equal(first, criterion.unit_directions(PIXELS))
    torch.testing.assert_close(first.norm(dim=1), torch.ones(criterion.DIRECTIONS))
    assert first.mean().abs() < 0.01


def test_no_image_is_projected_out_of_the_histogram() -> None:
    farthest = criterion.unit_directions(PIXELS).abs().sum(1).max().item()
    counts = Criterion(INFO, CPU)
    assert farthest <= counts.limit
    assert math.isclose(criterion.BINS * counts.bin_width, 2 * counts.limit)


def test_images_out_of_range_count_in_the_outermost_bins() -> None:
    far = torch.full((2, 2, 5, 6), 1e6)
    counts = count(far, -far, 2).counts
    assert (counts.sum(2) == 2).all()
    assert (counts[:, :, [0, -1]].sum(2) == 2).all()


def test_mixed_precision_does_not_change_the_counts() -> None:
    generated, real = images(20), images(20)
    with torch.autocast("cpu", torch.bfloat16):
        mixed = count(generated, real, 20)
    assert torch.equal(mixed.counts, count(generated, real, 20).counts)


def test_metrics_of_uneven_batches_are_those_of_all_images() -> None:
    generated, real = images(50, 0, 1), images(50)
    found = count(generated, real, batch_size=16).metrics("val_")
    assert found["val_swd"] == pytest.approx(np.mean(scipy_distances(generated, real)), abs=1e-3)
    assert found == {"val_loss": found["val_swd"], "val_swd": found["val_swd"]}


def test_sums_of_two_parts_add_up_to_the_whole() -> None:
    generated, real = images(50), images(50)
    first, second = count(generated[:20], real[:20], 10), count(generated[20:], real[20:], 10)
    for own, other in zip(first.sums(), second.sums(), strict=True):
        own += other
    whole = count(generated, real, 10).metrics()
    assert first.metrics() == pytest.approx(whole, rel=1e-3)


def test_report_and_table_have_the_distance_and_the_numbers_of_images() -> None:
    counts = count(images(7), images(7), 4)
    report = json.loads(json.dumps(counts.report()))
    assert report == {**counts.metrics(), "generated": 7, "real": 7}
    expected = f"sliced Wasserstein distance {report['swd']:.4f} between 7 generated and 7 real"
    assert counts.table().startswith(expected)


def test_a_smaller_distance_is_a_higher_score() -> None:
    assert criterion.score({"val_swd": 0.1}) > criterion.score({"val_swd": 0.2})


def test_metrics_of_no_images_are_0() -> None:
    nothing = Criterion(INFO, CPU)
    assert nothing.metrics() == {"loss": 0, "swd": 0}
    assert "nan" not in nothing.table()
