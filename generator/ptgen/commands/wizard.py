"""Asks a person what to make."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import questionary

from ptgen.base import console
from ptgen.projects.preview import Preview
from ptgen.projects.project import place_problems
from ptgen.templates import presets, rules
from ptgen.templates.manifest import Manifest
from ptgen.templates.presets import Preset
from ptgen.templates.registry import CATEGORIES


def ask_destination() -> Path:
    """Ask for the folder of the project."""
    answer: str = questionary.path(
        "Where is the new project to be?",
        only_directories=True,
        validate=lambda text: "; ".join(place_problems(_path(text))) or True,
    ).unsafe_ask()
    return _path(answer)


def _path(text: str) -> Path:
    return Path(text.strip()).expanduser()


def ask_choice(template: Path, manifests: Sequence[Manifest]) -> tuple[str, list[str]]:
    """Ask for the task and the recipes, until they go together."""
    task: str = questionary.select(
        "What is to be learned?",
        choices=[
            questionary.Choice(f"{entry.name}: {entry.summary}", entry.name)
            for entry in manifests
            if entry.is_task
        ],
    ).unsafe_ask()
    recipes: list[str] = []
    if not any(entry.applies_to(task) for entry in manifests if entry.is_recipe):
        return task, recipes
    offered = [one for one in presets.read(template) if one.task in (None, task)]
    if offered and (start := _ask_preset(offered)):
        presets.refuse_unknown([start], template, manifests)
        recipes = start.applying(task, {entry.name: entry.tasks for entry in manifests})
        for line in presets.told([start], {"task": task, "recipes": recipes}):
            console.say(line)
    while True:
        recipes = questionary.checkbox(
            "Which recipes? None is fine, too.",
            choices=list(recipe_choices(manifests, task, recipes)),
        ).unsafe_ask()
        problems = rules.problems(template, {"task": task, "recipes": recipes})
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
        "What is to be chosen to begin with? Recipes can be added and left out.", choices=choices
    ).unsafe_ask()
    return next((one for one in offered if one.name == name), None)


def confirm(plan: Preview) -> bool:
    """Show what will be made and ask whether to make it."""
    console.say(plan.text())
    console.say()
    answer: bool = questionary.confirm("Make it?").unsafe_ask()
    return answer


def recipe_choices(
    manifests: Sequence[Manifest], task: str, chosen: Sequence[str]
) -> Iterator[questionary.Choice]:
    """Yield the recipes under their categories; those for other tasks cannot be chosen."""
    recipes = [entry for entry in manifests if entry.is_recipe]
    width = max(len(entry.name) for entry in recipes)
    for category in CATEGORIES:
        rows = [entry for entry in recipes if entry.category == category]
        if rows:
            yield questionary.Separator(f"-- {category}")
        for entry in rows:
            applies = entry.applies_to(task)
            yield questionary.Choice(
                f"{entry.name:<{width}}  {entry.summary}{_notes(entry, recipes)}",
                entry.name,
                disabled=None if applies else f"for {', '.join(entry.tasks)}",
                checked=entry.name in chosen,
            )


def _notes(entry: Manifest, recipes: Sequence[Manifest]) -> str:
    """Return what a recipe needs and what it does not go with."""
    rivals = {other.name for other in recipes if entry.group and other.group == entry.group}
    against = sorted((rivals | set(entry.conflicts)) - {entry.name})
    notes = [f"needs {name}" for name in entry.requires] + [f"not with {name}" for name in against]
    return f" ({'; '.join(notes)})" if notes else ""
