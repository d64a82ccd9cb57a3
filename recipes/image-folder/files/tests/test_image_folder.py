{% from "composition/slots.jinja" import imports with context %}
{% set crops, labelled = task == "super-resolution", task == "classification" %}
"""Images in folders: which are found and used, what is said of the others, and their pixels."""

{% call imports("test_image_folder") %}
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any
import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import default_collate
from {{ package }} import datasets
from {{ package }}.config import Config
from {{ package }}.datasets import check_batch, load_datasets
from {{ package }}.errors import UserError
from {{ package }}.image_folder import SPLITS, load_splits
{% if crops %}
from {{ package }}.image_files import read_image, to_tensor
{% endif %}
{% endcall %}


SIZE = 16
CLASSES = ("cat", "dog")


def image_of(color: tuple[int, int, int] = (255, 128, 0), size: int = 40) -> Image.Image:
    """Return noise around a color."""
    noise = np.random.default_rng(sum(color)).integers(-20, 20, (size, size, 3))
    return Image.fromarray((noise + color).clip(0, 255).astype(np.uint8))


def write(path: Path, image: Image.Image | None = None, **options: Any) -> Path:
    """Write an image file, in a folder that need not exist."""
    path.parent.mkdir(parents=True, exist_ok=True)
    (image or image_of()).save(path, **options)
    return path


def write_many(folder: Path, count: int = 20, classes: Iterable[str] = CLASSES) -> None:
    """Write so many images for each class."""
    for name in classes:
        for number in range(count):
            write(folder / name / f"{number:02}.png")


def load(folder: Path, **settings: Any) -> dict[str, list[str]]:
    """Return the files of each split, as paths in the folder."""
    splits, _ = load_splits(Config(data=folder, size=SIZE, **settings))
    return {
        name: [sample.path.relative_to(folder).as_posix() for sample in split.samples]  # type: ignore[attr-defined]
        for name, split in splits.items()
    }


def refusal(folder: Path, **settings: Any) -> list[str]:
    """Return the lines with which a folder is refused."""
    with pytest.raises(UserError) as error:
        load(folder, **settings)
    return str(error.value).splitlines()


def all_of(splits: dict[str, list[str]]) -> list[str]:
    return sorted(name for split in splits.values() for name in split)


# Splits


def test_splits_that_are_missing_are_taken_from_the_training_images(tmp_path: Path) -> None:
    write_many(tmp_path, 20)
    splits = load(tmp_path)
    assert {name: len(split) for name, split in splits.items()} == {
        "train": 28,
        "val": 6,
        "test": 6,
    }
    every = [f"{name}/{number:02}.png" for name in CLASSES for number in range(20)]
    assert all_of(splits) == every  # each in one split


def test_the_split_is_the_same_in_every_run_and_place(tmp_path: Path) -> None:
    for place in ("here", "elsewhere"):
        write_many(tmp_path / place)
    assert load(tmp_path / "here", seed=0) == load(tmp_path / "elsewhere", seed=1)
{% if labelled %}


def test_every_split_has_the_same_share_of_each_class(tmp_path: Path) -> None:
    write_many(tmp_path, 40, ["cat"])
    write_many(tmp_path, 10, ["dog"])
    splits = load(tmp_path)
    counts = {
        name: [sum(path.startswith(label) for path in split) for label in CLASSES]
        for name, split in splits.items()
    }
    assert counts == {"train": [28, 6], "val": [6, 2], "test": [6, 2]}


def test_images_of_another_class_leave_the_split_as_it_is(tmp_path: Path) -> None:
    write_many(tmp_path)
    before = load(tmp_path)
    write_many(tmp_path, 7, ["bird"])
    after = load(tmp_path)
    for name in SPLITS:
        assert [path for path in after[name] if not path.startswith("bird")] == before[name]
{% endif %}


@pytest.mark.parametrize("given", [("train", "val"), ("train", "test"), SPLITS])
def test_splits_in_folders_of_their_own_are_kept(given: tuple[str, ...], tmp_path: Path) -> None:
    for name in given:
        write_many(tmp_path / name, 10)
    splits = load(tmp_path)
    for name in SPLITS:
        assert splits[name]
        origin = name if name in given else "train"
        assert all(path.startswith(f"{origin}/") for path in splits[name])
    assert len(all_of(splits)) == len(set(all_of(splits))) == 20 * len(given)


# Files that are found


def test_all_images_are_found_and_nothing_else(tmp_path: Path) -> None:
    names = ["a.JPG", "b.png", "c.Jpeg", "d.webp", "e.bmp", "f.gif", "g.tif", "nested/deep/h.png"]
    names += ["名前 é.png", "kätzchen/ü.jpg"]
    hidden = [".hidden.png", "._a.JPG", ".thumbnails/a.png"]
    for label in CLASSES:
        for name in names + hidden:
            write(tmp_path / label / name)
        (tmp_path / label / "notes.txt").write_text("not an image")
        (tmp_path / label / "folder.png").mkdir()
    write(tmp_path / ".cache/a.png")
    assert all_of(load(tmp_path)) == sorted(f"{label}/{n}" for label in CLASSES for n in names)
{% if labelled %}


