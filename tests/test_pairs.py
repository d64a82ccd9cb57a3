"""Where recipes meet: a generated project trains to what the formulas say, whatever is in it.

Every recipe that has a ``reference.py`` is rendered alone, and in larger sets that together hold
every pair; ``--campaign`` renders each pair by itself, too. The project's own train.py then trains
linear layers by plain gradient descent, in a process forked from one that has imported torch.
Weights, learning rates and metrics must equal those of plain.py.
"""

import functools
import importlib.util
import inspect
import itertools
import multiprocessing
import socket
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch

from ptgen.smoke.covering import Row, cover
from ptgen.templates import Template
from ptgen.templates.manifest import Manifest

from .conftest import ROOT, compose
from .drive import drive
from .plain import BATCH_SIZE, HOOKS, SCORES, processes_of, train_plainly

SETTINGS = {"epochs": len(SCORES), "batch_size": BATCH_SIZE, "lr": 0.1, "weight_decay": 0.05}


@dataclass(frozen=True, eq=False)
class Variant:
    """A recipe with the settings of one variant of its reference."""

    name: str
    manifest: Manifest
    reference: ModuleType

    @property
    def settings(self) -> dict[str, Any]:
        settings: dict[str, Any] = self.reference.VARIANTS[self.name]
        return settings

    @property
    def place(self) -> tuple[int, str]:
        """Where the recipe stands among others that change the gradients, whose order counts."""
        order = self.manifest.order
        if isinstance(order, dict):
            order = order.get("train.gradients", order.get("default", 50))
        return order, self.manifest.name

    def goes_with(self, other: "Variant") -> bool:
        """Return whether both can be in a project, and the project can be compared."""
        one, two = self.manifest, other.manifest
        apart = one.name == two.name or (one.group and one.group == two.group)
        apart = apart or two.name in one.conflicts or one.name in two.conflicts
        draws = any(getattr(variant.reference, "DRAWS", False) for variant in (self, other))
        return not apart and not (draws and processes_of([self.reference, other.reference]) > 1)


def load_reference(path: Path) -> ModuleType:
    name = path.parent.name.replace("-", "_") + "_reference"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TEMPLATE = Template(ROOT)
MANIFESTS = {manifest.name: manifest for manifest in TEMPLATE.manifests}
REFERENCES = {
    path.parent.name: load_reference(path) for path in sorted(ROOT.glob("recipes/*/reference.py"))
}
VARIANTS = [
    Variant(variant, MANIFESTS[name], reference)
    for name, reference in REFERENCES.items()
    for variant in reference.VARIANTS
]
Variants = frozenset[Variant]


def together(size: int, variants: Iterable[Variant] = VARIANTS) -> Iterator[Variants]:
    """Yield each combination of so many variants that go together."""
    for chosen in itertools.combinations(variants, size):
        if all(one.goes_with(other) for one, other in itertools.combinations(chosen, 2)):
            yield frozenset(chosen)


class Together:
    """What goes together, as the covering arrays want to know it."""

    task = "classification"

    def __init__(self, variants: Iterable[Variant]) -> None:
        self.variants = {variant.name: variant for variant in variants}
        self.names = list(self.variants)

    def complete(
        self, on: frozenset[str], off: frozenset[str] = frozenset()
    ) -> frozenset[str] | None:
        chosen = [self.variants[name] for name in on]
        pairs = itertools.combinations(chosen, 2)
        return on if not on & off and all(one.goes_with(other) for one, other in pairs) else None


def has(variant: Variant, *names: str) -> bool:
    return bool(vars(variant.reference).keys() & set(names))


# What is computed in 16 bits hides small mistakes: pairs of others are in sets without it, too.
EXACT = [variant for variant in VARIANTS if not has(variant, "cast")]
COVERING: list[Row] = []
for some in (EXACT, VARIANTS):
    COVERING += cover([Together(some)], per_task=True, given=COVERING)
