"""What a recipe adds to a project, line by line."""

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ptgen.base.errors import Problems, PtgenError
from ptgen.base.staging import files_of, scratch
from ptgen.projects.create import complete_answers
from ptgen.templates import Template
from ptgen.templates.answers import record_source

if TYPE_CHECKING:
    from ptgen.templates.manifest import Manifest

NAME = "myproject"


def difference(template: Template, recipe: "Manifest", task: str | None = None) -> str:
    """Return the unified diff from a project with what the recipe requires to one with it too.

    Args:
        template: The template.
        recipe: One of its recipes.
        task: The task; if not given, the template's default where the recipe applies to it, else
            the first that it applies to.

    Raises:
        PtgenError: If no project of the task can have the recipe.
    """
    if recipe.is_task:
        raise PtgenError(
            f"{recipe.name} is a task, and adds all there is: "
            f"ptgen new {NAME} --task {recipe.name} --dry-run"
        )
    if recipe.kind == "part":
        raise PtgenError(
            f"{recipe.name} is a part, which comes with the recipes that require it; "
            "show one of these"
        )
    if task is None:
        default = template.config.default("task", {"project_name": NAME})
        task = default if recipe.applies_to(default) else recipe.tasks[0]
    base, whole = _with_and_without(template, recipe.name, task)
    with scratch() as folder:
        before, after = folder / "before", folder / "after"
        for destination, recipes in ((before, base), (after, whole)):
            answers = complete_answers(template, Path(NAME), task, recipes)
            template.render(answers, destination)
            record_source(destination, template)
        return "".join(_compare(before, after))


def _with_and_without(template: Template, name: str, task: str) -> tuple[list[str], list[str]]:
    """Return what a recipe requires, and that with the recipe."""
    catalogue = template.catalogue(task)
    completed = catalogue.complete(frozenset([name]))
    whole = sorted(completed) if completed else [name]
    if found := template.problems({"task": task, "recipes": whole}):
        raise Problems(found)
    return [other for other in whole if other != name], whole


def _compare(before: Path, after: Path) -> Iterator[str]:
    """Yield the lines of a unified diff of two folders, as ``git apply`` takes it."""
    for path in sorted({*files_of(before), *files_of(after)}):
        old, new = _lines(before / path), _lines(after / path)
        yield from difflib.unified_diff(
            old or [],
            new or [],
            "/dev/null" if old is None else f"a/{path}",
            "/dev/null" if new is None else f"b/{path}",
        )


def _lines(path: Path) -> list[str] | None:
    if not path.is_file():
        return None
    return path.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
