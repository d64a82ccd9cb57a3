"""What goes on inside a network: outputs and gradients of its layers, recorded by hooks."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from matplotlib.figure import Figure
from torch import Tensor, nn


@dataclass
class Recording:
    """Outputs of layers, and the gradients with respect to them, by the name of the layer."""

    outputs: dict[str, Tensor] = field(default_factory=dict)
    gradients: dict[str, Tensor] = field(default_factory=dict)


@contextmanager
def recording(model: nn.Module, names: Sequence[str] | None = None) -> Iterator[Recording]:
    """Record layers in every forward and backward pass inside the context.

    All hooks are gone afterwards, whatever happens. Meanwhile no layer works in place, which would
    overwrite what is recorded. Gradients come in two ways: ``loss.backward()`` adds to those of the
    weights, and ``loss.backward(inputs=[inputs])``, with inputs that require one, does not.

    Args:
        model: Any network.
        names: Layers as ``named_modules`` calls them; if not given, see ``weighted_layers``.

    Raises:
        AttributeError: The model has no layer of such a name.
    """
    record = Recording()
    chosen = weighted_layers(model) if names is None else names
    layers = {name: model.get_submodule(name) for name in chosen}
    in_place = [layer for layer in model.modules() if getattr(layer, "inplace", False)]
    handles = []

    def keep(name: str, layer: nn.Module) -> None:
        def forward(_layer: nn.Module, _inputs: Any, output: Tensor) -> None:
            record.outputs[name] = output.detach()

        def backward(_layer: nn.Module, _to_inputs: Any, to_outputs: Any) -> None:
            record.gradients[name] = to_outputs[0].detach()

        handles.append(layer.register_forward_hook(forward))
        handles.append(layer.register_full_backward_hook(backward))

    try:
        for layer in in_place:
            layer.inplace = False  # type: ignore[assignment]
        for name, layer in layers.items():
            keep(name, layer)
        yield record
    finally:
        for handle in handles:
            handle.remove()
        for layer in in_place:
            layer.inplace = True  # type: ignore[assignment]


def weighted_layers(model: nn.Module) -> list[str]:
    """Return the names of all convolutions and linear layers, in their order in the model."""
    kinds = (nn.Conv2d, nn.ConvTranspose2d, nn.Linear)
    return [name for name, layer in model.named_modules() if isinstance(layer, kinds)]


def draw_layers(record: Recording, folder: Path, epoch: int) -> None:
    """Save ``features_<epoch>.png``, of the first image, and ``gradients_<epoch>.png``."""
    folder.mkdir(exist_ok=True)
    if any(output.ndim == 4 for output in record.outputs.values()):
        features(record).savefig(folder / f"features_{epoch:03}.png")
    gradient_flow(record).savefig(folder / f"gradients_{epoch:03}.png")


def features(record: Recording, channels: int = 8) -> Figure:
    """Draw the first channels of each feature map of the first image, a row a layer."""
    maps = {name: output[0].cpu() for name, output in record.outputs.items() if output.ndim == 4}
    figure = Figure(figsize=(channels, 1.3 * len(maps)), layout="constrained")
    axes = figure.subplots(len(maps), squeeze=False)[:, 0]
    for axis, (name, channel_maps) in zip(axes, maps.items(), strict=True):
        axis.set_title(name, loc="left", fontsize="small")
        axis.imshow(side_by_side(channel_maps[:channels]).numpy())
        axis.set_axis_off()
    return figure


def side_by_side(maps: Tensor) -> Tensor:
    """Scale maps, (K, H, W), to [0, 1] each and join them to (H, K * (W + 1)), NaN between them."""
    low, high = maps.amin((1, 2), keepdim=True), maps.amax((1, 2), keepdim=True)
    scaled = (maps - low) / (high - low).clamp(min=1e-12)
    return F.pad(scaled, (0, 1), value=torch.nan).transpose(0, 1).flatten(1)


def gradient_flow(record: Recording) -> Figure:
    """Draw the mean absolute gradient with respect to each layer's output."""
    means = {name: float(gradient.abs().mean()) for name, gradient in record.gradients.items()}
    names = [name for name in record.outputs if name in means]
    figure = Figure(figsize=(8, 1 + 0.3 * len(names)), layout="constrained")
    axis = figure.subplots()
    axis.barh(names, [means[name] for name in names])
    axis.invert_yaxis()
    axis.set_xscale("log" if any(means.values()) else "linear")
    axis.set(xlabel="mean absolute gradient of the loss", title="Gradient flow")
    return figure
