{% from "composition/slots.jinja" import imports with context %}
"""Photographs against scikit-learn's, crops against slices, and files that cannot be used."""

{% call imports("test_photographs") %}
import importlib.util
import itertools
from pathlib import Path
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from sklearn.datasets import load_sample_images  # type: ignore[import-untyped]
from torch import Tensor
from {{ package }} import photographs
from {{ package }}.config import Config
from {{ package }}.errors import UserError
from {{ package }}.models import build_model
from {{ package }}.networks.bicubic import Bicubic
from {{ package }}.ops.quality import psnr
from {{ package }}.ops.resizing import downscale
from {{ package }}.photographs import CROP, cut, load_splits, read_folder, read_photograph, sample_folder
{% endcall %}



def write(path: Path, height: int, width: int) -> Path:
    path.parent.mkdir(exist_ok=True)
    Image.new("RGB", (width, height), (0, 51, 255)).save(path)
    return path


def test_photographs_are_those_of_scikit_learn() -> None:
    found = read_folder(sample_folder(), side=427)
    expected = load_sample_images().images
    assert [photograph.shape for photograph in found] == [(3, 427, 640)] * 2
    for photograph, pixels in zip(found, expected, strict=True):
        np.testing.assert_array_equal((photograph * 255).round().permute(1, 2, 0), pixels)
        assert 0 <= photograph.min() <= photograph.max() <= 1


def test_a_folder_is_read_by_name_and_other_files_are_ignored(tmp_path: Path) -> None:
    for name, width in [("b.JPG", 21), ("c.jpeg", 22), ("a.png", 20)]:
        write(tmp_path / name, 20, width)
    (tmp_path / "notes.txt").write_text("not an image")
    found = read_folder(tmp_path, side=20)
    assert [photograph.shape for photograph in found] == [(3, 20, 20), (3, 20, 21), (3, 20, 22)]


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA"])
def test_every_image_mode_becomes_rgb(mode: str, tmp_path: Path) -> None:
    path = tmp_path / "image.png"
    Image.new("RGB", (4, 2), (51, 51, 51)).convert(mode).save(path)
    torch.testing.assert_close(read_photograph(path), torch.full((3, 2, 4), 0.2))


def test_rows_columns_and_channels_are_in_order(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "image.png")
    found = read_photograph(tmp_path / "image.png")
    for row, column, channel in itertools.product(range(5), range(7), range(3)):
        expected = pixels[row, column, channel] / 255
        assert found[channel, row, column].item() == pytest.approx(expected)


@pytest.mark.parametrize("content", [b"", b"not an image", b"half"], ids=["empty", "text", "half"])
@pytest.mark.parametrize("ending", [".png", ".jpg"])
def test_a_file_that_cannot_be_read_is_named(content: bytes, ending: str, tmp_path: Path) -> None:
    path = write(tmp_path / f"image{ending}", 200, 200)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] if content == b"half" else content)
    with pytest.raises(UserError) as error:
        read_folder(tmp_path, side=20)
    assert str(error.value).startswith(f"{path} cannot be read as an image: ")


def test_all_photographs_that_are_too_small_are_named(tmp_path: Path) -> None:
    low, narrow = write(tmp_path / "low.png", 19, 40), write(tmp_path / "narrow.png", 40, 19)
    write(tmp_path / "right.png", 20, 20)
    with pytest.raises(UserError) as error:
        read_folder(tmp_path, side=20)
    assert str(error.value).splitlines() == [
        f"{low} is 19 x 40 pixels: expected at least 20 x 20",
        f"{narrow} is 40 x 19 pixels: expected at least 20 x 20",
    ]


def test_a_folder_without_photographs_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not an image")
    with pytest.raises(UserError) as error:
        read_folder(tmp_path, side=20)
    ends = ".jpg .jpeg .png"
    assert str(error.value) == f"{tmp_path} has no photographs: expected files that end in {ends}"
    with pytest.raises(UserError) as error:
        read_folder(tmp_path / "none", side=20)
    missing = tmp_path / "none"
    assert str(error.value) == f"{missing} is not a folder: expected a folder of photographs"


@pytest.mark.parametrize(("side", "step"), [(4, 4), (4, 2), (5, 3), (9, 1)])
def test_crops_are_slices_of_the_photograph(side: int, step: int) -> None:
    photograph = torch.rand(3, 9, 14)
    expected = [
        photograph[:, top : top + side, left : left + side]
        for top in range(0, 9 - side + 1, step)
        for left in range(0, 14 - side + 1, step)
    ]
    assert torch.equal(cut(photograph, side, step), torch.stack(expected))


def test_a_photograph_smaller_than_a_crop_is_refused() -> None:
    with pytest.raises(ValueError, match="is 8 x 20 pixels: expected at least 9 x 9"):
        cut(torch.rand(3, 8, 20), side=9, step=9)


def whole(split: str) -> Tensor:
    """Return all crops of a split."""
    splits, _ = load_splits(Config())
    return torch.stack([splits[split][index][0] for index in range(len(splits[split]))])  # type: ignore[arg-type]


@pytest.mark.parametrize(("split", "count"), [("train", 704), ("val", 88), ("test", 88)])
def test_the_description_is_that_of_the_crops(split: str, count: int) -> None:
    _, info = load_splits(Config())
    assert whole(split).shape == (count, info.channels, *info.size) == (count, 3, CROP, CROP)
    assert info.classes == ()


def test_no_pixel_is_in_two_splits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The color of a pixel tells where it is: which photograph, which row and which column."""
    places = torch.cartesian_prod(torch.arange(2), torch.arange(427), torch.arange(640))
    placed = places.view(2, 427, 640, 3).permute(0, 3, 1, 2) / 640
    monkeypatch.setattr(photographs, "read_folder", lambda *_: list(placed))
    seen = {}
    for split in ("train", "val", "test"):
        number, row, column = (whole(split) * 640).round().int().unbind(1)
        pixels = ((number * 427 + row) * 640 + column).flatten()
        seen[split] = set(pixels.tolist())
        assert number.unique().tolist() == [0, 1]
        if split != "train":
            assert len(seen[split]) == len(pixels)  # crops do not overlap
    assert not seen["train"] & seen["val"]
    assert not seen["train"] & seen["test"]
    assert not seen["val"] & seen["test"]


@pytest.mark.parametrize(("scale", "expected"), [(2, 37.30), (3, 35.03), (4, 33.83)])
def test_bicubic_reaches_the_psnr_of_the_readme(scale: int, expected: float) -> None:
    crops = whole("val")
    enlarged = Bicubic(scale)(downscale(crops, scale)).clamp(0, 1)
    assert psnr(enlarged, crops).mean().item() == pytest.approx(expected, abs=0.03)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_regions_never_seen_are_enlarged_better_than_by_bicubic(scale: int) -> None:
    torch.manual_seed(0)
    _, info = load_splits(Config())
    model = build_model(Config(scale=scale), info)  # type: ignore[arg-type]
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.003)
    crops, unseen = whole("train"), whole("val")
    inputs, unseen_inputs = downscale(crops, scale), downscale(unseen, scale)
    for _ in range(100):
        some = torch.randint(len(inputs), (32,))
        F.l1_loss(model(inputs[some]), crops[some]).backward()
        optimizer.step()
        optimizer.zero_grad()
    with torch.no_grad():
        gain = psnr(model(unseen_inputs), unseen) - psnr(Bicubic(scale)(unseen_inputs), unseen)
    assert gain.mean() > 0.05


def test_missing_scikit_learn_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(ModuleNotFoundError, match="pip install scikit-learn"):
        sample_folder()
