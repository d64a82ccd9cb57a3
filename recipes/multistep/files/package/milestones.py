"""Epochs at which a learning rate is reduced, as the command line gives them."""


def read_milestones(text: str, epochs: int) -> list[int]:
    """Return the epochs in a text such as ``30,60,80``.

    Args:
        text: Of whole numbers of at least 1 in ascending order; or ``auto``, for half and for three
            quarters of the epochs.
        epochs: Of the run.

    Raises:
        ValueError: The text is neither.
    """
    if text == "auto":
        both = {max(1, epochs // 2), max(1, epochs * 3 // 4)}
        return sorted(milestone for milestone in both if milestone < epochs)
    milestones = [int(part) for part in text.split(",")]
    if min(milestones) < 1 or sorted(set(milestones)) != milestones:
        raise ValueError
    return milestones


def milestone_problems(text: str, epochs: int) -> list[str]:
    """Return what is wrong with the milestones of a run."""
    try:
        milestones = read_milestones(text, epochs)
    except ValueError:
        return [f"--milestones is {text}: expected epochs in ascending order, such as 30,60,80"]
    if milestones and milestones[-1] >= epochs:
        return [f"--milestones is {text}: expected epochs below --epochs, which is {epochs}"]
    return []
