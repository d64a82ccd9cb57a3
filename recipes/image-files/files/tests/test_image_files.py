{% from "composition/slots.jinja" import imports with context %}
"""Image files of every kind, read pixel by pixel."""

{% call imports("test_image_files") %}
from pathlib import Path
from typing import Any
import numpy as np
import pytest
import torch
from PIL import Image
from {{ package }}.image_files import find_images, fit, look_at, read_image, to_tensor
{% endcall %}



def write(path: Path, image: Image.Image, **options: Any) -> Path:
    """Write an image file, in a folder that need not exist."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, **options)
    return path


def test_images_are_found_by_their_suffix_in_folders_that_are_not_hidden(tmp_path: Path) -> None:
    names = ["b/c.JPG", "a.png", "ü.webp", ".hidden/d.png", "b/.e.png", "notes.txt"]
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = [path.relative_to(tmp_path).as_posix() for path in find_images(tmp_path)]
    assert found == ["a.png", "b/c.JPG", "ü.webp"]


def test_what_is_not_an_image_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_text("not an image")
    assert look_at(path).problem.startswith(f"{path} cannot be read as an image: ")


def test_a_file_that_breaks_after_it_was_looked_at_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "a.png", Image.new("RGB", (40, 40)))
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(OSError, match=f"{path} cannot be read as an image: "):
        read_image(path, 3)


def test_an_image_is_cropped_at_the_center(tmp_path: Path) -> None:
    pixels = np.zeros((8, 24), np.uint8)
    pixels[:, 8:16] = 200
    found = to_tensor(fit(Image.fromarray(pixels), (8, 8)))
    torch.testing.assert_close(found, torch.full((1, 8, 8), 200 / 255))


def test_pixels_are_in_their_places(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)
    path = write(tmp_path / "a.png", Image.fromarray(pixels))
    found = to_tensor(read_image(path, 3))
    expected = torch.tensor(pixels / 255.0, dtype=torch.float32).permute(2, 0, 1)
    torch.testing.assert_close(found, expected)
    assert found.dtype == torch.float32


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK"])
@pytest.mark.parametrize("channels", [1, 3])
def test_every_mode_has_the_same_gray(mode: str, channels: int, tmp_path: Path) -> None:
    gray = 255 if mode == "1" else 51
    image = Image.new("RGB", (4, 2), (gray, gray, gray)).convert(mode)
    path = write(tmp_path / ("a.tif" if mode == "CMYK" else "a.png"), image)
    expected = torch.full((channels, 2, 4), gray / 255)
    torch.testing.assert_close(to_tensor(read_image(path, channels)), expected)


def test_a_palette_with_transparent_colors_is_read(tmp_path: Path) -> None:
    image = Image.new("P", (4, 2), 1)
    image.putpalette([0, 0, 0, 255, 0, 51])
    path = write(tmp_path / "a.png", image, transparency=b"\x00\x80")
    expected = torch.tensor([1.0, 0.0, 0.2]).view(3, 1, 1).expand(3, 2, 4)
    torch.testing.assert_close(to_tensor(read_image(path, 3)), expected)


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_16_bits_keep_their_range(suffix: str, tmp_path: Path) -> None:
    values = np.array([[0, 1000, 32768], [40000, 65000, 65535]], np.uint16)
    path = write(tmp_path / f"a.{suffix}", Image.fromarray(values))
    for channels in (1, 3):
        expected = torch.tensor(values / 65535.0, dtype=torch.float32).expand(channels, 2, 3)
        found = to_tensor(read_image(path, channels))
        torch.testing.assert_close(found, expected, rtol=0, atol=0.5 / 255 + 1e-6)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_photographs_are_upright(orientation: int, tmp_path: Path) -> None:
    upright = np.arange(6, dtype=np.uint8).reshape(2, 3) * 50
    flipped = {1: upright, 2: upright[:, ::-1], 3: upright[::-1, ::-1], 4: upright[::-1]}
    flipped |= {5: upright.T, 6: np.rot90(upright), 7: upright[::-1, ::-1].T}
    flipped |= {8: np.rot90(upright, -1)}
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = Image.fromarray(np.ascontiguousarray(flipped[orientation]))
    path = write(tmp_path / "a.png", stored, exif=exif)
    found = to_tensor(read_image(path, 1)).mul(255).round().byte()
    np.testing.assert_array_equal(found[0].numpy(), upright)
