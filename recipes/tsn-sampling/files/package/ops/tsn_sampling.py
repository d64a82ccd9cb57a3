"""Sparse sampling of videos (Wang et al., ECCV 2016, arXiv:1608.00859): a random frame a part."""

import random

from .segments import segments_of


def random_frames(frames: int, segments: int, seed: int) -> list[int]:
    """Return the number of one frame of each part of a video, each as likely as the others.

    Args:
        frames: Number of frames, at least 1.
        segments: Number of parts, at least 1; a video with fewer frames repeats some.
        seed: The same numbers come out for the same one.
    """
    generator = random.Random(seed)
    return [generator.choice(part) for part in segments_of(frames, segments)]
