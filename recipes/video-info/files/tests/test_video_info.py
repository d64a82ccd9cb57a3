{% from "composition/slots.jinja" import imports with context %}
"""What is read from files, against what was encoded."""

{% call imports("test_video_info") %}
import runpy
import sys
from fractions import Fraction
from pathlib import Path
import av
import pytest
import torch
from {{ package }}.ops import video_info
from {{ package }}.ops.video_info import VideoInfo, read_video_info
from {{ package }}.ops.videos import write_video
{% endcall %}


SCRIPT = Path(video_info.__file__).parents[2] / "video_info.py"


def noise(frames: int, height: int, width: int) -> torch.Tensor:
    return torch.randint(256, (frames, 3, height, width), dtype=torch.uint8)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".avi", ".mov"])
@pytest.mark.parametrize(
    ("frames", "height", "width", "rate"), [(1, 16, 16, 12), (7, 15, 33, 25), (30, 48, 20, 30)]
)
def test_the_info_is_what_was_encoded(
    suffix: str, frames: int, height: int, width: int, rate: int, tmp_path: Path
) -> None:
    path = tmp_path / f"noise{suffix}"
    write_video(path, noise(frames, height, width), rate)
    info = read_video_info(path)
    assert (info.height, info.width, info.frames) == (height, width, frames)
    assert info.rate == pytest.approx(rate, rel=0.01)
    assert info.seconds == pytest.approx(frames / rate, rel=0.01)


def test_frames_are_counted_if_the_file_does_not_have_their_number(tmp_path: Path) -> None:
    path = tmp_path / "noise.mkv"
    write_video(path, noise(9, 16, 16))
    with av.open(path) as container:
        assert container.streams.video[0].frames == 0
    assert read_video_info(path).frames == 9


def test_a_rate_may_be_fractional(tmp_path: Path) -> None:
    path = tmp_path / "noise.mp4"
    with av.open(path, "w") as container:
        stream = container.add_stream("mpeg4", Fraction(30000, 1001))
        stream.height, stream.width, stream.pix_fmt = 16, 16, "yuv420p"
        for pixels in noise(5, 16, 16).permute(0, 2, 3, 1).contiguous().numpy():
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels)))
        container.mux(stream.encode())
    assert read_video_info(path).rate == pytest.approx(29.97, abs=0.01)


def test_without_a_rate_the_length_is_unknown() -> None:
    assert VideoInfo(8, 8, 10, None).seconds is None
    assert VideoInfo(8, 8, 10, 4.0).seconds == 2.5


def script(monkeypatch: pytest.MonkeyPatch, *paths: Path) -> str:
    """Run the script and return the message with which it exits."""
    monkeypatch.setattr(sys, "argv", [str(SCRIPT), *map(str, paths)])
    try:
        runpy.run_path(str(SCRIPT), run_name="__main__")
    except SystemExit as exited:
        return str(exited.code)
    return ""


def test_the_script_prints_a_line_for_each_file_and_names_unreadable_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_video(tmp_path / "one.mp4", noise(6, 16, 32))
    write_video(tmp_path / "two.mp4", noise(3, 24, 16), rate=25)
    (tmp_path / "text.mp4").write_text("not a video")

    assert script(monkeypatch, tmp_path / "one.mp4", tmp_path / "two.mp4") == ""
    header, *lines = capsys.readouterr().out.splitlines()
    assert header.split() == ["height", "width", "frames", "rate", "seconds", "file"]
    assert lines[0].split() == ["16", "32", "6", "12.00", "0.50", f"{tmp_path}/one.mp4"]
    assert lines[1].split() == ["24", "16", "3", "25.00", "0.12", f"{tmp_path}/two.mp4"]

    text = script(monkeypatch, tmp_path / "text.mp4", tmp_path / "one.mp4", tmp_path / "none.mp4")
    assert len(capsys.readouterr().out.splitlines()) == 2
    first, second = text.splitlines()
    assert first.startswith(f"{tmp_path}/text.mp4: Invalid data found")
    assert second.startswith(f"{tmp_path}/none.mp4: No such file")
