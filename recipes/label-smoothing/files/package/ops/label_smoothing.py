"""Label smoothing (Szegedy et al., CVPR 2016, arXiv:1512.00567, section 7)."""

from typing import Literal

from torch import Tensor


def smooth_labels(targets: Tensor, smoothing: float, over: Literal["all", "others"]) -> Tensor:
    """Take ``smoothing`` of each label's probability and share it out evenly.

    Args:
        targets: (N, classes) float, probabilities of classes.
        smoothing: Share that is taken, in [0, 1).
        over: ``all`` classes share it, the label too, as in ``torch.nn.CrossEntropyLoss``; or the
            ``others``, so that a label keeps exactly ``1 - smoothing``.

    Returns:
        (N, classes) float; each row still sums to 1.
    """
    classes = targets.shape[1]
    kept = targets * (1 - smoothing)
    if over == "all":
        return kept + smoothing / classes
    others: Tensor = 1 - targets
    return kept + others * smoothing / (classes - 1)
