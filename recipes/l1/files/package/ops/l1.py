"""L1 norm of weights, as a penalty (Tibshirani, J. R. Statist. Soc. B 1996)."""

import torch
from torch import Tensor, nn


def l1_norm(model: nn.Module) -> Tensor:
    """Return the sum of the absolute values of a model's trainable weights, a scalar.

    Parameters with fewer than two dimensions do not count: biases, and the scales and shifts of
    normalization. The gradient of a weight is its sign, and 0 at 0.

    Raises:
        ValueError: The model has no such weight.
    """
    weights = [weight for weight in model.parameters() if weight.requires_grad and weight.ndim > 1]
    if not weights:
        raise ValueError(f"{type(model).__name__} has no weight that is trained and penalized")
    return torch.stack([weight.abs().sum() for weight in weights]).sum()
