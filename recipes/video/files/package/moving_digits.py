"""The videos that the project starts with: handwritten digits that move over a small canvas."""

import tempfile
from pathlib import Path

import torch
from torch import Tensor

from .digits import split_digits
from .ops.videos import write_video

CANVAS = 10
LONGEST = 24
CLIPS = {"train": 1000, "val": 200, "test": 200}


def make_videos(folder: Path) -> None:
    """Write ``<split>/<digit>/<number>.mp4`` into a folder that is not there yet.

    No digit is in two splits, and the same files come out each time. The folder appears when all
    of it is done. Of two processes that make it at once, the first one's stays.
    """
    generator = torch.Generator().manual_seed(0)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".", dir=folder.parent) as temporary:
        made = Path(temporary) / folder.name
        for split, (digits, labels) in split_digits().items():
            for label in range(10):
                (made / split / str(label)).mkdir(parents=True)
            for number, label in enumerate(labels[: CLIPS[split]].tolist()):
                frames = animate(digits[number], generator)
                write_video(made / split / str(label) / f"{number:03}.mp4", frames)
        try:
            made.rename(folder)
        except OSError:
            if not folder.is_dir():
                raise


def animate(digit: Tensor, generator: torch.Generator) -> Tensor:
    """Move a digit, in a colour of its own, over noise, back from every edge that it meets.

    Args:
        digit: (1, 8, 8) float in [0, 1].
        generator: Draws length, colour, way and noise.

    Returns:
        (T, 3, CANVAS, CANVAS) uint8, with T in [2, LONGEST].
    """

    def uniform(*shape: int) -> Tensor:
        return torch.rand(shape, generator=generator)

    frames = int(torch.randint(2, LONGEST + 1, (), generator=generator))
    side = digit.shape[-1]
    room = CANVAS - side
    start, speed = uniform(2) * room, uniform(2) - 0.5  # pixels, and pixels a frame
    way = (start + speed * torch.arange(frames)[:, None]) % (2 * room)
    places = (room - (room - way).abs()).round().long().tolist()
    colour = 0.8 + 0.2 * uniform(3, 1, 1)
    canvas = 0.05 * uniform(frames, 1, CANVAS, CANVAS).repeat(1, 3, 1, 1)
    for picture, (top, left) in zip(canvas, places, strict=True):
        picture[:, top : top + side, left : left + side] += colour * digit
    return canvas.clamp(max=1).mul(255).byte()
