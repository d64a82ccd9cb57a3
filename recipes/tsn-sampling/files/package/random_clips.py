"""Clips of which other frames are read in each epoch."""

import torch

from .clips import Clips
from .ops.seeding import derive_seed
from .ops.tsn_sampling import random_frames


class RandomClips(Clips):
    """Clips of which a random frame of each segment is read.

    It depends on the seed that the epoch began with, which workers derive for each sample, and on
    the clip alone: an epoch that is resumed continues with the same frames.
    """

    def chosen_frames(self, index: int) -> list[int]:
        """Return the numbers of the frames that stand for a clip in this epoch."""
        seed = derive_seed(torch.initial_seed(), index)
        return random_frames(self.clips[index].frames, self.segments, seed)
