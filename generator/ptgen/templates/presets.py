"""Answers to start from: the presets of a template, and the answers of another project.

`ptgen list --presets` imports this module, and that must take neither pydantic nor Jinja.
"""

import re
import reprlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ptgen.base.errors import Problems, PtgenError
from ptgen.base.names import did_you_mean, unknown
from ptgen.templates import choices, registry

if TYPE_CHECKING:
    from ptgen.templates.manifest import Manifest
    from ptgen.templates.questions import Questions

FOLDER = "presets"
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*\.yml")
# The keys of a preset, and what each must be.
KINDS = {
    "summary": "line of text",
    "recipes": "list of names; expected one like [amp, ema]",
    "task": "name of a task",
}
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
        told: Lines to tell whoever uses it.
    """

    document: registry.Document
    called: str
    recipes: list[str]
    task: str | None = None
    summary: str = ""
    others: Mapping[str, Any] = field(default_factory=dict)
    told: Sequence[str] = ()

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
                yield f"{where}: recipes: {name} is withdrawn: {withdrawn[name]}; leave it out"
            elif name not in recipes:
                hint = did_you_mean(name, recipes)
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
    """Return the presets that are sound in themselves, and what is wrong with the others."""
    presets, problems = [], []
    for path in sorted((template / FOLDER).glob("*.yml")):
        try:
            document = registry.read_file(path, path.relative_to(template).as_posix())
        except PtgenError as error:
            problems.append(str(error))
            continue
        if mistakes := list(_mistakes(document, ("summary", "recipes"), KINDS)):
            problems += mistakes
        else:
            presets.append(Preset(document, f"the preset {path.stem}", **document.data))
    return presets, problems


def begin(
    template: Path,
    questions: "Questions",
    manifests: Sequence["Manifest"],
    preset: str | None = None,
    answers: Path | None = None,
) -> list[Preset]:
    """Return what a project is to start from; of two, the later wins.

    Args:
        template: Folder of the template.
        questions: Those of the template.
        manifests: Those of the template.
        preset: Name of a preset.
        answers: Answers of another project: their file, its folder, or a file like a preset.

    Raises:
        PtgenError: If one of them is not there.
        Problems: With all that is wrong with them.
    """
    start = []
    if answers is not None:
        start.append(_repeat(answers, questions, manifests))
    if preset is not None:
        presets = {one.name: one for one in read(template)}
        if preset not in presets:
            raise unknown("preset", preset, presets)
        start.append(presets[preset])
    refuse_unknown(start, template, manifests)
    return start


def refuse_unknown(
    start: Iterable[Preset], template: Path, manifests: Sequence["Manifest"]
) -> None:
    """Raise Problems if names in presets are not those of a task and of recipes."""
    gone = choices.withdrawn(template)
    tasks = [entry.name for entry in manifests if entry.is_task]
    recipes = [entry.name for entry in manifests if entry.is_recipe]
    if problems := [text for one in start for text in one.unknown_names(tasks, recipes, gone)]:
        raise Problems(problems)


def told(start: Iterable[Preset], answers: Mapping[str, Any]) -> Iterator[str]:
    """Yield what to tell of a start: what has another name now, and what was left out."""
    for one in start:
        yield from one.told
        for name in one.recipes:
            if name not in answers["recipes"]:
                yield f"{name} of {one.called} does not apply to {answers['task']}: left out"


def _repeat(path: Path, questions: "Questions", manifests: Sequence["Manifest"]) -> Preset:
    """Return the answers of another project, by the names that the template has now."""
    file = path / questions.answers_file if path.is_dir() else path
    if not file.exists():
        there = f"{path} has no {questions.answers_file}" if path.is_dir() else f"no file {path}"
        raise PtgenError(
            f"--answers: {there}; expected a project, its {questions.answers_file}, or a file "
            "with recipes and task"
        )
    document = registry.read_file(file, str(file))
    known = [*KINDS, *questions.public]
    if mistakes := list(_mistakes(document, ("recipes",), known)):
        raise Problems(mistakes)
    others = {
        name: value
        for name, value in document.data.items()
        if name in questions.public and name not in (*OWN, "task", "recipes")
    }
    task, recipes = document.data.get("task"), document.data["recipes"]
    now = {old: entry.name for entry in manifests for old in entry.formerly}
    renamed = [name for name in (task, *recipes) if name in now]
    return replace(
        Preset(document, str(file), [now.get(name, name) for name in recipes], others=others),
        task=now.get(task, task),
        told=[f"{name} is called {now[name]} now" for name in renamed],
    )


def _mistakes(
    document: registry.Document, required: Iterable[str], known: Collection[str]
) -> Iterator[str]:
    """Yield what is wrong with a file's keys and with the values of those in ``KINDS``."""
    data, where = document.data, document.where
    if not isinstance(data, dict):
        yield f"{where()}: expected keys and values: {', '.join(known)}"
        return
    for key in required:
        if key not in data:
            yield f"{where()}: {key}: is missing; it is a {KINDS[key]}"
    for key, value in data.items():
        if str(key).startswith("_"):
            continue
        if key not in known:
            hint = did_you_mean(str(key), known) or f"; expected {', '.join(known)}"
            yield f"{where(key)}: {key}: is no key that is known here{hint}"
        elif key in KINDS and not _fits(key, value):
            yield f"{where(key)}: {key}: {reprlib.repr(value)} is no {KINDS[key]}"
        elif key == "recipes":
            for index, name in enumerate(value):
                if not isinstance(name, str):
                    yield f"{where(key, index)}: {key}: {reprlib.repr(name)} is no name"
                elif name in value[:index]:
                    yield f"{where(key, index)}: {key}: {name} is listed twice"


def _fits(key: str, value: object) -> bool:
    """Tell whether a value is what ``KINDS`` says; of a list, its entries are looked at later."""
    if key == "recipes":
        return isinstance(value, list)
    return isinstance(value, str) and value.strip() != "" and "\n" not in value
