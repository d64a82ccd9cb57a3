{% from "composition/slots.jinja" import expression with context %}
"""A few samples to draw and to log."""

from torch import Tensor

from .loaders import EvaluationLoader, to_device

COUNT = {{ expression("examples.count", "8") }}


def read_examples(loader: EvaluationLoader) -> tuple[Tensor, Tensor]:
    """Return the first samples of a data set, on the device: inputs and targets."""
    indices = list(range(min(COUNT, loader.samples)))
    return next(to_device([loader.batches[indices]], loader.device))
