{% from "composition/slots.jinja" import imports with context %}
"""Photographs against scikit-learn's, crops against slices, and files that cannot be used."""

{% call imports("test_photographs") %}
import importlib.util
import itertools
from pathlib import Path
import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.datasets import load_sample_images  # type: ignore[import-untyped]
from {{ package }}.photographs import cut, read_folder, read_photograph, sample_folder
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


def test_a_folder_is_read_by_name_and_other_files_are_passed_over(tmp_path: Path) -> None:
    for name, width in [("b.JPG", 21), ("c.jpeg", 22), ("a.png", 20)]:
        write(tmp_path / name, 20, width)
    (tmp_path / "notes.txt").write_text("no photograph")
    found = read_folder(tmp_path, side=20)
    assert [photograph.shape for photograph in found] == [(3, 20, 20), (3, 20, 21), (3, 20, 22)]


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA"])
def test_every_kind_of_picture_becomes_red_green_and_blue(mode: str, tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    Image.new("RGB", (4, 2), (51, 51, 51)).convert(mode).save(path)
    torch.testing.assert_close(read_photograph(path), torch.full((3, 2, 4), 0.2))


def test_rows_columns_and_colours_are_in_their_places(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "picture.png")
    found = read_photograph(tmp_path / "picture.png")
    for row, column, colour in itertools.product(range(5), range(7), range(3)):
        assert found[colour, row, column].item() == pytest.approx(pixels[row, column, colour] / 255)


@pytest.mark.parametrize("content", [b"", b"no photograph", b"half"], ids=["empty", "text", "half"])
@pytest.mark.parametrize("ending", [".png", ".jpg"])
def test_a_file_that_cannot_be_read_is_named(content: bytes, ending: str, tmp_path: Path) -> None:
    path = write(tmp_path / f"picture{ending}", 200, 200)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2] if content == b"half" else content)
    with pytest.raises(SystemExit) as left:
        read_folder(tmp_path, side=20)
    assert str(left.value).startswith(f"{path} is no photograph that can be read: ")


def test_all_photographs_that_are_too_small_are_named(tmp_path: Path) -> None:
    low, narrow = write(tmp_path / "low.png", 19, 40), write(tmp_path / "narrow.png", 40, 19)
    write(tmp_path / "right.png", 20, 20)
    with pytest.raises(SystemExit) as left:
        read_folder(tmp_path, side=20)
    assert str(left.value).splitlines() == [
        f"{low} is 19 x 40 pixels: expected at least 20 x 20",
        f"{narrow} is 40 x 19 pixels: expected at least 20 x 20",
    ]


def test_a_folder_without_photographs_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no photograph")
    with pytest.raises(SystemExit) as left:
        read_folder(tmp_path, side=20)
    ends = ".jpg .jpeg .png"
    assert str(left.value) == f"{tmp_path} holds no photograph: expected files that end in {ends}"
    with pytest.raises(SystemExit) as left:
        read_folder(tmp_path / "none", side=20)
    assert str(left.value) == f"{tmp_path / 'none'} is no folder: expected one of photographs"


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


def test_missing_scikit_learn_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(ModuleNotFoundError, match="pip install scikit-learn"):
        sample_folder()
