{% from "composition/slots.jinja" import imports, filled, slot with context %}
"""The loss that is differentiated. Write your own here."""

{% call imports("losses") %}
import torch.nn.functional as F
from torch import Tensor
{% if filled("train.soft_targets") %}
from .datasets import CLASSES
{% endif %}
{% endcall %}



def loss_function(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the mean cross-entropy over a batch.

    Args:
        logits: (N, classes) float.
        targets: (N,) int64, numbers of classes, or (N, classes) float, probabilities of classes.
    """
    return F.cross_entropy(logits, targets)
{% if filled("train.soft_targets") %}


def one_hot(targets: Tensor) -> Tensor:
    """Turn numbers of classes, (N,) int64, into probabilities, (N, classes) float."""
    return F.one_hot(targets, len(CLASSES)).float()
{% endif %}
