{% from "composition/slots.jinja" import imports with context %}
"""Videos that are encoded here, frame by frame, and read back."""

{% call imports("test_videos") %}
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any
import av
import numpy as np
import pytest
import torch
from av.video.frame import PictureType, VideoFrame
from torch import Tensor
from {{ package }}.ops import videos
from {{ package }}.ops.videos import count_frames, read_frames, write_video
{% endcall %}


FRAMES = 24


def greys(frames: int = FRAMES, height: int = 16, width: int = 16) -> Tensor:
    """Return frames that are grey all over, each one 8 steps brighter than the one before."""
    shades = 20 + 8 * torch.arange(frames, dtype=torch.uint8)
    return shades.view(-1, 1, 1, 1).repeat(1, 3, height, width)


def numbers_of(frames: Tensor) -> list[int]:
    """Return the numbers of frames of ``greys``; all pixels of one agree."""
    assert frames.dtype == torch.uint8
    assert int((frames.amax((1, 2, 3)) - frames.amin((1, 2, 3))).max()) <= 6
    return [round((shade - 20) / 8) for shade in frames.float().mean((1, 2, 3)).tolist()]


def encode(path: Path, frames: Tensor, codec: str, pix_fmt: str, b_frames: int) -> None:
    with av.open(path, "w") as container:
        quality = {"flags": "+qscale", "global_quality": "236"}
        kinds = {"bf": str(b_frames), "b_strategy": "0", "sc_threshold": "0"}
        stream = container.add_stream(codec, 25, kinds | quality)
        assert isinstance(stream, av.VideoStream)
        stream.height, stream.width = frames.shape[2:]
        stream.pix_fmt = pix_fmt
        for pixels in frames.permute(0, 2, 3, 1).contiguous().numpy():
            container.mux(stream.encode(VideoFrame.from_ndarray(pixels)))
        container.mux(stream.encode())


def sound(path: Path) -> None:
    """Write half a second of silence."""
    with av.open(path, "w") as container:
        stream = container.add_stream("aac", 8000, layout="mono")
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 4000), np.float32), "fltp", "mono")
        silence.sample_rate, silence.pts, silence.time_base = 8000, 0, Fraction(1, 8000)
        container.mux(stream.encode(silence))
        container.mux(stream.encode())


def packets_of(path: Path) -> list[bytes]:
    """Return the bytes of each frame in a file."""
    with av.open(path) as container:
        return [bytes(packet) for packet in container.demux() if packet.size]


def wipe(path: Path, numbers: Sequence[int]) -> None:
    """Overwrite some frames of a file with zeros."""
    packets, content = packets_of(path), path.read_bytes()
    for number in numbers:
        assert content.count(packets[number]) == 1
        content = content.replace(packets[number], bytes(len(packets[number])))
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("suffix", "codec", "pix_fmt", "b_frames"),
    [
        (".mp4", "mpeg4", "yuv420p", 0),
        (".avi", "mpeg4", "yuv420p", 0),
        (".mkv", "mpeg4", "yuv420p", 2),
        (".mov", "libx264", "yuv420p", 3),
        (".mp4", "libx264", "yuv444p", 0),
        (".avi", "mjpeg", "yuvj420p", 0),
    ],
)
def test_frames_are_found_by_their_numbers(
    suffix: str, codec: str, pix_fmt: str, b_frames: int, tmp_path: Path
) -> None:
    if codec not in av.codecs_available:
        pytest.skip(f"this FFmpeg does not encode with {codec}")
    path = tmp_path / f"greys{suffix}"
    encode(path, greys(), codec, pix_fmt, b_frames)
    with av.open(path) as container:
        kinds = {frame.pict_type for frame in container.decode(video=0)}
    assert (PictureType.B in kinds) == bool(b_frames)

    assert count_frames(path) == FRAMES
    assert numbers_of(read_frames(path, range(FRAMES), 16)) == list(range(FRAMES))
    for number in range(FRAMES):
        assert numbers_of(read_frames(path, [number], 16)) == [number]
    assert numbers_of(read_frames(path, [23, 0, 7, 7, 8], 16)) == [23, 0, 7, 7, 8]


def test_a_number_after_the_end_is_that_of_the_last_frame(tmp_path: Path) -> None:
    path = tmp_path / "greys.mp4"
    write_video(path, greys(1))
    assert count_frames(path) == 1
    assert numbers_of(read_frames(path, [0, 1, 30], 16)) == [0, 0, 0]


