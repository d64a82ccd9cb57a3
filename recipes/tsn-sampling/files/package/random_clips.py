"""Clips of which other frames are read in each epoch."""

import torch
from torch.utils.data import get_worker_info

from .clips import Clips
from .ops.seeding import derive_seed
from .ops.tsn_sampling import random_frames


class RandomClips(Clips):
    """Clips of which a random frame of each segment is read.

    It depends on the epoch and on the clip alone, not on what was read before: an epoch that is
    resumed goes on with the same frames.
    """

    def chosen_frames(self, index: int) -> list[int]:
        """Return the numbers of the frames that stand for a clip in this epoch."""
        seed = derive_seed(epoch_seed(), index)
        return random_frames(self.clips[index].frames, self.segments, seed)


def epoch_seed() -> int:
    """Return the seed that this epoch began with, the same one in all processes that load data."""
    worker = get_worker_info()
    return torch.initial_seed() if worker is None else worker.seed - worker.id