def test_classes_are_in_sorted_order(tmp_path: Path) -> None:
    names = ["Zebra", "ant", "10", "9", "ñandú"]
    write_many(tmp_path, 3, names)
    splits, info = load_splits(Config(data=tmp_path, size=SIZE))
    assert info.classes == ("10", "9", "Zebra", "ant", "ñandú")
    for split in splits.values():
        for (path, label), (_, target) in zip(split.samples, split, strict=True):  # type: ignore[attr-defined, call-overload]
            assert info.classes[label] == path.parent.name
            assert target.item() == label
{% endif %}


# What is refused


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    folder = tmp_path / "none"
    assert refusal(folder) == [
        f"--data {folder} is not a folder: expected the folder of your images"
    ]
{% if labelled %}


@pytest.mark.parametrize("classes", [[], ["cat"]])
def test_fewer_than_two_classes_are_refused(classes: list[str], tmp_path: Path) -> None:
    write_many(tmp_path, 3, classes)
    write(tmp_path / ".git/a.png")
    found = "0 folders" if not classes else "1 folder"
    expected = "expected one for each class, and at least two"
    assert refusal(tmp_path) == [f"{tmp_path} has {found}: {expected}"]


def test_all_classes_with_too_few_images_are_named(tmp_path: Path) -> None:
    write_many(tmp_path, 3)
    write_many(tmp_path, 2, ["bird"])
    (tmp_path / "fish").mkdir()
    (tmp_path / "fish/notes.txt").write_text("not an image")
    bird, fish = refusal(tmp_path)
    assert bird.startswith(f"{tmp_path}/bird has 2 usable images (")
    assert fish.startswith(f"{tmp_path}/fish has 0 usable images (")
    assert ".jpg" in fish
    assert fish.endswith("): expected at least 3")


def test_classes_that_only_other_splits_have_are_named(tmp_path: Path) -> None:
    write_many(tmp_path / "train", 3)
    write_many(tmp_path / "val", 3, ["bird", "cat"])
    write_many(tmp_path / "test", 3, ["dog", "fish"])
    expected = "is not a class of the training images: cat, dog"
    assert refusal(tmp_path) == [
        f"{tmp_path}/val/bird {expected}",
        f"{tmp_path}/test/fish {expected}",
    ]
{% else %}


def test_a_folder_with_too_few_images_is_named(tmp_path: Path) -> None:
    write(tmp_path / "a.png")
    write(tmp_path / "b.png")
    (line,) = refusal(tmp_path)
    assert line.startswith(f"{tmp_path} has 2 usable images (")
    assert line.endswith("): expected at least 3")
{% endif %}


def test_a_split_without_usable_images_is_named(tmp_path: Path) -> None:
    write_many(tmp_path / "train", 3)
    write_many(tmp_path / "val", 3)
    (tmp_path / "test/cat").mkdir(parents=True)
    (tmp_path / "test/cat/a.png").write_text("not an image")
    assert refusal(tmp_path) == [f"{tmp_path}/test has 0 usable images: expected at least 1"]


# Files that cannot be used


def encoded(kind: str, size: int) -> bytes:
    file = io.BytesIO()
    image_of(size=size).save(file, kind)
    return file.getvalue()


