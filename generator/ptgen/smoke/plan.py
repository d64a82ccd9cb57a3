"""Which variants are to be tried."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from ptgen import rules
from ptgen.errors import Problems, PtgenError
from ptgen.manifest import Manifest
from ptgen.names import unknown

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


def choose(
    template: Path, manifests: Sequence[Manifest], choices: Sequence[str], task: str | None = None
) -> list[Variant]:
    """Return the variants that a person named, or those of the plan if none was.

    Args:
        template: Folder of the template.
        manifests: All of it.
        choices: See ``parse``.
        task: The only task to look at.

    Raises:
        Problems: With all that is wrong with all variants.
    """
    if not choices:
        return plan(manifests, task)
    variants = parse(choices, manifests, task)
    answers = [{"task": one.task, "recipes": list(one.recipes)} for one in variants]
    if found := [problem for one in answers for problem in rules.problems(template, one)]:
        raise Problems(dict.fromkeys(found))
    return variants


def plan(manifests: Iterable[Manifest], task: str | None = None) -> list[Variant]:
    """Return every task bare, and every recipe alone on every task it applies to.

    A recipe alone is a recipe with what it requires.

    Args:
        manifests: All of a template.
        task: The only task to look at; all if not given.

    Raises:
        PtgenError: If there is no such task, or nothing to try.
        Problems: If there are recipes that fit no task at all.
    """
    manifests = list(manifests)
    tasks, recipes = _tasks(manifests), {m.name: m for m in manifests if not m.is_task}
    alone = {
        name: [Variant(t, chosen) for t in tasks if (chosen := complete([name], t, recipes))]
        for name in sorted(recipes)
    }
    if lost := [name for name, variants in alone.items() if not variants]:
        raise Problems(f"recipe {name} fits no task, with what it requires" for name in lost)
    if task is not None and task not in tasks:
        raise unknown("task", task, tasks)
    everything = [Variant(t) for t in tasks] + [v for variants in alone.values() for v in variants]
    variants = [variant for variant in everything if task in (None, variant.task)]
    if not variants:
        raise PtgenError("there is nothing to try: the template has no task")
    return variants


def complete(
    names: Sequence[str], task: str, recipes: Mapping[str, Manifest]
) -> tuple[str, ...] | None:
    """Return recipes with all that they require, or None if that cannot be had on a task.

    Where a group is required, its first recipe that fits is taken, by name.
    """
    chosen = [recipes[name] for name in names]
    if not all(recipe.applies_to(task) for recipe in chosen):
        return None
    if any(_clash(one, other) for one, other in combinations(chosen, 2)):
        return None
    for need in (need for recipe in chosen for need in recipe.requires):
        if not any(need in (recipe.name, recipe.group) for recipe in chosen):
            members = [name for name in sorted(recipes) if need in (name, recipes[name].group)]
            found = (complete([*names, member], task, recipes) for member in members)
            return next(filter(None, found), None)
    return tuple(names)


def _clash(one: Manifest, other: Manifest) -> bool:
    same_group = one.group is not None and one.group == other.group
    return same_group or one.name in other.conflicts or other.name in one.conflicts


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
