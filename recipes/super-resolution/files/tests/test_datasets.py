{% from "composition/slots.jinja" import imports with context %}
"""The crops and where they come from, and what is said of batches that cannot be learned from."""

{% call imports("test_datasets") %}
import pytest
import torch
from torch import Tensor
from torch.utils.data import DataLoader
from {{ package }} import datasets
from {{ package }}.config import Config
from {{ package }}.datasets import CROP, check_batch, load_datasets
from {{ package }}.networks.bicubic import Bicubic
from {{ package }}.ops.quality import psnr
from {{ package }}.ops.resizing import downscale
{% endcall %}



def whole(config: Config, part: str) -> tuple[Tensor, Tensor]:
    inputs, targets = next(iter(DataLoader(load_datasets(config)[part], batch_size=10_000)))
    return inputs, targets


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_crops_are_of_the_promised_shapes_and_ranges(scale: int) -> None:
    config = Config(scale=scale)  # type: ignore[arg-type]
    for part, count in {"train": 704, "val": 88, "test": 88}.items():
        inputs, targets = whole(config, part)
        check_batch(inputs, targets)
        assert targets.shape == (count, 3, CROP, CROP)
        assert inputs.shape == (count, 3, CROP // scale, CROP // scale)
        assert torch.equal(inputs, downscale(targets, scale))


def test_no_pixel_is_in_two_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Photographs whose colours tell where a pixel is: which photograph, which row and column."""
    places = torch.cartesian_prod(torch.arange(2), torch.arange(427), torch.arange(640))
    photographs = places.view(2, 427, 640, 3).permute(0, 3, 1, 2) / 640
    monkeypatch.setattr(datasets, "read_folder", lambda *_: list(photographs))
    seen = {}
    for part in ("train", "val", "test"):
        _, targets = whole(Config(), part)
        number, row, column = (targets * 640).round().int().unbind(1)
        pixels = ((number * 427 + row) * 640 + column).flatten()
        seen[part] = set(pixels.tolist())
        assert number.unique().tolist() == [0, 1]
        if part != "train":
            assert len(seen[part]) == len(pixels)  # no crops that overlap
    assert not seen["train"] & seen["val"]
    assert not seen["train"] & seen["test"]
    assert not seen["val"] & seen["test"]


def test_the_parts_do_not_depend_on_the_seed() -> None:
    torch.manual_seed(1)
    first = load_datasets(Config(seed=1))
    torch.manual_seed(2)
    second = load_datasets(Config(seed=2))
    for name, dataset in first.items():
        for own, other in zip(dataset[:], second[name][:], strict=True):
            assert torch.equal(own, other)


@pytest.mark.parametrize(("scale", "expected"), [(2, 37.30), (3, 35.03), (4, 33.83)])
def test_bicubic_reaches_what_the_readme_says(scale: int, expected: float) -> None:
    config = Config(scale=scale)  # type: ignore[arg-type]
    inputs, targets = whole(config, "val")
    reached = psnr(Bicubic(scale)(inputs).clamp(0, 1), targets).mean().item()
    assert reached == pytest.approx(expected, abs=0.03)


LOW, HIGH = torch.rand(4, 3, 8, 10), torch.rand(4, 3, 16, 20)


@pytest.mark.parametrize(
    ("inputs", "targets", "problem"),
    [
        (LOW[0], HIGH, "inputs are (3, 8, 10) float32"),
        (LOW.double(), HIGH, "inputs are (4, 3, 8, 10) float64"),
        (torch.zeros(4, 3, 0, 10), HIGH, "inputs are (4, 3, 0, 10) float32: expected (N, C, h, w)"),
        (LOW + 1, HIGH, "expected (N, C, h, w) float32 in [0, 1]"),
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
def test_a_batch_that_cannot_be_learned_from_is_refused(
    inputs: Tensor, targets: Tensor, problem: str
) -> None:
    with pytest.raises(SystemExit) as left:
        check_batch(inputs, targets)
    assert problem in str(left.value)


def test_every_whole_scale_and_number_of_channels_is_let_pass() -> None:
    for scale, channels in [(1, 3), (2, 1), (5, 4)]:
        inputs = torch.rand(2, channels, 11, 13)
        check_batch(inputs, torch.rand(2, channels, 11 * scale, 13 * scale))


def test_all_that_is_wrong_with_a_batch_is_told() -> None:
    with pytest.raises(SystemExit) as left:
        check_batch(LOW + 1, HIGH[..., :10] + 1)
    assert len(str(left.value).splitlines()) == 3
