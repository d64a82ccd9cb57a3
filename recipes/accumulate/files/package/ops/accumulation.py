"""Gradient accumulation: which batches of an epoch make one update."""


def accumulation_group(batch: int, batches: int, size: int) -> tuple[int, bool]:
    """Return the size of the group that a batch is in, and whether it is the group's last batch.

    The loss divided by the first is the loss of the group as one large batch. The last group of
    an epoch holds what is left.

    Args:
        batch: Number of the batch in the epoch, from 0.
        batches: Batches in the epoch.
        size: Batches in a whole group, at least 1.
    """
    first = batch - batch % size
    last = min(first + size, batches) - 1
    return last - first + 1, batch == last
