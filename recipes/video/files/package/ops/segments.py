"""Which frames stand for a video: one of each of its equal parts."""

from itertools import pairwise


def segments_of(frames: int, segments: int) -> list[range]:
    """Cut the frames of a video into parts whose lengths differ by one at most.

    Args:
        frames: Number of frames, at least 1.
        segments: Number of parts, at least 1.

    Returns:
        The numbers of the frames of each part, which together are all frames, each once. A video
        of fewer frames than parts gives parts of one frame, and some frames to several of them.

    Raises:
        ValueError: A number is less than 1.
    """
    if frames < 1 or segments < 1:
        raise ValueError(f"{frames} frames in {segments} segments: expected at least 1 of each")
    starts = [part * frames // segments for part in range(segments + 1)]
    return [range(start, max(start + 1, end)) for start, end in pairwise(starts)]


def middle_frames(frames: int, segments: int) -> list[int]:
    """Return the number of the frame in the middle of each part, the later one of two."""
    return [part[len(part) // 2] for part in segments_of(frames, segments)]
