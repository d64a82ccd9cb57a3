"""What a recipe adds to a project, line by line."""

import difflib
from collections.abc import Iterator, Sequence
from pathlib import Path

from ptgen.base.errors import Problems, PtgenError
from ptgen.base.staging import files_of, scratch
from ptgen.projects import project
from ptgen.templates import rules
from ptgen.templates.manifest import Manifest
from ptgen.templates.render import record_source, render
from ptgen.templates.source import Template

NAME = "myproject"


def difference(
    template: Template, manifests: Sequence[Manifest], recipe: Manifest, task: str | None = None
) -> str:
    """Return the unified diff from a project with what the recipe requires to one with it too.

    Args:
        template: An open template.
        manifests: All of it.
        recipe: The recipe.
        task: The task; if not given, the template's default where the recipe applies to it, else
            the first that it applies to.
    """
    if recipe.is_task:
        raise PtgenError(
            f"{recipe.name} is a task, and adds all there is: "
            f"ptgen new {NAME} --task {recipe.name} --dry-run"
        )
    if task is None:
        default: str = project.answers(template.folder, Path(NAME))["task"]
        task = default if recipe.applies_to(default) else recipe.tasks[0]
    base = requirements(manifests, recipe, task)
    if found := rules.problems(template.folder, {"task": task, "recipes": [*base, recipe.name]}):
        raise Problems(found)
    with scratch() as folder:
        before, after = folder / "before", folder / "after"
        for destination, recipes in ((before, base), (after, [*base, recipe.name])):
            chosen = project.answers(template.folder, Path(NAME), task, recipes)
            render(template.folder, chosen, destination)
            record_source(destination, template)
        return "".join(_compare(before, after))


def requirements(manifests: Sequence[Manifest], recipe: Manifest, task: str) -> list[str]:
    """Return the names of all recipes that one needs; of a group, the first that applies."""
    found: list[str] = []
    open_needs = list(recipe.requires)
    while open_needs:
        need = open_needs.pop(0)
        for other in manifests:
            if need in (other.name, other.group) and other.applies_to(task):
                if other.name not in found:
                    found.append(other.name)
                    open_needs += other.requires
                break
    return found


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
