{% from "composition/slots.jinja" import slot with context %}
"""Video files as samples: a few frames of each, and the number of its class."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.utils.data import Dataset

from .ops.segments import middle_frames
from .ops.videos import SUFFIXES, count_frames, read_frames


@dataclass(frozen=True)
class Clip:
    """A file that can be read, its number of frames and the number of its class."""

    path: Path
    frames: int
    label: int


class Clips(Dataset[tuple[Tensor, ...]]):
    """Clips that are read from their files each time, one frame of each segment.

    A sample is a clip, (segments, 3, size, size) float in [0, 1], and the number of its class,
    int64.
    """

    def __init__(self, clips: Sequence[Clip], segments: int, size: int) -> None:
        self.clips = clips
        self.segments = segments
        self.size = size

    def __len__(self) -> int:
        return len(self.clips)

    def __getitem__(self, index: int) -> tuple[Tensor, ...]:
        clip = self.clips[index]
        frames = read_frames(clip.path, self.chosen_frames(index), self.size)
        return frames.contiguous() / 255, torch.tensor(clip.label)

    def chosen_frames(self, index: int) -> list[int]:
        """Return the numbers of the frames that stand for a clip."""
        return middle_frames(self.clips[index].frames, self.segments)
    {{- slot("clips.members", 4, gap=1) }}


def find_classes(folder: Path) -> tuple[str, ...]:
    """Return the names of the folders of a split, sorted; none if the split is not there."""
    if not folder.is_dir():
        return ()
    names = (path.name for path in folder.iterdir() if path.is_dir())
    return tuple(sorted(name for name in names if not name.startswith(".")))


def find_clips(folder: Path, classes: Sequence[str], strict: bool) -> tuple[list[Clip], list[str]]:
    """Look at every video of a split, ``<folder>/<class>/<any name>.mp4``.

    Args:
        folder: Of the split.
        classes: Names of the folders in it; the place of a name is the number of the class.
        strict: Whether an unreadable file is a problem; otherwise it is left out, and named.

    Returns:
        The clips, in the order of the names of their files, so that the first of them are not
        all of one class, and what is wrong.
    """
    if not folder.is_dir():
        return [], [f"{folder} does not exist: expected a folder of videos for each class in it"]
    problems = [
        f"{folder / name} is not a class: the folders of train are {', '.join(classes)}"
        for name in find_classes(folder)
        if name not in classes
    ]
    clips, unreadable, files = [], [], 0
    for label, name in enumerate(classes):
        for path in sorted((folder / name).glob("[!.]*")):
            if path.suffix.lower() not in SUFFIXES:
                continue
            files += 1
            try:
                clips.append(Clip(path, count_frames(path), label))
            except ValueError as error:
                unreadable.append(str(error))
    if strict:
        problems += unreadable
    elif unreadable:
        said = f"{len(unreadable)} of {files} clips of {folder.name} left out"
        print("\n".join([*unreadable, said]), file=sys.stderr, flush=True)
    if not clips:
        problems.append(f"{folder} has no video that can be read: expected {', '.join(SUFFIXES)}")
    return sorted(clips, key=lambda clip: (clip.path.name, clip.label)), problems
