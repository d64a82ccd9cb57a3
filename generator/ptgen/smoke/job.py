"""A variant with what is needed to try it."""

import itertools
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

from ptgen.base.digest import digest, tree_digest
from ptgen.base.errors import PtgenError
from ptgen.smoke import environment
from ptgen.smoke.cache import environment_digest
from ptgen.smoke.covering import Row
from ptgen.smoke.plan import Variant, fastest_first
from ptgen.templates import Catalogue, Template
from ptgen.templates.manifest import Floor, LowerFloor, Manifest

WHOLE, STOPPED = "runs/whole", "runs/stopped"
TRACE = "trace.txt"
TIMES = ("seconds", "images_per_second")


@dataclass(frozen=True)
class Setup:
    """What is the same for all variants of a run.

    Attributes:
        template: The template.
        epochs: How long to train; if None, as the task says.
        device: Where to train, as ``--device`` takes it.
        cache: Folder of the cache; None to do without.
        origin: Folder of an existing project, the only variant; None to render them.
        planned: The variants of the plan, if it is one.
    """

    template: Template
    epochs: int | None = None
    device: str = "cpu"
    cache: Path | None = None
    origin: Path | None = None
    planned: Sequence[Variant] = ()

    @cached_property
    def tasks(self) -> dict[str, Catalogue[Manifest]]:
        """What can be in a project of each task, by its name; the fastest task first."""
        manifests = self.template.manifests
        return {name: Catalogue(name, manifests) for name in fastest_first(manifests)}

    @cached_property
    def largest(self) -> dict[str, list[str]]:
        """For each task, as many recipes as go together."""
        return {name: catalogue.largest() for name, catalogue in self.tasks.items()}

    def chosen(self, variant: Variant) -> list[Manifest]:
        """Return the manifests of all that is in a project: task, recipes and their parts."""
        names = set(self.tasks[variant.task].chosen(variant.recipes))
        return [manifest for manifest in self.template.manifests if manifest.name in names]

    def tested_elsewhere(self, variant: Variant) -> list[Row]:
        """Return the projects whose own tests a variant need not run again.

        A bare project and an existing one run all their tests. A recipe alone leaves those of the
        bare project out; several recipes also those of each alone, and of the variants before it in
        the plan. As many recipes as go together take the tests of each alone again, but not those
        of so many on a task before.
        """
        task, recipes = variant.row
        if self.origin or not recipes:
            return []
        names = list(self.largest)
        largest = [Row(name, frozenset(self.largest[name])) for name in names]
        if variant.row in largest:
            return [Row(task, frozenset()), *largest[: names.index(task)]]
        alone = [row for name in sorted(recipes) if (row := self._first_row(name)) != variant.row]
        before = itertools.takewhile(lambda one: one.row != variant.row, self.planned)
        earlier = [one.row for one in before if one.extent == "full" and one.recipes]
        return list(dict.fromkeys([Row(task, frozenset()), *alone, *earlier]))

    def _first_row(self, recipe: str) -> Row:
        """Return the first task of a recipe, and the recipe with what it requires."""
        return next(
            Row(name, row)
            for name, catalogue in self.tasks.items()
            if (row := catalogue.complete(frozenset([recipe]))) is not None
        )


