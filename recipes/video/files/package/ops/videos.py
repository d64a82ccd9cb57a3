"""Videos, read frame by frame and written (PyAV, which is FFmpeg)."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path

import av
import torch
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream
from torch import Tensor

SUFFIXES = (".avi", ".mkv", ".mov", ".mp4", ".webm")


@contextmanager
def opened(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Open a file and its first video stream.

    Raises:
        ValueError: It cannot be opened, or holds no video that can be decoded; says the file.
    """
    try:
        container = av.open(path, metadata_errors="ignore")
    except (av.FFmpegError, OSError) as error:
        raise ValueError(f"{path}: {error.strerror}") from error
    with container:
        streams = [stream for stream in container.streams.video if stream.codec_context]
        if not streams:
            raise ValueError(f"{path}: there is no video in it that can be decoded")
        stream = streams[0]
        stream.codec_context.thread_count = 1  # files are read in parallel, by processes
        yield container, stream


def count_frames(path: Path) -> int:
    """Return the number of frames of a video: its packets are counted, the first is decoded.

    Of a file that breaks off, what is there counts.

    Raises:
        ValueError: The file cannot be opened, or none of it can be decoded; says the file.
    """
    packets, decoded = 0, False
    with opened(path) as (container, stream), suppress(av.FFmpegError):
        for packet in container.demux(stream):
            packets += packet.size > 0  # the last one is empty
            if not decoded:
                with suppress(av.FFmpegError):
                    decoded = bool(stream.decode(packet))
    if not decoded:
        raise ValueError(f"{path}: none of its frames can be decoded")
    return packets


def shown_frames(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """Yield the frames of a video in the order in which they are shown, without an end.

    In the place of a frame that cannot be decoded, and after the last, is the one before it. There
    is nothing at all if none can be decoded.
    """
    frame = None
    with suppress(av.FFmpegError):  # the file breaks off
        for packet in container.demux(stream):
            try:
                frames = stream.decode(packet)
            except av.FFmpegError:
                frames = [] if frame is None else [frame]
            for frame in frames:
                yield frame
    while frame is not None:
        yield frame


def read_frames(path: Path, numbers: Sequence[int], size: int) -> Tensor:
    """Read frames of a video, decoding it up to the last of them and no further.

    Args:
        path: Of the file.
        numbers: Of the frames, from 0 on, in the order in which they are shown; one that is not
            there or cannot be decoded is replaced by the nearest one before it.
        size: Height and width that frames are scaled to, in pixels.

    Returns:
        (len(numbers), 3, size, size) uint8, red, green and blue.

    Raises:
        ValueError: The file cannot be opened, or none of it can be decoded; says the file.
    """
    scaler = VideoReformatter()  # keeps from frame to frame what it has worked out

    def picture(frame: VideoFrame) -> Tensor:
        scaled = scaler.reformat(frame, size, size, "rgb24", threads=1)
        return torch.from_numpy(scaled.to_ndarray())

    with opened(path) as (container, stream):
        shown = enumerate(islice(shown_frames(container, stream), max(numbers) + 1))
        pictures = {number: picture(frame) for number, frame in shown if number in numbers}
    if not pictures:
        raise ValueError(f"{path}: none of its frames can be decoded")
    return torch.stack([pictures[number] for number in numbers]).permute(0, 3, 1, 2)


def write_video(path: Path, frames: Tensor, rate: int = 12) -> None:
    """Encode frames as MPEG-4, which every FFmpeg can; the same frames give the same bytes.

    Args:
        path: Of the file; its suffix says the container.
        frames: (T, 3, H, W) uint8.
        rate: Frames a second.
    """
    with av.open(path, "w", options={"fflags": "+bitexact"}) as container:
        quality = {"flags": "+qscale", "global_quality": "236"}  # 2 of 31, the best
        stream = container.add_stream("mpeg4", rate, quality)
        stream.height, stream.width = frames.shape[2:]
        stream.pix_fmt = "yuv420p"
        stream.codec_context.thread_count = 1
        for pixels in frames.permute(0, 2, 3, 1).contiguous().numpy():
            container.mux(stream.encode(VideoFrame.from_ndarray(pixels)))
        container.mux(stream.encode())
