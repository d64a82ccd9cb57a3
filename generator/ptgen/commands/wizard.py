"""Prompts for what a project is to have."""

import shutil
import textwrap
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import questionary

from ptgen.base import console
from ptgen.base.errors import Problems, PtgenError
from ptgen.base.home import expanded
from ptgen.projects.create import place_problems
from ptgen.projects.preview import Preview
from ptgen.templates import Template, presets
from ptgen.templates.manifest import Manifest
from ptgen.templates.presets import Preset
from ptgen.templates.registry import CATEGORIES

# What is asked, in order.
STEPS = ("folder", "task", "recipes")


@dataclass
class Choice:
    """What has been answered so far.

    Attributes:
        destination: The folder of the project; None before that is known.
        task: The task; None before that is known.
        recipes: Names of recipes.
    """

    destination: Path | None = None
    task: str | None = None
    recipes: list[str] = field(default_factory=list)


def ask(
    template: Template, destination: Path | None, preview: Callable[[Choice], Preview]
) -> Choice | None:
    """Ask for all that a project needs, until the answer to what is shown at the end is yes.

    Whatever was answered is kept when something is to be answered again.

    Args:
        template: The template.
        destination: The folder, if it is given.
        preview: Returns what would be created.

    Returns:
        The answers; None if nothing is to be created.

    Raises:
        Problems: If no project can be created at the given folder.
    """
    choice = Choice(destination)
    if destination and (problems := _folder_problems(template, destination)):
        raise Problems(problems)
    step = "task" if destination else "folder"
    while True:
        for name in STEPS[STEPS.index(step) :]:
            if name == "folder":
                choice.destination = _ask_destination(template, choice.destination)
            elif name == "task":
                _ask_task(template, choice)
            else:
                _ask_recipes(template, choice)
        console.say(preview(choice).text())
        console.say()
        step = _ask_what_next()
        if step not in STEPS:
            return choice if step == "yes" else None


def _ask_what_next() -> str:
    answer: str = questionary.select(
        "Create it?",
        choices=[
            questionary.Choice("yes", "yes"),
            questionary.Choice("no, and create nothing", "no"),
            *(questionary.Choice(f"choose another {name}", name) for name in STEPS[:2]),
            questionary.Choice("choose other recipes", "recipes"),
        ],
    ).unsafe_ask()
    return answer


def _ask_destination(template: Template, before: Path | None) -> Path:
    """Ask for the folder of the project."""
    answer = str(before or "")
    while True:
        answer = questionary.path(
            "Folder of the new project:", default=answer, only_directories=True
        ).unsafe_ask()
        problems = _folder_problems(template, answer)
        if not problems:
            return expanded(answer.strip())
        for problem in problems:
            console.warn(problem)


def _folder_problems(template: Template, where: str | Path) -> list[str]:
    """Return what stands against a project in a folder, with the name that this gives it."""
    try:
        folder = expanded(str(where).strip())
    except PtgenError as error:
        return [str(error)]
    if not str(where).strip():
        return ["name a folder"]
    given = {"project_name": folder.absolute().name}
    given["package"] = template.config.default("package", given)
    return [*place_problems(folder, may_exist=True), *template.problems(given)]


def _ask_task(template: Template, choice: Choice) -> None:
    """Ask for the task, and for a preset to start from if no recipe has been chosen."""
    manifests = template.manifests
    tasks = [entry for entry in manifests if entry.is_task]
    choices = [_choice(entry.name, entry.summary, entry.name) for entry in tasks]
    task: str = questionary.select("Task:", choices=choices, default=choice.task).unsafe_ask()
    scopes = {entry.name: entry.tasks for entry in manifests}
    applying = [entry.name for entry in manifests if entry.applies_to(task)]
    choice.task, choice.recipes = task, [name for name in choice.recipes if name in applying]
    offered = [one for one in template.presets if one.task in (None, task)]
    if not _offered(manifests, task) or not offered or choice.recipes:
        return
    if start := _ask_preset(offered):
        presets.refuse_unknown([start], template)
        choice.recipes = start.applying(task, scopes)
        for line in presets.notes([start], {"task": task, "recipes": choice.recipes}):
            console.say(line)


def _offered(manifests: Sequence[Manifest], task: str) -> bool:
    return any(entry.applies_to(task) for entry in manifests if entry.is_recipe)


def _ask_recipes(template: Template, choice: Choice) -> None:
    """Ask for the recipes, until they can be combined."""
    assert choice.task is not None
    if not _offered(template.manifests, choice.task):
        return
    while True:
        choice.recipes = questionary.checkbox(
            "Recipes (none is fine):",
            choices=list(recipe_choices(template.manifests, choice.task, choice.recipes)),
            instruction="(space to choose, letters to search)",
            use_search_filter=True,
            use_jk_keys=False,
        ).unsafe_ask()
        problems = template.problems({"task": choice.task, "recipes": choice.recipes})
        if not problems:
            return
        for problem in problems:
            console.warn(problem)


def _choice(name: str, text: str, value: str, **options: Any) -> questionary.Choice:
    """Return a choice with a text: in its line if that is wide enough, else below the list."""
    width = shutil.get_terminal_size().columns - len("   ○ ")
    if options.get("disabled"):
        width -= len(f" ({options['disabled']})")
    title = f"{name}  {text}"
    if len(title) <= width:
        return questionary.Choice(title, value, **options)
    lines = textwrap.fill(text, width - len("  Description: "), subsequent_indent="    ")
    return questionary.Choice(name.rstrip(), value, description=lines, **options)


def _ask_preset(offered: Sequence[Preset]) -> Preset | None:
    """Ask which preset to start from."""
    choices = [_choice(one.name, one.summary, one.name) for one in offered]
    if all(one.recipes for one in offered):
        choices.insert(0, questionary.Choice("none", ""))
    name: str = questionary.select("Start from the preset:", choices=choices).unsafe_ask()
    return next((one for one in offered if one.name == name), None)


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
            yield _choice(
                f"{entry.name:<{width}}",
                f"{entry.summary}{_notes(entry, recipes, parts)}",
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