@dataclass(frozen=True)
class Job:
    """A variant with what is needed to try it.

    Attributes:
        variant: The variant.
        setup: What is the same for all variants of a run.
        folder: A folder of its own, which does not exist yet.
        alone: The manifest of its recipe, if it has one that is not there for another's sake.
        floor: What training must reach.
        reason: Why that is lower than the task's own floor; empty if it is not.
        epochs: How long to train, at least 2: between the first and the last, a run is stopped.
        batches_per_update: How many batches an update takes, in all processes together.
        processes: How many processes train together.
        prepare: The scripts to run in the project before it is trained.
        arguments: Those of train.py that the recipes need.
        cpu_arguments: Those that whole runs need besides, so as not to take too long on a CPU.
        tested_elsewhere: The projects whose own tests need not be run again.
    """

    variant: Variant
    setup: Setup
    folder: Path
    alone: Manifest | None
    floor: Floor
    reason: str
    epochs: int
    batches_per_update: int
    processes: int
    prepare: Sequence[Path]
    arguments: Sequence[str]
    cpu_arguments: Sequence[str]
    tested_elsewhere: Sequence[Row]

    @classmethod
    def of(cls, variant: Variant, setup: Setup, folder: Path) -> Self:
        """Make a job.

        Recipes of the group ``parallel`` are tried with two processes. Where an update takes
        several batches, these are smaller, so that the weights change as often as without.
        """
        chosen = setup.chosen(variant)
        floor, reason = lowest_floor(variant.task, chosen)
        parallel = any(manifest.group == "parallel" for manifest in chosen)
        recipes = setup.template.folder / "recipes"
        alone = _alone(variant, setup.tasks[variant.task])
        others = [m for m in chosen if alone is None or m.name != alone.name]
        return cls(
            variant=variant,
            setup=setup,
            folder=folder,
            alone=None if setup.origin else alone,
            floor=floor,
            reason=reason,
            epochs=max(2, setup.epochs or floor.epochs),
            batches_per_update=math.prod(m.batches_per_update for m in chosen),
            processes=environment.processes(setup.device) if parallel else 1,
            prepare=[recipes / m.name / m.smoke.prepare for m in chosen if m.smoke.prepare],
            arguments=[word for m in chosen for word in m.smoke.arguments_for(variant.task)],
            cpu_arguments=[
                word for m in others if setup.device == "cpu" for word in m.smoke.cpu_arguments
            ],
            tested_elsewhere=setup.tested_elsewhere(variant),
        )

    @property
    def project(self) -> Path:
        """Folder of the project."""
        return self.folder / "project"

    @property
    def shared(self) -> Path:
        """Folder that all jobs of a run share, for what is the same in all."""
        return self.folder.parent / "shared"

    @property
    def log(self) -> Path:
        """What all phases printed."""
        return self.folder / "log.txt"

    @property
    def bound(self) -> str:
        """What the best value of the floor's metric must be: ``at least 0.9``."""
        if self.floor.at_least is None:
            return f"at most {self.floor.at_most}"
        return f"at least {self.floor.at_least}"

    def curve(self) -> list[float]:
        """Return the finite values so far of the floor's metric, one an epoch."""
        lines = metrics(self.project / WHOLE)
        values = (line.get(self.floor.metric, math.nan) for line in lines)
        return [value for value in values if math.isfinite(value)]

    def best(self, curve: Iterable[float]) -> float | None:
        """Return the best of some values, or None if there is none."""
        return (min if self.floor.at_least is None else max)(curve, default=None)

    def settings(self) -> str:
        """Return what a result depends on besides the project and the environment."""
        numbers = (self.epochs, self.batches_per_update, self.processes)
        arguments = (self.arguments, self.cpu_arguments)
        how = (self.variant.extent, self.setup.device, self.floor, numbers, arguments)
        tested = [(row.task, sorted(row.recipes)) for row in self.tested_elsewhere]
        scripts = [path.read_bytes() for path in self.prepare if path.is_file()]
        return digest(environment_digest(), repr((how, tested)), *scripts)

    def key(self) -> str:
        """Return the key of the rendered project in the cache."""
        return digest("project", self.settings(), tree_digest(self.project))


def lowest_floor(task: str, chosen: Iterable[Manifest]) -> tuple[Floor, str]:
    """Return what a project of a task must reach, and why that is less than the task's own floor.

    Args:
        task: Name of the task.
        chosen: The manifests of all that is in the project; several may lower the floor.

    Raises:
        PtgenError: If a manifest bounds the metric on the other side than the task does.
    """
    chosen = list(chosen)
    floor = next(m.floor for m in chosen if isinstance(m.floor, Floor))
    reason = ""
    for manifest in chosen:
        lower = manifest.floor.get(task) if isinstance(manifest.floor, dict) else None
        if lower is None:
            continue
        if (lower.at_least is None) != (floor.at_least is None):
            side = "at_most" if floor.at_least is None else "at_least"
            raise PtgenError(
                f"recipes/{manifest.name}/recipe.yml: floor.{task}: expected {side}, as in "
                f"the floor of {task}"
            )
        if _is_lower(lower, floor):
            bounds = {"at_least": lower.at_least, "at_most": lower.at_most}
            floor = floor.model_copy(update=bounds)
            reason = f"{manifest.name}: {lower.reason}"
    return floor, reason


def _is_lower(lower: LowerFloor, floor: Floor) -> bool:
    if lower.at_least is not None and floor.at_least is not None:
        return lower.at_least < floor.at_least
    return lower.at_most is not None and floor.at_most is not None and lower.at_most > floor.at_most


def _alone(variant: Variant, catalogue: Catalogue[Manifest]) -> Manifest | None:
    """Return the recipe that all others of a variant are there for, if there is one."""
    first = variant.recipes[:1]
    if not first or catalogue.complete(frozenset(first)) != frozenset(variant.recipes):
        return None
    return catalogue.recipes[first[0]]


def metrics(run: Path) -> list[dict[str, float]]:
    """Return the lines of a run's metrics.jsonl without the times, which are never the same."""
    path = run / "metrics.jsonl"
    lines = path.read_text().splitlines() if path.is_file() else []
    return [
        {name: value for name, value in json.loads(line).items() if name not in TIMES}
        for line in lines
    ]