# Where gradients are made, their order counts most: every three of those recipes.
OF_GRADIENTS = [
    variant
    for variant in VARIANTS
    if has(variant, "PROCESSES", "batches_per_update", "cast", "gradients")
]
BY_NAME = {variant.name: variant for variant in VARIANTS}
SETS: dict[Variants, None] = dict.fromkeys(
    [
        *together(1),
        *together(3, OF_GRADIENTS),
        *(frozenset(BY_NAME[name] for name in row.recipes) for row in COVERING),
    ]
)
PAIRS = dict.fromkeys(together(2))


@pytest.fixture(scope="module")
def forks() -> Iterator[ProcessPoolExecutor]:
    """Processes that are forked from one that has imported torch, a new one for each task."""
    context = multiprocessing.get_context("forkserver")
    # The first step of any optimizer imports torch._dynamo, for seconds.
    context.set_forkserver_preload(["torch", "torch._dynamo", "numpy", "tqdm", "tyro"])
    with ProcessPoolExecutor(2, mp_context=context, max_tasks_per_child=1) as pool:
        yield pool


@pytest.fixture(scope="module")
def project_with(tmp_path_factory: pytest.TempPathFactory) -> Callable[[frozenset[str]], Path]:
    """Render a project of some recipes; the variants of a set share it."""

    @functools.cache
    def rendered(recipes: frozenset[str]) -> Path:
        project = tmp_path_factory.mktemp("pairs") / "project"
        answers = {"project_name": "project", "task": "classification", "recipes": sorted(recipes)}
        return compose(TEMPLATE, answers, project)

    return rendered


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def name_of(variants: Variants) -> str:
    return "+".join(sorted(variant.name for variant in variants))


def test_references_are_found_and_fill_known_hooks() -> None:
    assert REFERENCES, "recipes/*/reference.py: expected at least one"
    for name, reference in REFERENCES.items():
        own = {
            key
            for key, value in vars(reference).items()
            if inspect.isfunction(value) and value.__module__ == reference.__name__
        }
        several = hasattr(reference, "PROCESSES")
        assert own or several, f"recipes/{name}/reference.py fills no hook"
        assert own <= set(HOOKS), f"recipes/{name}/reference.py: {own - set(HOOKS)} are no hooks"
        assert reference.VARIANTS, f"recipes/{name}/reference.py has no variants"


@pytest.mark.parametrize("pair", PAIRS, ids=name_of)
def test_every_pair_is_in_a_set(pair: Variants) -> None:
    exact = pair <= set(EXACT)
    assert any(pair <= variants and (not exact or variants <= set(EXACT)) for variants in SETS)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Compare each set and, in a campaign, each pair."""
    if "variants" in metafunc.fixturenames:
        sets = SETS | PAIRS if metafunc.config.getoption("--campaign") else SETS
        metafunc.parametrize("variants", sets, ids=name_of)


def test_training_comes_to_what_the_formulas_say(
    variants: Variants,
    project_with: Callable[[frozenset[str]], Path],
    forks: ProcessPoolExecutor,
    tmp_path: Path,
) -> None:
    project = project_with(frozenset(variant.manifest.name for variant in variants))
    settings = SETTINGS | {"run": tmp_path / "run"}
    for variant in variants:
        settings |= variant.settings
    processes, port = processes_of(variant.reference for variant in variants), free_port()
    tasks = [
        forks.submit(drive, project, settings, rank, processes, port) for rank in range(processes)
    ]
    for task in tasks:
        task.result(timeout=120)

    found = torch.load(tmp_path / "run/outcome.pt", weights_only=True)
    ordered = [variant.reference for variant in sorted(variants, key=lambda variant: variant.place)]
    plain = train_plainly(settings, ordered, *found["start"])
    in_16_bits = any("cast" in vars(variant.reference) for variant in variants)
    rtol, atol = (0.03, 0.01) if in_16_bits else (1e-4, 1e-5)
    outcome = found["outcome"]
    assert outcome["dtypes"] == plain.dtypes
    assert outcome["rates"] == [pytest.approx(rates, rel=1e-6) for rates in plain.rates]
    torch.testing.assert_close(outcome["weights"], plain.weights, rtol=rtol, atol=atol)
    for name, values in plain.metrics.items():
        assert outcome["metrics"][name] == pytest.approx(values, rel=rtol, abs=atol), name
