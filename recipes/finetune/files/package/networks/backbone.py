"""A pretrained network of timm with a new classifier."""

import difflib
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SMALLEST = 32
"""Pixels of the shorter side to which smaller images are enlarged: networks halve it five times."""


class Backbone(nn.Module):
    """A network of timm without its classifier.

    It normalizes images as for its pretraining. The statistics of its batch normalization never
    change: batches of a small data set would spoil them.

    Args:
        name: Name of the network, as ``timm.list_models`` has it.
        size: Height and width of the images in pixels.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, name: str, size: tuple[int, int]) -> None:
        super().__init__()
        import timm  # takes seconds

        fixed = timm.get_pretrained_cfg_value(name, "fixed_input_size")
        sizes: dict[str, Any] = {"img_size": size} if fixed else {}
        body: Any = timm.create_model(name, num_classes=0, **sizes)
        self.body: nn.Module = body
        self.out_features: int = body.head_hidden_size
        self.classifier_name: str = body.pretrained_cfg["classifier"]
        scale = SMALLEST / min(size)
        self.enlarged = [round(scale * side) for side in size] if scale > 1 else None
        for statistic in ("mean", "std"):
            values = torch.tensor(body.pretrained_cfg[statistic]).view(3, 1, 1)
            self.register_buffer(statistic, values, persistent=False)

    def forward(self, images: Tensor) -> Tensor:
        """Map images, (N, 1 or 3, H, W) float in [0, 1], to features, (N, out_features)."""
        if self.enlarged:
            images = F.interpolate(images, self.enlarged, mode="bilinear")
        features: Tensor = self.body((images.expand(-1, 3, -1, -1) - self.mean) / self.std)
        return features

    def train(self, mode: bool = True) -> "Backbone":
        """Set the mode of all layers but those of batch normalization, which only evaluate."""
        super().train(mode)
        for layer in self.modules():
            if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d | nn.BatchNorm3d):
                layer.eval()
        return self

    def stages(self) -> list[nn.Module]:
        """Return the parts of the network in order; together they have all its parameters."""
        parts: list[nn.Module] = []
        for part in self.body.children():
            parts += part.children() if isinstance(part, nn.Sequential) else [part]
        own = nn.ParameterList(self.body.parameters(recurse=False))
        return [part for part in (own, *parts) if any(True for _ in part.parameters())]


class BackboneClassifier(nn.Module):
    """A backbone and a linear classifier.

    Args:
        backbone: Maps images to features.
        num_classes: Number of classes.
    """

    def __init__(self, backbone: Backbone, num_classes: int) -> None:
        super().__init__()
        self.backbone = backbone
        self.classifier = nn.Linear(backbone.out_features, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        """Map images, (N, 1 or 3, H, W) float in [0, 1], to logits, (N, num_classes)."""
        logits: Tensor = self.classifier(self.backbone(images))
        return logits


def backbone_problems(name: str, weights: str) -> list[str]:
    """Return what is wrong with the name of a network and with where its weights come from."""
    import timm

    problems = []
    if not timm.is_model(name):
        near = difflib.get_close_matches(name, timm.list_models(), n=1, cutoff=0)
        expected = f"did you mean {', '.join(near)}?"
        problems.append(f"--backbone {name} is not a network of timm: {expected}")
    if weights not in ("auto", "hub", "none") and not Path(weights).expanduser().is_file():
        problems.append(f"--weights {weights} is not a file: expected one, or auto, hub or none")
    return problems


def backbones(model: nn.Module) -> list[Backbone]:
    """Return the backbones in a model."""
    return [module for module in model.modules() if isinstance(module, Backbone)]


def freeze_backbone(model: nn.Module, frozen: bool) -> bool:
    """Keep the weights of the backbones in a model as they are, or train them.

    Returns:
        Whether something has changed.
    """
    weights = [weight for backbone in backbones(model) for weight in backbone.parameters()]
    changed = any(weight.requires_grad == frozen for weight in weights)
    for weight in weights:
        weight.requires_grad_(not frozen)
        if frozen:
            weight.grad = None
    return changed
