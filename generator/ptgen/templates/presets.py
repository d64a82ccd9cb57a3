"""Answers to start from: the presets of a template, and the answers of another project.

`ptgen list --presets` imports this module, and that must take neither pydantic nor Jinja.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ptgen.base.errors import Problems, PtgenError
from ptgen.base.names import did_you_mean, unknown
from ptgen.templates import registry
from ptgen.templates.answers import mistakes
from ptgen.templates.template import Template

FOLDER = "presets"
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*\.yml")
# The keys of a preset.
KEYS = ("summary", "recipes", "task")
# Answers that every project has of its own.
OWN = ("project_name", "package")


@dataclass(frozen=True)
class Preset:
    """Answers to start from.

    Attributes:
        document: The file they are from.
        called: What messages call it: ``the preset research``, or the file of answers.
        recipes: Names of recipes, for whatever task.
        task: The task, where it says one.
        summary: What it is for; empty for another project's answers.
        others: Answers to other questions, which another project may have.
        notes: Lines to tell whoever uses it.
    """

    document: registry.Document
    called: str
    recipes: list[str]
    task: str | None = None
    summary: str = ""
    others: Mapping[str, Any] = field(default_factory=dict)
    notes: Sequence[str] = ()

    @property
    def name(self) -> str:
        """The preset's name, which is its file's."""
        return Path(self.document.path).stem

    def applying(self, task: str, scopes: Mapping[str, Any]) -> list[str]:
        """Return the recipes that apply to a task.

        Args:
            task: The task.
            scopes: For the name of each recipe, ``tasks`` of its manifest.
        """
        return [
            name
            for name in self.recipes
            if scopes.get(name, "all") == "all" or task in scopes[name]
        ]

    def unknown_names(
        self, tasks: Collection[str], recipes: Collection[str], withdrawn: Mapping[str, str]
    ) -> Iterator[str]:
        """Yield what is wrong with the names, given those that there are and that there were."""
        if self.task is not None and self.task not in tasks:
            hint = did_you_mean(self.task, tasks) or f"; there are: {', '.join(sorted(tasks))}"
            yield f'{self.document.where("task")}: task: there is no task "{self.task}"{hint}'
        for index, name in enumerate(self.recipes):
            where = self.document.where("recipes", index)
            if name in tasks:
                yield f"{where}: recipes: {name} is a task; expected it as task: {name}"
            elif name in withdrawn:
                yield f"{where}: recipes: {name} was withdrawn: {withdrawn[name]}; leave it out"
            elif name not in recipes:
                hint = did_you_mean(name, recipes) or "; list them: ptgen list"
                yield f'{where}: recipes: there is no recipe "{name}"{hint}'


def read(template: Path) -> list[Preset]:
    """Return the presets of a template, sorted by name.

    Raises:
        Problems: With every mistake of every preset but for names that do not exist.
    """
    presets, problems = validate(template)
    if problems:
        raise Problems(problems)
    return presets


def validate(template: Path) -> tuple[list[Preset], list[str]]:
    """Return the presets that are valid in themselves, and what is wrong with the others."""
    presets, problems = [], []
    for path in sorted((template / FOLDER).glob("*.yml")):
        try:
            document = registry.read_file(path, path.relative_to(template).as_posix())
        except PtgenError as error:
            problems.append(str(error))
            continue
        if found := list(mistakes(document, ("summary", "recipes"), KEYS)):
            problems += found
        else:
            presets.append(Preset(document, f"the preset {path.stem}", **document.data))
    return presets, problems


def begin(
    template: Template, preset: str | None = None, answers: Path | None = None
) -> list[Preset]:
    """Return what a project is to start from; of two, the later wins.

    Args:
        template: The template.
        preset: Name of a preset.
        answers: Answers of another project: their file, its folder, or a file like a preset.

    Raises:
        PtgenError: If one of them is not there.
        Problems: With all that is wrong with them.
    """
    start = []
    if answers is not None:
        start.append(_repeat(answers, template))
    if preset is not None:
        presets = {one.name: one for one in template.presets}
        if preset not in presets:
            raise unknown("preset", preset, presets)
        start.append(presets[preset])
    refuse_unknown(start, template)
    return start


def refuse_unknown(start: Iterable[Preset], template: Template) -> None:
    """Raise Problems if names in presets are not those of a task and of recipes."""
    recipes = [entry.name for entry in template.manifests if entry.is_recipe]
    known = (template.tasks, recipes, template.withdrawn)
    if problems := [text for one in start for text in one.unknown_names(*known)]:
        raise Problems(problems)


def notes(start: Iterable[Preset], answers: Mapping[str, Any]) -> Iterator[str]:
    """Yield what to tell of a start: what has another name now, and what was left out."""
    for one in start:
        yield from one.notes
        for name in one.recipes:
            if name not in answers["recipes"]:
                yield f"{name} of {one.called} does not apply to {answers['task']}: left out"


def _repeat(path: Path, template: Template) -> Preset:
    """Return the answers of another project, by the names that the template has now."""
    config = template.config
    file = path / config.answers_file if path.is_dir() else path
    if not file.exists():
        there = f"{path} has no {config.answers_file}" if path.is_dir() else f"no file {path}"
        raise PtgenError(
            f"--answers: {there}; expected a project, its {config.answers_file}, or a file "
            "with recipes and task"
        )
    document = registry.read_file(file, str(file))
    if found := list(mistakes(document, ("recipes",), [*KEYS, *config.public])):
        raise Problems(found)
    others = {
        name: value
        for name, value in document.data.items()
        if name in config.public and name not in (*OWN, "task", "recipes")
    }
    task, recipes = document.data.get("task"), document.data["recipes"]
    now = {old: entry.name for entry in template.manifests for old in entry.formerly}
    renamed = [name for name in (task, *recipes) if name in now]
    return replace(
        Preset(document, str(file), [now.get(name, name) for name in recipes], others=others),
        task=now.get(task, task),
        notes=[f"{name} is now called {now[name]}" for name in renamed],
    )
