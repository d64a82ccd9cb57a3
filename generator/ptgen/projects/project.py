"""Makes a project: all of it or, whatever happens, nothing."""

import errno
import importlib.metadata
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ptgen.base import git
from ptgen.base.errors import Problems, PtgenError, unwritable
from ptgen.base.names import did_you_mean
from ptgen.base.staging import files_of, sibling_of
from ptgen.templates import registry, rules
from ptgen.templates.presets import Preset
from ptgen.templates.questions import Questions
from ptgen.templates.render import record_source, render
from ptgen.templates.source import Template


def answers(
    template: Path,
    destination: Path,
    task: str | None = None,
    recipes: Sequence[str] = (),
    data: Mapping[str, Any] | None = None,
    start: Sequence[Preset] = (),
) -> dict[str, Any]:
    """Return the answers to a template's questions, with the defaults of what is not given.

    Args:
        template: Folder of the template.
        destination: Folder of the project to be, whose name becomes the project's.
        task: The task; if not given that of ``start``, else the template's default.
        recipes: Names of recipes.
        data: Answers to other questions.
        start: Answers to start from, of which the later win, and those given otherwise most.
            Recipes add up, without those of ``start`` that do not apply to the task.
    """
    questions = Questions(template)
    given: dict[str, Any] = {"project_name": destination.absolute().name}
    for one in start:
        given |= one.others
    given |= data or {}
    given.setdefault("package", questions.default("package", given))
    task = task or next((one.task for one in reversed(start) if one.task), None)
    task = task or questions.default("task", given)
    begun = list[str]()
    if start:
        scopes = {entry.data["name"]: entry.data["tasks"] for entry in registry.read(template)}
        begun = [name for one in start for name in one.applying(task, scopes)]
    return {**given, "task": task, "recipes": list(dict.fromkeys([*begun, *recipes]))}


def problems(
    template: Path, destination: Path, answers: Mapping[str, Any], *, with_git: bool = True
) -> list[str]:
    """Return all that stands against making a project, nothing if all is well."""
    public = Questions(template).public
    unknown = [
        f'there is no question "{name}"{did_you_mean(name, public)}'
        for name in answers
        if name not in public
    ]
    place = place_problems(destination)
    if with_git and not git.available():
        place.append("git is not on PATH; install it, or add --no-git")
    return [*place, *unknown, *rules.problems(template, answers)]


def refuse_problems(
    template: Path, destination: Path, answers: Mapping[str, Any], *, with_git: bool = True
) -> None:
    """Raise Problems if anything stands against making a project."""
    if found := problems(template, destination, answers, with_git=with_git):
        raise Problems(found)


def make(
    template: Template, destination: Path, answers: Mapping[str, Any], *, with_git: bool = True
) -> list[str]:
    """Make a project and return the paths of its files, relative to it.

    The project is made beside ``destination`` and renamed when it is whole.

    Args:
        template: An open template.
        destination: Folder of the project, which does not exist.
        answers: Those to all of the template's questions.
        with_git: Whether to make it a git repository with a first commit; within a work tree
            none is made.

    Raises:
        Problems: Before anything is made, with all that stands against it.
        PtgenError: If it could not be made. Then nothing is left of it.
    """
    refuse_problems(template.folder, destination, answers, with_git=with_git)
    destination = destination.absolute()
    with sibling_of(destination) as sibling:
        with_git = with_git and not git.inside_work_tree(sibling)
        render(template.folder, answers, sibling)
        try:
            record_source(sibling, template)
            files = files_of(sibling)
            if with_git:
                _first_commit(sibling, answers)
            sibling.rename(destination)
        except OSError as error:
            if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
                raise PtgenError(f"{destination} was made by another meanwhile") from error
            raise unwritable(destination, error) from error
    return files


def place_problems(destination: Path) -> list[str]:
    """Return what stands against making a folder there."""
    destination = destination.absolute()
    if os.path.lexists(destination):
        return [f"{destination} exists; name a folder that does not"]
    above = next(folder for folder in destination.parents if os.path.lexists(folder))
    if not above.is_dir():
        return [f"{above} is no folder, so {destination} cannot be made in it"]
    if not os.access(above, os.W_OK | os.X_OK):
        return [f"no permission to write in {above}; choose another place for {destination.name}"]
    return []


def _first_commit(project: Path, answers: Mapping[str, Any]) -> None:
    """Make the project a git repository that holds all its files."""
    version = importlib.metadata.version("ptgen")
    recipes = ", ".join(answers["recipes"]) or "none"
    message = f"Start from ptgen {version}\n\nTask: {answers['task']}\nRecipes: {recipes}"
    git.run("init", "--quiet", "--initial-branch=main", cwd=project)
    git.run("add", "--all", cwd=project)
    git.commit(message, cwd=project)
