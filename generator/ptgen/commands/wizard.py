"""Prompts for what a project is to have."""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import questionary

from ptgen.base import console
from ptgen.base.home import expanded
from ptgen.projects.create import place_problems
from ptgen.projects.preview import Preview
from ptgen.templates import Template, presets
from ptgen.templates.manifest import Manifest
from ptgen.templates.presets import Preset
from ptgen.templates.registry import CATEGORIES


def ask_destination() -> Path:
    """Ask for the folder of the project."""
    answer: str = questionary.path(
        "Folder of the new project:",
        only_directories=True,
        validate=lambda text: "; ".join(place_problems(_path(text), may_exist=True)) or True,
    ).unsafe_ask()
    return _path(answer)


def _path(text: str) -> Path:
    return expanded(text.strip())


def ask_choice(template: Template) -> tuple[str, list[str]]:
    """Ask for the task and the recipes, until they can be combined."""
    manifests = template.manifests
    task: str = questionary.select(
        "Task:",
        choices=[
            questionary.Choice(f"{entry.name}: {entry.summary}", entry.name)
            for entry in manifests
            if entry.is_task
        ],
    ).unsafe_ask()
    recipes: list[str] = []
    if not any(entry.applies_to(task) for entry in manifests if entry.is_recipe):
        return task, recipes
    offered = [one for one in template.presets if one.task in (None, task)]
    if offered and (start := _ask_preset(offered)):
        presets.refuse_unknown([start], template)
        recipes = start.applying(task, {entry.name: entry.tasks for entry in manifests})
        for line in presets.notes([start], {"task": task, "recipes": recipes}):
            console.say(line)
    while True:
        recipes = questionary.checkbox(
            "Recipes (none is fine):",
            choices=list(recipe_choices(manifests, task, recipes)),
        ).unsafe_ask()
        problems = template.problems({"task": task, "recipes": recipes})
        if not problems:
            return task, recipes
        for problem in problems:
            console.warn(problem)


def _ask_preset(offered: Sequence[Preset]) -> Preset | None:
    """Ask which preset to start from."""
    choices = [questionary.Choice(f"{one.name}: {one.summary}", one.name) for one in offered]
    if all(one.recipes for one in offered):
        choices.insert(0, questionary.Choice("none", ""))
    name: str = questionary.select(
        "Preset to start from (recipes can be added and removed next):", choices=choices
    ).unsafe_ask()
    return next((one for one in offered if one.name == name), None)


def confirm(plan: Preview) -> bool:
    """Show what will be created and ask whether to create it."""
    console.say(plan.text())
    console.say()
    answer: bool = questionary.confirm("Create it?").unsafe_ask()
    return answer


def recipe_choices(
    manifests: Sequence[Manifest], task: str, chosen: Sequence[str]
) -> Iterator[questionary.Choice]:
    """Yield the recipes by category; those for other tasks cannot be chosen."""
    recipes = [entry for entry in manifests if entry.is_recipe]
    parts = [entry.name for entry in manifests if entry.kind == "part"]
    width = max(len(entry.name) for entry in recipes)
    for category in CATEGORIES:
        rows = [entry for entry in recipes if entry.category == category]
        if rows:
            yield questionary.Separator(f"-- {category}")
        for entry in rows:
            applies = entry.applies_to(task)
            yield questionary.Choice(
                f"{entry.name:<{width}}  {entry.summary}{_notes(entry, recipes, parts)}",
                entry.name,
                disabled=None if applies else f"for {', '.join(entry.tasks)}",
                checked=entry.name in chosen,
            )


def _notes(entry: Manifest, recipes: Sequence[Manifest], parts: Collection[str]) -> str:
    """Return what a recipe requires and what it cannot be combined with."""
    rivals = {other.name for other in recipes if entry.group and other.group == entry.group}
    against = sorted((rivals | set(entry.conflicts)) - {entry.name})
    requires = [name for name in entry.requires if name not in parts]
    notes = [f"requires {name}" for name in requires] + [f"not with {name}" for name in against]
    return f" ({'; '.join(notes)})" if notes else ""