def test_nothing_is_decoded_that_is_not_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = []
    shown = videos.shown_frames

    def counted(*arguments: Any) -> Any:
        for frame in shown(*arguments):
            taken.append(frame)
            yield frame

    monkeypatch.setattr(videos, "shown_frames", counted)
    path = tmp_path / "greys.mp4"
    write_video(path, greys())
    read_frames(path, [3, 9, 6], 16)
    assert len(taken) == 10


@pytest.mark.parametrize(("height", "width"), [(15, 17), (16, 16), (31, 9), (64, 48)])
def test_a_frame_of_any_size_is_scaled_and_keeps_its_colours(
    height: int, width: int, tmp_path: Path
) -> None:
    image = torch.full((3, height, width), 40, dtype=torch.uint8)
    image[0, : height // 2] = 220  # red above
    image[2, :, width // 2 :] = 220  # blue on the right
    write_video(tmp_path / "corners.mp4", image.repeat(2, 1, 1, 1))

    (frame,) = read_frames(tmp_path / "corners.mp4", [1], 12)

    assert frame.shape == (3, 12, 12)
    corners = frame[:, [1, 1, -2, -2], [1, -2, 1, -2]].T.float()
    expected = torch.tensor([[220, 40, 40], [220, 40, 220], [40, 40, 40], [40, 40, 220]])
    torch.testing.assert_close(corners, expected.float(), rtol=0, atol=30)


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    torch.manual_seed(0)
    frames = torch.nn.functional.interpolate(torch.rand(6, 3, 4, 4), (32, 48)) * 255
    write_video(tmp_path / "smooth.mp4", frames.byte(), rate=25)
    with av.open(tmp_path / "smooth.mp4") as container:
        stream = container.streams.video[0]
        assert (stream.height, stream.width) == (32, 48)
        assert stream.average_rate == 25
        shown = [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]
    found = torch.from_numpy(np.stack(shown)).permute(0, 3, 1, 2)
    assert float((found.float() - frames).abs().mean()) < 8


def test_the_same_frames_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one.mp4", "other.mp4"):
        write_video(tmp_path / name, greys())
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "other.mp4").read_bytes()


def unreadable(folder: Path) -> dict[str, Path]:
    """Make a file of every kind that cannot be read."""
    whole = folder / "whole.mp4"
    write_video(whole, greys())
    (folder / "text.mp4").write_text("no video at all\n" * 100)
    (folder / "empty.mp4").touch()
    (folder / "half.mp4").write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    (folder / "folder.mp4").mkdir()
    sound(folder / "sound.mp4")
    (folder / "wiped.mp4").write_bytes(whole.read_bytes())
    wipe(folder / "wiped.mp4", range(FRAMES))
    write_video(folder / "whole.mkv", greys())
    content = (folder / "whole.mkv").read_bytes().replace(b"V_MPEG4/ISO", b"V_NEVER/ISO")
    (folder / "unknown.mp4").write_bytes(content)
    names = ("text", "empty", "half", "folder", "sound", "wiped", "unknown", "missing")
    return {name: folder / f"{name}.mp4" for name in names}


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("text", "Invalid data found when processing input"),
        ("empty", "Invalid data found when processing input"),
        ("half", ""),
        ("folder", "Is a directory"),
        ("sound", "there is no video in it that can be decoded"),
        ("wiped", "none of its frames can be decoded"),
        ("unknown", "there is no video in it that can be decoded"),
        ("missing", "No such file or directory"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(kind: str, reason: str, tmp_path: Path) -> None:
    path = unreadable(tmp_path)[kind]
    for read in (count_frames, lambda path: read_frames(path, [0], 16)):
        with pytest.raises(ValueError) as refused:
            read(path)
        assert str(refused.value).startswith(f"{path}: {reason}")


def test_in_place_of_a_frame_that_is_lost_is_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "greys.avi"
    encode(path, greys(), "mjpeg", "yuvj420p", b_frames=0)
    wipe(path, [5, 6, 23])
    expected = list(range(FRAMES))
    expected[5] = expected[6] = 4
    expected[23] = 22
    assert count_frames(path) == FRAMES
    assert numbers_of(read_frames(path, range(FRAMES), 16)) == expected


def test_of_a_file_that_breaks_off_the_part_that_is_there_is_read(tmp_path: Path) -> None:
    path = tmp_path / "greys.avi"
    encode(path, greys(), "mpeg4", "yuv420p", b_frames=0)
    content = path.read_bytes()
    path.write_bytes(content[: content.index(packets_of(path)[12])])
    assert count_frames(path) in (11, 12)
    assert numbers_of(read_frames(path, [3, 7, 10, FRAMES], 16))[:3] == [3, 7, 10]
