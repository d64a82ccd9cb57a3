"""Where recipes meet: a generated project trains to what the formulas say, whatever is in it.

Every pair, and all together, is rendered; its own train.py then trains a linear model by plain
gradient descent in a process forked from one that has imported torch. Weights, averages, rates,
losses and norms must equal those of reference.py.
"""

import itertools
import multiprocessing
import socket
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import torch

from ptgen.templates.render import render

from .drive import drive
from .reference import Setting, train_plainly

# Settings of the project that each recipe adds, and the same in the reference.
RECIPES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "accumulate": ({"accumulate": 3}, {"accumulate": 3}),
    "amp": ({"amp_dtype": "bf16"}, {"dtype": torch.bfloat16}),
    "amp/fp16": ({"amp_dtype": "fp16"}, {"dtype": torch.float16}),
    "cosine": ({}, {"cosine": True}),
    "ddp": ({}, {"processes": 2}),
    "ema": ({"ema_decay": 0.8}, {"ema_decay": 0.8}),
    "grad-clip": ({"clip_norm": 0.2}, {"clip_norm": 0.2}),
    "label-smoothing": ({"label_smoothing": 0.2}, {"label_smoothing": 0.2}),
    "mixup": ({"mixup_alpha": 0.4}, {"mixup_alpha": 0.4}),
    "warmup": ({"warmup_epochs": 0.5}, {"warmup_epochs": 0.5}),
}
# One type at a time; and each process of ddp mixes by random numbers of its own.
TYPES, RANDOM = ("amp", "amp/fp16"), ("ddp", "mixup")
PAIRS = [set(pair) for pair in itertools.combinations(RECIPES, 2)]
SETS = [{name} for name in RECIPES] + [p for p in PAIRS if p not in (set(TYPES), set(RANDOM))]
SETS += [{amp, "accumulate", "grad-clip"} for amp in TYPES]
SETS += [set(RECIPES) - {one, other} for one in TYPES for other in RANDOM]


@pytest.fixture(scope="module")
def processes() -> Iterator[ProcessPoolExecutor]:
    """Processes that are forked from one that has imported torch, a new one for each task."""
    context = multiprocessing.get_context("forkserver")
    # The first step of any optimizer imports torch._dynamo, for seconds.
    context.set_forkserver_preload(["torch", "torch._dynamo", "numpy", "tqdm", "tyro"])
    with ProcessPoolExecutor(2, mp_context=context, max_tasks_per_child=1) as pool:
        yield pool


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("recipes", SETS, ids=lambda recipes: "+".join(sorted(recipes)))
def test_recipes_meet_as_the_formulas_say(
    recipes: set[str], template: Path, processes: ProcessPoolExecutor, tmp_path: Path
) -> None:
    project = tmp_path / "project"
    chosen = {name.split("/")[0] for name in recipes}
    answers = {"project_name": "project", "task": "classification", "recipes": sorted(chosen)}
    render(template, answers, project)
    settings: dict[str, Any] = {"run": tmp_path / "run", "epochs": 2, "lr": 0.5}
    plain: dict[str, Any] = {}
    for name in recipes:
        settings |= RECIPES[name][0]
        plain |= RECIPES[name][1]
    setting = Setting(**plain)

    port = free_port()
    tasks = [
        processes.submit(drive, project, settings, rank, setting.processes, port)
        for rank in range(setting.processes)
    ]
    for task in tasks:
        task.result(timeout=120)
    found = torch.load(tmp_path / "run/outcome.pt", weights_only=True)
    weight, images, labels, orders, seeds = found["start"]
    expected = vars(train_plainly(weight, images, labels, orders, seeds, setting))
    if "grad-clip" not in recipes:
        del expected["norms"]  # they are not logged
    for name, value in expected.items():
        in_16_bits = setting.dtype != torch.float32 and name != "rates"
        torch.testing.assert_close(
            torch.as_tensor(found["outcome"][name]),
            torch.as_tensor(value),
            rtol=0.03 if in_16_bits else 1e-4,
            atol=0.01 if in_16_bits else 1e-5,
            msg=f"{name} is {found['outcome'][name]}; expected {value}",
            check_dtype=False,
        )
