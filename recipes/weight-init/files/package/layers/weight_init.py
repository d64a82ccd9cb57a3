"""Initialization of weights (He et al., ICCV 2015; Glorot and Bengio, AISTATS 2010)."""

from torch import nn

CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
NORMS = (nn.GroupNorm, nn.LayerNorm, nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)


def init_weights(model: nn.Module) -> None:
    """Set the weights and biases of a model to random and constant values.

    Convolutions get normal weights of variance 2 / fan-out, where fan-out is the number of output
    channels of a group times the size of the kernel; transposed convolutions and other layers with
    weights keep theirs. Linear layers get uniform weights of variance 2 / (fan-in + fan-out).
    Biases of both get 0; normalization gets scales of 1 and shifts of 0.
    """
    for layer in model.modules():
        if isinstance(layer, CONVOLUTIONS):
            nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
        elif isinstance(layer, nn.Linear):
            nn.init.xavier_uniform_(layer.weight)
        elif isinstance(layer, NORMS) and layer.weight is not None:
            nn.init.ones_(layer.weight)
        else:
            continue
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
