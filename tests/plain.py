"""Training written out plainly: what the loop of a generated project must come to.

A few linear layers are trained by gradient descent with weight decay. Nothing here uses the
project's code, or PyTorch's optimizers, schedules, clipping or autocast. What a recipe changes is
in the ``reference.py`` of its folder, as plain as this. That module has

- ``VARIANTS``: the settings to train with, as fields of the project's ``Config``, by the name that
  they have in the tests. Most recipes have one variant, whose name is the recipe's.
- ``DRAWS = True`` if the recipe draws random numbers for each batch. It is then not compared in
  several processes, where each draws its own.
- ``PROCESSES = 2`` if it trains in several processes, each on a part of a larger batch.
- functions for the hooks that the recipe fills. ``run`` is the ``PlainRun``; a reference keeps what
  it must remember in attributes of it, and what ``metrics.jsonl`` must have with ``run.log``.

The hooks, in the order of time:

- ``batches_per_update(run) -> int``: how many batches make an update.
- ``started(run)``: before the first epoch.
- ``stops(run) -> bool``: before each epoch, whether training ends here.
- ``batch(run, inputs, targets) -> (inputs, targets)``: a batch; the targets are probabilities.
- ``mix(run, inputs, targets) -> (inputs, targets)``: the same; one ``mix`` is drawn for each batch.
- ``cast(run, tensor) -> tensor``: what a matrix product is computed from.
- ``loss(run, logits, targets) -> tensor``: the training loss of a batch, a scalar.
- ``penalty(run, weights) -> tensor``: a term that is added to it.
- ``gradients(run, gradients) -> gradients``: the gradients of an update, by name.
- ``rate(run, name) -> float``: the factor of the learning rate of a parameter in this update.
- ``decay(run, name) -> float``: the factor of the weight decay of a parameter.
- ``direction(run, name, gradient, decay) -> tensor``: where a weight descends, with its decay.
- ``updated(run)``: after an update.
- ``evaluated(run) -> weights``: the weights to evaluate.
- ``validated(run, score)``: after each epoch. The scores are ``SCORES``, whatever the weights.
"""

import itertools
import math
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from types import ModuleType, SimpleNamespace
from typing import Any

import torch
from torch import Tensor

PIXELS, HIDDEN, CLASSES = 64, 16, 10
LAYERS = 3
"""Linear layers; layer n has the parameters ``n.weight`` and ``n.bias``, the last is the head."""
SCORES = (0.5, 0.4, 0.5, 0.6)
"""Validation scores of the epochs: a worse one, one that equals the best, and a better one."""
BATCH_SIZE = 8
SAMPLES = {"train": 11 * BATCH_SIZE + 5, "val": 20, "test": 20}
"""The last samples of the training set do not fill a batch, and 3 batches do not divide 11."""

HOOKS = (
    "batches_per_update",
    "started",
    "stops",
    "batch",
    "mix",
    "cast",
    "loss",
    "penalty",
    "gradients",
    "rate",
    "decay",
    "direction",
    "updated",
    "evaluated",
    "validated",
)

Weights = dict[str, Tensor]


def first_weights() -> Weights:
    """Return the weights that both trainings start with."""
    generator = torch.Generator().manual_seed(1)
    sizes = [PIXELS] + [HIDDEN] * (LAYERS - 1) + [CLASSES]
    weights: Weights = {}
    for layer, (before, after) in enumerate(itertools.pairwise(sizes)):
        weights[f"{layer}.weight"] = torch.randn(after, before, generator=generator) / before**0.5
        weights[f"{layer}.bias"] = torch.randn(after, generator=generator) / 4
    return weights


def samples(split: str) -> tuple[Tensor, Tensor]:
    """Return images, (N, 1, 8, 8) float in [0, 1], and labels, (N,) int64 in [0, 9]."""
    generator = torch.Generator().manual_seed(len(split))
    labels = torch.randint(CLASSES, (SAMPLES[split],), generator=generator)
    images = torch.rand(len(labels), 1, 8, 8, generator=generator)
    return images, labels


class PlainRun(SimpleNamespace):
    """A training, and what it comes to.

    Attributes:
        settings: Fields of the project's ``Config``.
        layers: Number of the layers.
        labels: Of the training set, (N,) int64.
        weights: By name.
        epoch: Completed epochs.
        update: Completed updates.
        updates_per_epoch: Updates in an epoch.
        rates: The learning rate of each parameter, for each update.
        dtypes: Types of the logits.
        metrics: What ``metrics.jsonl`` must have: by name, a value for each epoch.
    """

    def __init__(self, settings: dict[str, Any], references: Sequence[ModuleType]) -> None:
        super().__init__(settings=settings, layers=LAYERS, weights=first_weights())
        self.references, self.labels = references, samples("train")[1]
        self.epoch, self.update = 0, 0
        self.batch_size = BATCH_SIZE * processes_of(references)
        self.batches_per_update = math.prod(self.call("batches_per_update"))
        self.batches = SAMPLES["train"] // self.batch_size
        self.updates_per_epoch = math.ceil(self.batches / self.batches_per_update)
        self.rates: list[dict[str, float]] = []
        self.metrics: dict[str, list[float]] = {}
        self.dtypes: set[str] = set()
        self.logged: dict[str, list[float]] = {}

    def log(self, name: str, value: float) -> None:
        """Let the mean of the values of an epoch be among its metrics."""
        self.logged.setdefault(name, []).append(value)

    def end_epoch(self) -> None:
        """Average what was logged."""
        for name, values in self.logged.items():
            self.metrics.setdefault(name, []).append(sum(values) / len(values))
        self.logged = {}
        self.epoch += 1

    def hooks(self, name: str) -> list[Callable[..., Any]]:
        """Return the functions that fill a hook, in the order of the recipes."""
        found = [getattr(reference, name, None) for reference in self.references]
        return [function for function in found if function]

    def call(self, name: str, *arguments: Any) -> list[Any]:
        """Call all functions that fill a hook."""
        return [function(self, *arguments) for function in self.hooks(name)]


