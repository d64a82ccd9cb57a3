"""Which variants are to be tried, and the proof that no possible pair of recipes is left out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import Any, Self

import yaml

from ptgen.base.errors import Problems, PtgenError
from ptgen.base.names import unknown
from ptgen.smoke import covering
from ptgen.smoke.compatible import Compatible
from ptgen.templates import rules
from ptgen.templates.manifest import Manifest
from ptgen.templates.questions import Questions

BARE = "bare"


@dataclass(frozen=True)
class Variant:
    """One task with one set of recipes."""

    task: str
    recipes: tuple[str, ...] = ()

    @property
    def choice(self) -> str:
        """The recipes as the command line takes them: ``mixup,ddp``, or ``bare``."""
        return ",".join(self.recipes) or BARE

    def __str__(self) -> str:
        """Return ``classification mixup,ddp``."""
        return f"{self.task} {self.choice}"


@dataclass(frozen=True)
class Plan:
    """The variants of a template that are to be tried, and what they cover.

    Attributes:
        tasks: The recipes of each task that is looked at.
        variants: Each once, tasks bare first.
        strength: How many recipes at a time are covered in all ways.
    """

    tasks: Sequence[Compatible]
    variants: Sequence[Variant]
    strength: int

    @classmethod
    def of(cls, manifests: Iterable[Manifest], task: str | None = None, strength: int = 2) -> Self:
        """Plan every task bare, every recipe alone on every task, and each task's covering array.

        A recipe alone is a recipe with what it requires.

        Args:
            manifests: All of a template.
            task: The only task to look at; all if not given.
            strength: How many recipes at a time are covered in all ways, at least 2.

        Raises:
            PtgenError: If there is no such task, or nothing to try, or if the finished plan does
                not cover what it should.
            Problems: If there are recipes that fit no task at all.
        """
        manifests = list(manifests)
        every = [Compatible(name, manifests) for name in _tasks(manifests)]
        fitting = {name for one in every for name in one.names}
        recipes = sorted(m.name for m in manifests if m.is_recipe)
        if lost := [name for name in recipes if name not in fitting]:
            raise Problems(f"recipe {name} fits no task, with what it requires" for name in lost)
        tasks = [one for one in every if task in (None, one.task)]
        if task is not None and not tasks:
            raise unknown("task", task, _tasks(manifests))
        bare = [Variant(one.task) for one in tasks]
        alone = [
            Variant(one.task, _first(name, one.complete(frozenset([name])) or frozenset()))
            for one in tasks
            for name in one.names
        ]
        together = [
            Variant(one.task, tuple(sorted(row)))
            for one in tasks
            for row in covering.cover(one.names, one.complete, strength)
        ]
        variants: dict[tuple[str, frozenset[str]], Variant] = {}
        for variant in [*bare, *alone, *together]:
            variants.setdefault((variant.task, frozenset(variant.recipes)), variant)
        plan = cls(tasks, list(variants.values()), strength)
        plan.verify()
        return plan

    def verify(self) -> None:
        """Look for anything that the plan should cover and does not, however it was made.

        Raises:
            PtgenError: If there is something, or if the plan is empty.
        """
        if not self.variants:
            raise PtgenError("there is nothing to try: the template has no task")
        for one in self.tasks:
            rows = [frozenset(v.recipes) for v in self.variants if v.task == one.task]
            for on, off in covering.uncovered(rows, one.names, one.complete, self.strength):
                without = f" without {', '.join(sorted(off))}" if off else ""
                raise PtgenError(
                    f"the plan has no variant of {one.task} with {', '.join(sorted(on)) or BARE}"
                    f"{without}: this is a mistake of ptgen's own"
                )

    @cached_property
    def pairs(self) -> list[dict[str, Any]]:
        """Each pair of recipes that can be in one project, with the variants that have both."""
        return [
            {"task": one.task, "recipes": list(pair), "variants": self._having(one.task, pair)}
            for one in self.tasks
            for pair in combinations(one.names, 2)
            if one.complete(frozenset(pair)) is not None
        ]

    def _having(self, task: str, names: Iterable[str]) -> list[int]:
        """Return the numbers of the variants of a task that have all these recipes."""
        wanted = set(names)
        return [
            number
            for number, variant in enumerate(self.variants)
            if variant.task == task and wanted <= set(variant.recipes)
        ]

    def infeasible(self, template: Path) -> list[dict[str, Any]]:
        """Return each pair of a task's recipes that cannot be in one project, with the reason."""
        return [
            {"task": one.task, "recipes": list(pair), "reason": _reason(template, one.task, pair)}
            for one in self.tasks
            for pair in combinations(one.recipes, 2)
            if one.complete(frozenset(pair)) is None
        ]


def _reason(template: Path, task: str, pair: Sequence[str]) -> str:
    found = rules.problems(template, {"task": task, "recipes": list(pair)})
    return "; ".join(found) or "what they require does not go together"


def _first(name: str, names: Iterable[str]) -> tuple[str, ...]:
    """Return names with one of them first."""
    return (name, *sorted(set(names) - {name}))


def choose(
    template: Path, manifests: Sequence[Manifest], choices: Sequence[str], task: str | None = None
) -> list[Variant]:
    """Return the variants that a person named, after a look at the rules.

    Args:
        template: Folder of the template.
        manifests: All of it.
        choices: See ``parse``.
        task: The only task to look at.

    Raises:
        Problems: With all that is wrong with all variants.
    """
    variants = parse(choices, manifests, task)
    answers = [{"task": one.task, "recipes": list(one.recipes)} for one in variants]
    if found := [problem for one in answers for problem in rules.problems(template, one)]:
        raise Problems(dict.fromkeys(found))
    return variants


def variant_of(project: Path, template: Path) -> Variant:
    """Return the variant that a project was made as.

    Args:
        project: Folder of a generated project.
        template: Folder of the template it was made from.

    Raises:
        PtgenError: If the project's answers are not there, or name no task.
        Problems: If the template does not have what they name.
    """
    path = project / Questions(template).answers_file
    try:
        answers = yaml.safe_load(path.read_text(encoding="utf-8"))
        variant = Variant(answers["task"], tuple(answers["recipes"] or ()))
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise PtgenError(
            f"{project} is no project of ptgen: {path.name} is not there or has no task and recipes"
        ) from error
    facts = {"task": variant.task, "recipes": list(variant.recipes)}
    if found := rules.problems(template, facts):
        raise Problems([*found, "if the project is of another template, name it with --template"])
    return variant


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
