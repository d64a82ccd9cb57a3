"""Runs a generated project's own training loop in a process forked from one with torch."""

import json
import math
import os
import sys
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from .reference import CLASSES, Outcome


def first_weight() -> Tensor:
    """Return the weight that both trainings start with."""
    return torch.randn(CLASSES, 64, generator=torch.Generator().manual_seed(1)) / 8


def drive(project: Path, settings: dict[str, Any], rank: int, processes: int, port: int) -> None:
    """Train a linear model with the loop of a generated project, in a process of its own.

    The main process leaves ``outcome.pt`` in the run's folder: the outcome, and the arguments that
    ``train_plainly`` needs to repeat the training.
    """
    if processes > 1:
        os.environ.update(RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE=str(processes))
        os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port))
    torch.set_num_threads(1)
    sys.path.insert(0, str(project))
    sys.argv = ["train.py"]
    import train  # type: ignore[import-not-found]
    from project.config import Config  # type: ignore[import-not-found]
    from project.datasets import load_datasets  # type: ignore[import-not-found]
    from project.ops.seeding import derive_seed  # type: ignore[import-not-found]
    from torch.optim.optimizer import register_optimizer_step_pre_hook

    def linear(_config: Any) -> torch.nn.Module:
        layer = torch.nn.Linear(64, CLASSES, bias=False)
        layer.weight.data = first_weight()
        return torch.nn.Sequential(torch.nn.Flatten(), layer)

    def sgd(parameters: Any, lr: float, **_: Any) -> torch.optim.Optimizer:
        return torch.optim.SGD(parameters, lr)

    rates: list[float] = []
    register_optimizer_step_pre_hook(lambda o, *_: rates.append(o.param_groups[0]["lr"]))
    train.build_model = linear
    torch.optim.AdamW = sgd  # type: ignore[misc, assignment]
    config = Config(**settings, device="cpu")
    run = train.train(config)
    if rank > 0:
        return
    checkpoint = torch.load(run / "last.pt", weights_only=True)
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    images, labels = load_datasets()["train"].tensors
    seeds = [derive_seed(config.seed, epoch) for epoch in range(config.epochs)]
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    orders = [torch.randperm(len(labels), generator=g).tolist() for g in generators]
    average = checkpoint.get("ema", checkpoint)["model"]
    outcome = Outcome(
        checkpoint["model"]["1.weight"],
        average["1.weight"],
        rates,
        [line.get("grad_norm", math.nan) for line in lines],
        [line["train_loss"] for line in lines],
    )
    start = (first_weight(), images, labels, orders, seeds)
    torch.save({"outcome": vars(outcome), "start": start}, run / "outcome.pt")
