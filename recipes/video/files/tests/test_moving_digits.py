{% from "composition/slots.jinja" import imports with context %}
"""The videos that are made: the same each time, all of them or none."""

{% call imports("test_moving_digits") %}
import runpy
import sys
from pathlib import Path
import pytest
import torch
from {{ package }} import moving_digits
from {{ package }}.digits import split_digits
from {{ package }}.moving_digits import CANVAS, LONGEST, animate, make_videos
from {{ package }}.ops.videos import count_frames, read_frames
{% endcall %}


SCRIPT = Path(moving_digits.__file__).parents[1] / "make_videos.py"


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moving_digits, "CLIPS", {"train": 20, "val": 10, "test": 5})


def contents(folder: Path) -> dict[str, bytes]:
    """Return the files below a folder, by their relative paths."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def test_a_digit_stays_whole_and_moves_without_jumps() -> None:
    generator = torch.Generator().manual_seed(0)
    lengths, moved = set(), 0
    for digit in split_digits()["val"][0][:50]:
        frames = animate(digit, generator)
        assert frames.dtype == torch.uint8
        assert frames.shape[1:] == (3, CANVAS, CANVAS)
        lengths.add(len(frames))
        # The place where the frame is most like the digit, and how much of it is there.
        windows = frames.float().mean(1).unfold(1, 8, 1).unfold(2, 8, 1) / 255
        scale = (windows * digit).sum((3, 4)) / digit.square().sum()
        errors = (windows - scale[..., None, None] * digit).square().mean((3, 4)).flatten(1)
        assert float(errors.amin(1).max()) < 0.002
        places = errors.argmin(1)
        assert float(scale.flatten(1).gather(1, places[:, None]).min()) > 0.75
        rows, columns = places // (CANVAS - 7), places % (CANVAS - 7)
        steps = torch.stack([rows.diff(), columns.diff()]).abs()
        assert int(steps.max()) <= 1
        moved += bool(steps.any())
    assert min(lengths) >= 2
    assert max(lengths) <= LONGEST
    assert len(lengths) > 10
    assert moved > 25


def test_a_digit_lies_in_the_folder_of_its_label_and_no_split_has_another_ones(
    tmp_path: Path,
) -> None:
    make_videos(tmp_path / "videos")
    for split, (digits, labels) in split_digits().items():
        paths = sorted((tmp_path / "videos" / split).glob("*/*"), key=lambda path: path.name)
        assert [int(path.parent.name) for path in paths] == labels[: len(paths)].tolist()
        assert len(paths) == moving_digits.CLIPS[split]
        for path, digit in zip(paths[:5], digits, strict=False):
            frame = read_frames(path, [0], CANVAS)[0].float().mean(0) / 255
            likeness = torch.nn.functional.conv2d(frame[None, None], digit[None])
            norms = torch.nn.functional.avg_pool2d(frame[None, None].square(), 8, 1) * 64
            cosine = likeness / (norms * digit.square().sum()).sqrt()
            assert float(cosine.max()) > 0.95
            assert 2 <= count_frames(path) <= LONGEST


def test_the_same_files_come_out_each_time(tmp_path: Path) -> None:
    for name in ("one", "other"):
        torch.rand(1)
        make_videos(tmp_path / name)
    assert len(contents(tmp_path / "one")) == 35
    assert contents(tmp_path / "one") == contents(tmp_path / "other")


def test_the_first_of_two_stays(tmp_path: Path) -> None:
    (tmp_path / "videos").mkdir()
    (tmp_path / "videos/there").touch()
    make_videos(tmp_path / "videos")
    assert list(tmp_path.rglob("*")) == [tmp_path / "videos", tmp_path / "videos/there"]


def test_one_that_is_interrupted_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = []

    def write(path: Path, _frames: torch.Tensor) -> None:
        written.append(path)
        path.touch()
        if len(written) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(moving_digits, "write_video", write)
    with pytest.raises(KeyboardInterrupt):
        make_videos(tmp_path / "new/videos")
    assert list((tmp_path / "new").iterdir()) == []


def test_the_script_makes_a_folder_and_overwrites_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "digits"
    monkeypatch.setattr(sys, "argv", [str(SCRIPT), "--folder", str(folder)])
    runpy.run_path(str(SCRIPT), run_name="__main__")
    assert len(contents(folder)) == 35
    assert capsys.readouterr().out == f"{folder}\n"
    with pytest.raises(SystemExit, match="digits exists: remove it, or name a new one"):
        runpy.run_path(str(SCRIPT), run_name="__main__")
