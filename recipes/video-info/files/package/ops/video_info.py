"""What a video file says of itself (PyAV)."""

from dataclasses import dataclass
from pathlib import Path

from .videos import count_frames, opened


@dataclass(frozen=True)
class VideoInfo:
    """Size, length and speed of a video."""

    height: int
    """Pixels."""
    width: int
    """Pixels."""
    frames: int
    """Number of frames; they are counted if the file does not say it."""
    rate: float | None
    """Frames a second, on average; None if the file does not say it."""

    @property
    def seconds(self) -> float | None:
        """Return how long the video is, None if its rate is unknown."""
        return self.frames / self.rate if self.rate else None


def read_video_info(path: Path) -> VideoInfo:
    """Return what a file says of its first video.

    Raises:
        ValueError: The file cannot be opened, or none of it can be decoded; says the file.
    """
    with opened(path) as (_, stream):
        height, width, frames = stream.height, stream.width, stream.frames
        rate = stream.average_rate or stream.guessed_rate
    return VideoInfo(height, width, frames or count_frames(path), float(rate) if rate else None)