def processes_of(references: Iterable[ModuleType]) -> int:
    """Return how many processes train together."""
    return max(getattr(reference, "PROCESSES", 1) for reference in references)


def train_plainly(
    settings: dict[str, Any],
    references: Sequence[ModuleType],
    orders: Sequence[Sequence[int]],
    seeds: Sequence[int],
) -> PlainRun:
    """Train by gradient descent, exactly as the papers say.

    Args:
        settings: Fields of the project's ``Config``.
        references: Of the recipes, in the order in which these fill a slot.
        orders: The order of the samples in each epoch.
        seeds: The seed of the random numbers of each epoch.
    """
    run = PlainRun(settings, references)
    run.call("started")
    while run.epoch < settings["epochs"] and not any(run.call("stops")):
        torch.manual_seed(seeds[run.epoch])
        random.seed(seeds[run.epoch])
        for batches in groups_of_batches(run, orders[run.epoch]):
            gradients = mean_gradients(run, batches)
            for function in run.hooks("gradients"):
                gradients = function(run, gradients)
            descend(run, gradients)
        (weights,) = run.call("evaluated") or [run.weights]
        run.log("val_loss", validation_loss(run, weights))
        run.call("validated", SCORES[run.epoch])
        run.end_epoch()
    return run


def groups_of_batches(run: PlainRun, order: Sequence[int]) -> Iterator[list[Sequence[int]]]:
    """Yield the batches of each update, as numbers of samples."""
    size = run.batch_size
    batches = [order[size * number : size * (number + 1)] for number in range(run.batches)]
    for first in range(0, len(batches), run.batches_per_update):
        yield batches[first : first + run.batches_per_update]


def mean_gradients(run: PlainRun, batches: Sequence[Sequence[int]]) -> Weights:
    """Return the mean of the gradients of some batches."""
    total = {name: torch.zeros_like(weight) for name, weight in run.weights.items()}
    for batch in batches:
        leaves = {name: weight.clone().requires_grad_() for name, weight in run.weights.items()}
        inputs, targets = prepared(run, batch)
        logits = logits_of(run, leaves, inputs)
        (loss,) = run.call("loss", logits, targets) or [cross_entropy(logits, targets)]
        loss = loss + sum(run.call("penalty", leaves))
        run.log("train_loss", loss.item())
        gradients = torch.autograd.grad(loss, list(leaves.values()))
        for name, gradient in zip(leaves, gradients, strict=True):
            total[name] += gradient / len(batches)
    return total


def prepared(run: PlainRun, batch: Sequence[int]) -> tuple[Tensor, Tensor]:
    """Return inputs and targets of a batch, as the recipes change them."""
    images, labels = samples("train")
    inputs, targets = images[batch], torch.eye(CLASSES)[labels[batch]]
    for function in run.hooks("batch"):
        inputs, targets = function(run, inputs, targets)
    if ways := run.hooks("mix"):
        way = random.choice(ways) if len(ways) > 1 else ways[0]
        inputs, targets = way(run, inputs, targets)
    return inputs, targets


def logits_of(run: PlainRun, weights: Weights, inputs: Tensor) -> Tensor:
    """Return what the linear layers make of images, in 32 bits."""

    def cast(tensor: Tensor) -> Tensor:
        for function in run.hooks("cast"):
            tensor = function(run, tensor)
        return tensor

    features = inputs.flatten(1)
    for layer in range(LAYERS):
        weight, bias = cast(weights[f"{layer}.weight"]), cast(weights[f"{layer}.bias"])
        features = cast(features) @ weight.T + bias
    run.dtypes.add(str(features.dtype))
    return features.float()


def cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the mean cross-entropy of a batch."""
    log_probabilities = logits - logits.logsumexp(1, keepdim=True)
    return -(targets * log_probabilities).sum(1).mean()


def validation_loss(run: PlainRun, weights: Weights) -> float:
    """Return the mean cross-entropy over the validation set."""
    images, labels = samples("val")
    return cross_entropy(logits_of(run, weights, images), torch.eye(CLASSES)[labels]).item()


def descend(run: PlainRun, gradients: Weights) -> None:
    """Make an update by gradient descent with weight decay."""
    rates = {name: run.settings["lr"] * math.prod(run.call("rate", name)) for name in run.weights}
    for name, weight in run.weights.items():
        decay = run.settings["weight_decay"] * math.prod(run.call("decay", name))
        (along,) = run.call("direction", name, gradients[name], decay) or [
            gradients[name] + decay * weight
        ]
        run.weights[name] = weight - rates[name] * along
    run.rates.append(rates)
    run.update += 1
    run.call("updated")
