{% from "composition/slots.jinja" import imports with context %}
"""The two resolutions, and the message for each batch that does not match its description."""

{% call imports("test_datasets") %}
import pytest
import torch
from torch import Tensor
from torch.utils.data import DataLoader, TensorDataset
from {{ package }}.config import Config
from {{ package }}.data_info import DataInfo
from {{ package }}.datasets import LowAndHigh, check_batch, load_datasets
from {{ package }}.errors import UserError
from {{ package }}.ops.resizing import downscale
{% endcall %}


INFO = DataInfo(channels=3, size=(16, 20))
LOW, HIGH = torch.rand(4, 3, 8, 10), torch.rand(4, 3, 16, 20)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_crops_match_their_description(scale: int) -> None:
    splits, info = load_datasets(Config(scale=scale))  # type: ignore[arg-type]
    assert splits.keys() == {"train", "val", "test"}
    for split in splits.values():
        inputs, targets = next(iter(DataLoader(split, batch_size=8)))
        check_batch(inputs, targets, info)
        height, width = info.size
        assert targets.shape[1:] == (info.channels, height, width)
        assert inputs.shape[1:] == (info.channels, height // scale, width // scale)


@pytest.mark.parametrize("scale", [2, 4])
def test_a_sample_is_a_crop_and_its_smaller_copy(scale: int) -> None:
    samples = LowAndHigh(TensorDataset(HIGH), scale)
    assert len(samples) == 4
    for index, original in enumerate(HIGH):
        low, high = samples[index]
        assert torch.equal(high, original)
        assert torch.equal(low, downscale(original[None], scale)[0])


@pytest.mark.parametrize(
    ("inputs", "targets", "problem"),
    [
        (LOW[0], HIGH, "inputs are (3, 8, 10) float32"),
        (LOW.double(), HIGH, "inputs are (4, 3, 8, 10) float64"),
        (torch.zeros(4, 3, 0, 10), HIGH, "inputs are (4, 3, 0, 10) float32: expected (N, 3, h, w)"),
        (LOW[:, :1], HIGH[:, :1], "inputs are (4, 1, 8, 10) float32"),
        (LOW + 1, HIGH, "expected (N, 3, h, w) float32 in [0, 1]"),
        (LOW, HIGH[0], "targets are (3, 16, 20) float32"),
        (LOW, HIGH.mul(255).byte(), "targets are (4, 3, 16, 20) uint8"),
        (LOW, HIGH - 1, "expected (4, 3, 16, 20) float32 in [0, 1]"),
        (LOW, HIGH[:3], "expected (4, 3, 16, 20)"),
        (LOW, HIGH[:, :1], "expected (4, 3, 16, 20)"),
        (LOW, HIGH[..., :15, :], "expected (4, 3, 8, 10)"),
        (LOW, HIGH[..., :19], "expected (4, 3, 16, 20)"),
        (LOW, HIGH.mT, "expected (4, 3, 16, 20)"),
        (LOW[..., :5, :5], HIGH[..., :10, :10], "targets are 10 x 10 pixels: expected at least 11"),
    ],
)
def test_a_batch_that_does_not_match_is_refused(
    inputs: Tensor, targets: Tensor, problem: str
) -> None:
    with pytest.raises(UserError) as error:
        check_batch(inputs, targets, INFO)
    assert problem in str(error.value)


def test_any_integer_scale_and_number_of_channels_is_accepted() -> None:
    for scale, channels in [(1, 3), (2, 1), (5, 4)]:
        inputs, size = torch.rand(2, channels, 11, 13), (11 * scale, 13 * scale)
        check_batch(inputs, torch.rand(2, channels, *size), DataInfo(channels, size))


def test_all_problems_of_a_batch_are_reported_at_once() -> None:
    with pytest.raises(UserError) as error:
        check_batch(LOW + 1, HIGH[..., :10] + 1, INFO)
    assert len(str(error.value).splitlines()) == 3
