"""Which variants are to be tried, and the proof that no possible pair of recipes is left out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import Any, Literal, Self

from ptgen.base.errors import Problems, PtgenError
from ptgen.base.names import unknown
from ptgen.projects.existing import Project
from ptgen.smoke import covering
from ptgen.smoke.covering import Names, Row
from ptgen.templates import Catalogue, Template
from ptgen.templates.manifest import Floor, Manifest

BARE = "bare"
# How much of a variant is tried: its files only; also a training and its own tests; everything.
Extent = Literal["static", "brief", "full"]
EXTENTS: tuple[Extent, ...] = ("static", "brief", "full")


@dataclass(frozen=True)
class Variant:
    """One task with one set of recipes.

    Attributes:
        task: Name of the task.
        recipes: Names of the recipes.
        extent: How much of it is tried; see ``phases.PHASES``.
    """

    task: str
    recipes: tuple[str, ...] = ()
    extent: Extent = "full"

    @property
    def choice(self) -> str:
        """The recipes as the command line takes them: ``mixup,ddp``, or ``bare``."""
        return ",".join(self.recipes) or BARE

    @property
    def row(self) -> Row:
        """The variant as a row of a covering array."""
        return Row(self.task, frozenset(self.recipes))

    def tries_as_much_as(self, other: "Variant") -> bool:
        """Tell whether all that is tried of the other variant is tried of this one."""
        return EXTENTS.index(self.extent) >= EXTENTS.index(other.extent)

    def __str__(self) -> str:
        """Return ``classification mixup,ddp``."""
        return f"{self.task} {self.choice}"


@dataclass(frozen=True)
class Plan:
    """The variants of a template that are to be tried, and what they cover.

    Attributes:
        tasks: What can be in a project of each task that is looked at, the fastest task first.
        variants: Each once, tasks bare first.
        strength: How many factors at a time are covered in all ways.
        per_task: Whether they are on every task, and not on one of them.
    """

    tasks: Sequence[Catalogue[Manifest]]
    variants: Sequence[Variant]
    strength: int = 2
    per_task: bool = False

    @classmethod
    def of(
        cls,
        manifests: Iterable[Manifest],
        task: str | None = None,
        strength: int = 2,
        per_task: bool = False,
    ) -> Self:
        """Plan every task bare and with all that goes together, a covering array, and singles.

        A recipe alone, with what it requires, is tried briefly on the first of its tasks and only
        looked at on the others: the array trains it on each of them together with others.

        Args:
            manifests: All of a template.
            task: The only task to look at; all if not given.
            strength: How many factors at a time are covered in all ways, at least 2.
            per_task: Cover them on every task, and not on one of them.

        Raises:
            PtgenError: If there is no such task, or nothing to try, or if the finished plan does
                not cover what it should.
            Problems: If there are recipes that fit no task at all.
        """
        manifests = list(manifests)
        every = [Catalogue(name, manifests) for name in fastest_first(manifests)]
        fitting = {name for one in every for name in one.names}
        recipes = sorted(m.name for m in manifests if m.is_recipe)
        if lost := [name for name in recipes if name not in fitting]:
            raise Problems(f"recipe {name} fits no task, with what it requires" for name in lost)
        tasks = [one for one in every if task in (None, one.task)]
        if task is not None and not tasks:
            raise unknown("task", task, _tasks(manifests))
        given = [Row(one.task, frozenset()) for one in tasks]
        given += [Row(one.task, frozenset(one.largest())) for one in tasks]
        array = covering.cover(tasks, strength, per_task, given)
        variants: dict[Row, Variant] = {}
        for row in [*given, *array]:
            variants.setdefault(row, Variant(row.task, tuple(sorted(row.recipes))))
        for single in _singles(tasks):  # named by its recipe, and tried as much as either asks for
            other = variants.get(single.row, single)
            most = other if other.tries_as_much_as(single) else single
            variants[single.row] = replace(single, extent=most.extent)
        plan = cls(tasks, list(variants.values()), strength, per_task)
        plan.verify()
        return plan

    def verify(self) -> None:
        """Look for anything that the plan should cover and does not, however it was made.

        Raises:
            PtgenError: If there is something, or if the plan is empty.
        """
        if not self.variants:
            raise PtgenError("there is nothing to try: the template has no task")
        trained = [one.row for one in self.variants if one.extent == "full"]
        wanted = covering.choices(self.tasks, self.strength, self.per_task)
        lacking = [_missing(*choice) for choice in covering.uncovered(trained, wanted)]
        planned = {one.row: one for one in self.variants}
        for one in [*(Variant(name.task) for name in self.tasks), *_singles(self.tasks)]:
            found = planned.get(one.row)
            if found is None or not found.tries_as_much_as(one):
                lacking.append(f"{one.task} with {one.choice} and nothing else")
        if lacking:
            raise PtgenError(
                f"the plan has no variant of {lacking[0]}: this is a mistake of ptgen's own"
            )

    @cached_property
    def pairs(self) -> list[dict[str, Any]]:
        """Each pair of recipes that can be in one project, with the variants that train both."""
        names = sorted({name for one in self.tasks for name in one.names})
        return [
            {"recipes": list(pair), "tasks": tasks, "variants": self._training(pair)}
            for pair in combinations(names, 2)
            if (tasks := self._possible(pair))
        ]

    def _possible(self, names: Iterable[str]) -> list[str]:
        """Return the tasks on which recipes can be in one project."""
        wanted = frozenset(names)
        return [one.task for one in self.tasks if one.complete(wanted) is not None]

    def _training(self, names: Iterable[str]) -> list[int]:
        """Return the numbers of the variants that are tried fully and have all these recipes."""
        wanted = set(names)
        return [
            number
            for number, variant in enumerate(self.variants)
            if variant.extent == "full" and wanted <= set(variant.recipes)
        ]

    def infeasible(self, template: Template) -> list[dict[str, Any]]:
        """Return each pair of recipes that cannot be in one project, with the reason."""
        names = sorted({name for one in self.tasks for name in one.recipes})
        return [
            {"recipes": list(pair), "reason": self._reason(template, pair)}
            for pair in combinations(names, 2)
            if not self._possible(pair)
        ]

    def _reason(self, template: Template, pair: Sequence[str]) -> str:
        common = [one.task for one in self.tasks if one.recipes.keys() >= set(pair)]
        if not common:
            return "they apply to different tasks"
        found = template.problems({"task": common[0], "recipes": list(pair)})
        return "; ".join(found) or "what they require does not go together"


def _singles(tasks: Iterable[Catalogue[Manifest]]) -> list[Variant]:
    """Return each recipe with what it requires: briefly on its first task, then as files only."""
    found: list[Variant] = []
    seen: set[str] = set()
    for one in tasks:
        for name in one.names:
            required = (one.complete(frozenset([name])) or frozenset()) - {name}
            extent: Extent = "static" if name in seen else "brief"
            found.append(Variant(one.task, (name, *sorted(required)), extent))
        seen.update(one.names)
    return found


def _missing(on: Names, off: Names, tasks: Names) -> str:
    without = f" without {', '.join(sorted(off))}" if off else ""
    return f"{' or '.join(sorted(tasks))} with {', '.join(sorted(on)) or BARE}{without}"


def fastest_first(manifests: Iterable[Manifest]) -> list[str]:
    """Return the names of all tasks, those first that reach their floor in few epochs."""
    epochs = {m.name: m.floor.epochs for m in manifests if isinstance(m.floor, Floor)}
    return sorted(epochs, key=lambda name: (epochs[name], name))


def choose(template: Template, choices: Sequence[str], task: str | None = None) -> list[Variant]:
    """Return the variants that a person named, after a look at the rules.

    Args:
        template: The template.
        choices: See ``parse``.
        task: The only task to look at.

    Raises:
        Problems: With all that is wrong with all variants.
    """
    variants = parse(choices, template.manifests, task)
    answers = [{"task": one.task, "recipes": list(one.recipes)} for one in variants]
    if found := [problem for one in answers for problem in template.problems(one)]:
        raise Problems(dict.fromkeys(found))
    return variants


def variant_of(project: Path, template: Template) -> Variant:
    """Return the variant that a project was created as.

    Args:
        project: Folder of the project.
        template: The template it was created from.

    Raises:
        PtgenError: If it is not a project, or if its answers are not valid.
        Problems: If the template does not have what they name.
    """
    existing = Project.open(project)
    if found := template.problems({"task": existing.task, "recipes": existing.recipes}):
        raise Problems([*found, "if the project is of another template, name it with --template"])
    return Variant(existing.task, tuple(existing.recipes))


def parse(
    choices: Iterable[str], manifests: Iterable[Manifest], task: str | None = None
) -> list[Variant]:
    """Return the variants that a person named, each once; they may break the template's rules.

    Args:
        choices: Each names the recipes of one variant: ``mixup,ddp``, or ``bare`` for none.
        manifests: All of a template.
        task: The task of all of them; if not given, every task that all recipes apply to.
    """
    manifests = list(manifests)
    variants: dict[tuple[str, frozenset[str]], Variant] = {}
    for choice in choices:
        listed = (name.strip() for name in choice.split(","))
        names = tuple(dict.fromkeys(name for name in listed if name not in ("", BARE)))
        for one in [task] if task else _common_tasks(names, manifests):
            variants.setdefault((one, frozenset(names)), Variant(one, names))
    return list(variants.values())


def _common_tasks(names: Sequence[str], manifests: Sequence[Manifest]) -> list[str]:
    """Return the tasks that all recipes apply to; if there is none, one for the rules to refuse."""
    chosen = [manifest for manifest in manifests if manifest.name in names]
    tasks = _tasks(manifests)
    return [t for t in tasks if all(recipe.applies_to(t) for recipe in chosen)] or tasks[:1]


def _tasks(manifests: Iterable[Manifest]) -> list[str]:
    return sorted(manifest.name for manifest in manifests if manifest.is_task)