def broken_files() -> dict[str, bytes]:
    """Return files that are not whole images, by name."""
    files = {"empty.png": b"", "empty.jpg": b"", "text.jpg": b"not an image"}
    for kind, suffix in [("JPEG", "jpg"), ("PNG", "png"), ("GIF", "gif"), ("WEBP", "webp")]:
        for size in (40, 400):
            whole = encoded(kind, size)
            files[f"half{size}.{suffix}"] = whole[: len(whole) // 2]
    files["almost.jpg"] = encoded("JPEG", 400)[:-40]
    files["almost.png"] = encoded("PNG", 400)[:-40]
    return files


def test_broken_files_are_named_and_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_many(tmp_path)
    whole = load(tmp_path)
    assert capsys.readouterr().err == ""
    broken = [tmp_path / "cat" / name for name in sorted(broken_files())]
    for path in broken:
        path.write_bytes(broken_files()[path.name])

    assert all_of(load(tmp_path)) == all_of(whole)
    *named, count = capsys.readouterr().err.splitlines()
    for path, line in zip(broken, named, strict=True):
        assert line.startswith(f"{path} cannot be read as an image: ")
    found = f"{len(broken)} of {40 + len(broken)} images left out"
    assert count == f"{found}; --strict refuses to start"


def test_strict_refuses_with_all_broken_files_at_once(tmp_path: Path) -> None:
    write_many(tmp_path)
    assert len(all_of(load(tmp_path, strict=True))) == 40
    for label in CLASSES:
        (tmp_path / label / "a.png").write_bytes(b"")
    first, second = refusal(tmp_path, strict=True)
    assert first.startswith(f"{tmp_path}/cat/a.png cannot be read as an image: ")
    assert second.startswith(f"{tmp_path}/dog/a.png cannot be read as an image: ")


def test_nothing_that_can_be_read_is_refused_with_the_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for label in CLASSES:
        (tmp_path / label).mkdir()
        (tmp_path / label / "a.png").write_bytes(b"")
    lines = refusal(tmp_path)
    assert all(" has 0 usable images (" in line for line in lines)
    assert f"{tmp_path}/dog/a.png cannot be read as an image: " in capsys.readouterr().err


def test_a_file_with_data_after_its_end_is_read(tmp_path: Path) -> None:
    write_many(tmp_path, 2)
    for label in CLASSES:
        path = tmp_path / label / "motion.jpg"
        path.write_bytes(encoded("JPEG", 40) + b"a video" * 1000)
    assert len(all_of(load(tmp_path, strict=True))) == 6


@pytest.mark.parametrize("mode", ["F", "I"])
def test_pixels_of_32_bits_are_refused(mode: str, tmp_path: Path) -> None:
    write_many(tmp_path, 3)
    path = write(tmp_path / "cat/a.tif", image_of().convert("L").convert(mode))
    expected = "expected 8 or 16 bits a channel"
    assert refusal(tmp_path, strict=True) == [f"{path} has pixels of mode {mode}: {expected}"]
{% if crops %}


def test_images_smaller_than_a_crop_are_named(tmp_path: Path) -> None:
    write_many(tmp_path, 3)
    low = write(tmp_path / "low.png", image_of().resize((40, SIZE - 1)))
    narrow = write(tmp_path / "narrow.png", image_of().resize((SIZE - 1, 40)))
    write(tmp_path / "right.png", image_of().resize((SIZE, SIZE)))
    assert refusal(tmp_path, strict=True) == [
        f"{low} is {SIZE - 1} x 40 pixels: expected at least --size {SIZE}",
        f"{narrow} is 40 x {SIZE - 1} pixels: expected at least --size {SIZE}",
    ]
{% endif %}


# Pixels


@pytest.mark.parametrize(("mode", "channels"), [("L", 1), ("I;16", 1), ("RGB", 3), ("P", 3)])
def test_one_image_in_color_gives_three_channels(mode: str, channels: int, tmp_path: Path) -> None:
    for number in range(12):
        write(tmp_path / CLASSES[number % 2] / f"{number}.png", image_of().convert("L"))
    image = Image.new("I;16", (40, 40)) if mode == "I;16" else image_of().convert(mode)
    write(tmp_path / "cat/other.png", image)
    splits, info = load_splits(Config(data=tmp_path, size=SIZE))
    assert info.channels == channels
    for name in ("val", "test"):
        assert splits[name][0][0].shape == (channels, SIZE, SIZE)
{% if crops %}


def test_crops_are_parts_of_their_image_and_the_same_in_every_epoch(tmp_path: Path) -> None:
    for number in range(3):
        write(tmp_path / f"{number}.png", image_of((number * 100, 0, 255), 40))
    split = load_splits(Config(data=tmp_path, size=SIZE))[0]["train"]
    image = to_tensor(read_image(split.samples[0].path, 3))  # type: ignore[attr-defined]
    windows = image.unfold(1, SIZE, 1).unfold(2, SIZE, 1).permute(1, 2, 0, 3, 4).flatten(0, 1)
    crops = [split[index][0] for index in range(len(split))]  # type: ignore[arg-type]
    for index, crop in enumerate(crops):
        assert (windows == crop).flatten(1).all(1).any()
        assert torch.equal(split[index][0], crop)
    assert len({crop.numpy().tobytes() for crop in crops}) > 1
{% else %}


@pytest.mark.parametrize(("height", "width"), [(32, 96), (96, 32)])
def test_images_are_cropped_at_the_center(height: int, width: int, tmp_path: Path) -> None:
    pixels = np.zeros((height, width), np.uint8)
    top, left = (height - 32) // 2, (width - 32) // 2
    pixels[top : top + 32, left : left + 32] = 200
    for number in range(6):
        write(tmp_path / CLASSES[number % 2] / f"{number}.png", Image.fromarray(pixels))
    splits, _ = load_splits(Config(data=tmp_path, size=SIZE))
    inside = splits["train"][0][0][:, 2:-2, 2:-2]  # bicubic blurs the outermost pixels
    torch.testing.assert_close(inside, torch.full_like(inside, 200 / 255))
{% endif %}


def test_the_task_accepts_a_batch_of_every_split(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_many(tmp_path, 6)
    monkeypatch.setattr(datasets, "load_splits", load_splits)  # not the one of the other tests
    splits, info = load_datasets(Config(data=tmp_path, size=SIZE))
    assert info.size == (SIZE, SIZE)
    for split in splits.values():
        inputs, targets = default_collate([split[index] for index in range(len(split))])  # type: ignore[arg-type]
        check_batch(inputs, targets, info)
