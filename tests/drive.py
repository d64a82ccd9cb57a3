"""Runs a generated project's own training loop in a process forked from one with torch."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch import Tensor, nn
from torch.optim.optimizer import register_optimizer_step_pre_hook
from torch.utils.data import TensorDataset

from .plain import CLASSES, SAMPLES, SCORES, first_weights, samples


class Layers(nn.Sequential):
    """Linear layers with the weights that both trainings start with.

    Attributes:
        dtypes: Types of the logits so far, of copies as well.
    """

    dtypes: ClassVar[set[str]] = set()

    def __init__(self) -> None:
        weights = first_weights()
        matrices = [weight for name, weight in weights.items() if name.endswith("weight")]
        super().__init__(*(nn.Linear(m.shape[1], m.shape[0]) for m in matrices))
        self.load_state_dict(weights)

    def forward(self, images: Tensor) -> Tensor:
        """Map images, (N, 1, 8, 8), to logits."""
        logits: Tensor = super().forward(images.flatten(1))  # type: ignore[no-untyped-call]
        self.dtypes.add(str(logits.dtype))
        return logits


def sgd(parameters: Any, lr: float, weight_decay: float, **_: Any) -> torch.optim.Optimizer:
    """Stands for AdamW."""
    return torch.optim.SGD(parameters, lr, weight_decay=weight_decay)


def drive(project: Path, settings: dict[str, Any], rank: int, processes: int, port: int) -> None:
    """Train linear layers with the loop of a generated project, in a process of its own.

    The main process leaves ``outcome.pt`` in the run's folder: what the training came to, and the
    orders and seeds that ``train_plainly`` needs to repeat it.
    """
    if processes > 1:
        os.environ.update(RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE=str(processes))
        os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port))
    torch.set_num_threads(1)
    sys.path.insert(0, str(project))
    sys.argv = ["train.py"]
    import train  # type: ignore[import-not-found]
    from project.config import Config  # type: ignore[import-not-found]
    from project.data_info import DataInfo  # type: ignore[import-not-found]

    model = Layers()
    names = {parameter: name for name, parameter in model.named_parameters()}
    splits = {name: TensorDataset(*samples(name)) for name in SAMPLES}
    info = DataInfo(channels=1, size=(8, 8), classes=tuple(map(str, range(CLASSES))))
    evaluate, evaluated, rates = train.evaluate, [], []

    def counted(*arguments: Any) -> None:
        evaluate(*arguments)
        evaluated.append(True)

    def note_rates(optimizer: torch.optim.Optimizer, *_: Any) -> None:
        groups = optimizer.param_groups
        rates.append({names[p]: group["lr"] for group in groups for p in group["params"]})

    register_optimizer_step_pre_hook(note_rates)
    torch.optim.AdamW = sgd  # type: ignore[misc, assignment]
    replace_functions(
        load_datasets=lambda _config: (splits, info),
        build_model=lambda _config, _info: model,
        stages=list,
        evaluate=counted,
        score=lambda _validation: SCORES[len(evaluated) - 1],
    )
    config = Config(**settings, device="cpu")
    run = train.train(config)
    if rank == 0:
        outcome = {"weights": dict(model.state_dict()), "rates": rates, "metrics": metrics(run)}
        outcome["dtypes"] = model.dtypes
        torch.save({"outcome": outcome, "start": orders_and_seeds(config)}, run / "outcome.pt")


def replace_functions(**functions: Callable[..., Any]) -> None:
    """Replace functions by name in each module of the project that has them."""
    for name, module in list(sys.modules.items()):
        if name == "train" or name.startswith("project."):
            for function in vars(module).keys() & functions.keys():
                setattr(module, function, functions[function])


def metrics(run: Path) -> dict[str, list[float]]:
    """Return the values that each metric has in the epochs of a run."""
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    return {name: [line[name] for line in lines] for name in lines[0]}


def orders_and_seeds(config: Any) -> tuple[list[list[int]], list[int]]:
    """Return the order of the samples and the seed of the random numbers of each epoch."""
    from project.ops.seeding import derive_seed  # type: ignore[import-not-found]

    seeds = [derive_seed(config.seed, epoch) for epoch in range(config.epochs)]
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    return [torch.randperm(SAMPLES["train"], generator=g).tolist() for g in generators], seeds
