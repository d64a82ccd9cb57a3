"""What training with recipes must come to, written out plainly for a linear model.

Nothing here uses the recipes' code, or PyTorch's schedules, clipping, autocast or optimizers: only
the formulas of the papers. ``train_plainly`` is the oracle of test_pairs.py.
"""

import math
from dataclasses import dataclass, field

import torch
from torch import Tensor

CLASSES = 10


@dataclass
class Outcome:
    """What a training leaves behind; compared between a generated project and the formulas."""

    weight: Tensor
    average: Tensor
    rates: list[float] = field(default_factory=list)
    norms: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Setting:
    """The settings of one training; a recipe that is left out is at its neutral value."""

    epochs: int = 2
    batch_size: int = 32
    processes: int = 1
    lr: float = 0.5
    accumulate: int = 1
    clip_norm: float = math.inf
    warmup_epochs: float = 0.0
    cosine: bool = False
    label_smoothing: float = 0.0
    mixup_alpha: float = 0.0
    ema_decay: float = 0.0
    dtype: torch.dtype = torch.float32


def loss_of(weight: Tensor, images: Tensor, targets: Tensor, dtype: torch.dtype) -> Tensor:
    """Mean cross-entropy of a linear model, with the product in ``dtype``, the rest in float32."""
    logits = images.flatten(1).to(dtype) @ weight.to(dtype).T
    log_probabilities = logits.float() - logits.float().logsumexp(1, keepdim=True)
    return -(targets * log_probabilities).sum(1).mean()


def soft_targets(labels: Tensor, smoothing: float) -> Tensor:
    """1 - smoothing on the label, and smoothing spread over all classes."""
    rows = torch.full((len(labels), CLASSES), smoothing / CLASSES)
    rows[torch.arange(len(labels)), labels] += 1 - smoothing
    return rows


def factor(update: int, updates: int, updates_per_epoch: int, setting: Setting) -> float:
    """Share of the learning rate that update 0, 1, ... has."""
    warm = round(setting.warmup_epochs * updates_per_epoch)
    rise = min(1.0, (update + 1) / (warm + 1))
    return rise * ((1 + math.cos(math.pi * update / updates)) / 2 if setting.cosine else 1.0)


def train_plainly(
    weight: Tensor,
    images: Tensor,
    labels: Tensor,
    orders: list[list[int]],
    seeds: list[int],
    setting: Setting,
) -> Outcome:
    """Train by gradient descent, exactly as the papers say.

    Args:
        weight: (CLASSES, pixels), the first weights.
        images: (N, 1, H, W) of the training set.
        labels: (N,).
        orders: The order of the samples in each epoch.
        seeds: The seed of each epoch, for mixup.
        setting: What to train with.
    """
    outcome = Outcome(weight.clone(), weight.clone())
    step = setting.batch_size * setting.processes
    batches = len(labels) // step
    updates_per_epoch = math.ceil(batches / setting.accumulate)
    update = 0
    for order, seed in zip(orders, seeds, strict=True):
        torch.manual_seed(seed)
        starts = [step * batch for batch in range(batches)]
        epoch_losses, epoch_norms = [], []
        for first in range(0, batches, setting.accumulate):
            group = starts[first : first + setting.accumulate]
            gradient = torch.zeros_like(weight)
            for start in group:
                chosen = order[start : start + step]
                inputs, targets = (
                    images[chosen],
                    soft_targets(labels[chosen], setting.label_smoothing),
                )
                if setting.mixup_alpha:
                    share = torch.distributions.Beta(
                        setting.mixup_alpha, setting.mixup_alpha
                    ).sample()
                    partners = torch.randperm(len(chosen))
                    inputs = share * inputs + (1 - share) * inputs[partners]
                    targets = share * targets + (1 - share) * targets[partners]
                leaf = outcome.weight.clone().requires_grad_()
                loss = loss_of(leaf, inputs, targets, setting.dtype)
                gradient += torch.autograd.grad(loss, leaf)[0] / len(group)
                epoch_losses.append(loss.item())
            norm = float((gradient**2).sum().sqrt())
            epoch_norms.append(norm)
            gradient *= min(1.0, setting.clip_norm / norm)
            rate = setting.lr * factor(
                update, updates_per_epoch * setting.epochs, updates_per_epoch, setting
            )
            outcome.rates.append(rate)
            outcome.weight -= rate * gradient
            update += 1
            keep = min(setting.ema_decay, (1 + update) / (10 + update))
            outcome.average = keep * outcome.average + (1 - keep) * outcome.weight
        outcome.losses.append(sum(epoch_losses) / len(epoch_losses))
        outcome.norms.append(sum(epoch_norms) / len(epoch_norms))
    return outcome
