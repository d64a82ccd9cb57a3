"""Checkpoints of earlier epochs, as links to files that were written anyway."""

import math
from pathlib import Path

from .checkpoint import link_checkpoint
from .config import Config


def kept_epochs(scores: dict[int, float], best: int, last: int, every: int) -> set[int]:
    """Return the epochs whose checkpoints are kept.

    Args:
        scores: Of each epoch; of two equal ones, the earlier epoch counts as the better. NaN is
            the lowest.
        best: How many of the highest scores are kept.
        last: How many of the last epochs are kept.
        every: Epochs between two that are kept in any case; 0 for none.
    """
    ranks = {n: math.inf if math.isnan(score) else -score for n, score in scores.items()}
    highest = sorted(scores, key=lambda epoch: (ranks[epoch], epoch))[:best]
    newest = sorted(scores, reverse=True)[:last]
    regular = [epoch for epoch in scores if every and epoch % every == 0]
    return {*highest, *newest, *regular}


def keep_checkpoint(run: Path, scores: dict[int, float], epoch: int, config: Config) -> None:
    """Keep ``last.pt``, which is of this epoch, if it counts, and remove what no longer does.

    Args:
        run: Folder of the run; the checkpoint of epoch 12 is kept as ``history/epoch_0012.pt``.
        scores: Of each epoch so far.
        epoch: The last one, counted from 1.
        config: How many are kept.
    """
    folder = run / "history"
    folder.mkdir(exist_ok=True)
    kept = kept_epochs(scores, config.keep_best, config.keep_last, config.keep_every)
    if epoch in kept:
        link_checkpoint(run / "last.pt", folder / f"epoch_{epoch:04}.pt")
    names = {f"epoch_{epoch:04}.pt" for epoch in kept}
    for path in folder.glob("epoch_*.pt"):
        if path.name not in names:
            path.unlink(missing_ok=True)  # in each process of a distributed run, or in one
