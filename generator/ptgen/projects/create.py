"""Creates a project: all of it or, whatever happens, nothing."""

import importlib.metadata
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ptgen.base import git
from ptgen.base.errors import Problems
from ptgen.base.names import did_you_mean
from ptgen.base.staging import atomic_folder, files_of
from ptgen.templates import Template
from ptgen.templates.answers import record_source
from ptgen.templates.presets import Preset

Answers = Mapping[str, Any]


def complete_answers(
    template: Template,
    destination: Path,
    task: str | None = None,
    recipes: Sequence[str] = (),
    data: Answers | None = None,
    start: Sequence[Preset] = (),
) -> dict[str, Any]:
    """Return the answers to a template's questions, with the defaults of what is not given.

    Args:
        template: The template.
        destination: Folder of the project to be, whose name becomes the project's.
        task: The task; if not given that of ``start``, else the template's default.
        recipes: Names of recipes.
        data: Answers to other questions.
        start: Answers to start from, of which the later win, and those given otherwise most.
            Recipes add up, without those of ``start`` that do not apply to the task.
    """
    given: dict[str, Any] = {"project_name": destination.absolute().name}
    for one in start:
        given |= one.others
    given |= data or {}
    given.setdefault("package", template.config.default("package", given))
    task = task or next((one.task for one in reversed(start) if one.task), None)
    task = task or template.config.default("task", given)
    scopes = {entry.name: entry.tasks for entry in template.entries}
    begun = [name for one in start for name in one.applying(task, scopes)]
    return {**given, "task": task, "recipes": list(dict.fromkeys([*begun, *recipes]))}


def problems(
    template: Template, destination: Path, answers: Answers, *, with_git: bool = True
) -> list[str]:
    """Return all that stands against creating a project, nothing if all is well."""
    public = template.config.public
    unknown = [
        f'there is no question "{name}"{did_you_mean(name, public)}'
        for name in answers
        if name not in public
    ]
    place = place_problems(destination)
    if with_git and not git.available():
        place.append("git is not on PATH; install it, or add --no-git")
    return [*place, *unknown, *template.problems(answers)]


def refuse_problems(
    template: Template, destination: Path, answers: Answers, *, with_git: bool = True
) -> None:
    """Raise Problems if anything stands against creating a project."""
    if found := problems(template, destination, answers, with_git=with_git):
        raise Problems(found)


def create_project(
    template: Template, destination: Path, answers: Answers, *, with_git: bool = True
) -> list[str]:
    """Create a project and return the paths of its files, relative to it.

    Args:
        template: The template.
        destination: Folder of the project, which does not exist.
        answers: Those to all of the template's questions.
        with_git: Whether to make it a git repository with a first commit; within a work tree
            none is made.

    Raises:
        Problems: Before anything is created, with all that stands against it.
        PtgenError: If it could not be created. Then nothing is left of it.
    """
    refuse_problems(template, destination, answers, with_git=with_git)
    with atomic_folder(destination.absolute()) as folder:
        template.render(answers, folder)
        record_source(folder, template)
        files = files_of(folder)
        if with_git and not git.inside_work_tree(folder):
            _first_commit(folder, template, answers)
    return files


def place_problems(destination: Path) -> list[str]:
    """Return what stands against creating a folder there."""
    destination = destination.absolute()
    if os.path.lexists(destination):
        return [f"{destination} exists; name a folder that does not"]
    above = next(folder for folder in destination.parents if os.path.lexists(folder))
    if not above.is_dir():
        return [f"{above} is not a folder, so {destination} cannot be created in it"]
    if not os.access(above, os.W_OK | os.X_OK):
        return [f"no permission to write in {above}; choose another place for {destination.name}"]
    return []


def _first_commit(project: Path, template: Template, answers: Answers) -> None:
    """Make the project a git repository that holds all its files."""
    version = importlib.metadata.version("ptgen")
    recipes = template.catalogue(answers["task"]).installed(answers["recipes"])
    listed = ", ".join(recipes) or "none"
    message = f"Start from ptgen {version}\n\nTask: {answers['task']}\nRecipes: {listed}"
    git.run("init", "--quiet", "--initial-branch=main", cwd=project)
    everything = ("-c", f"core.excludesFile={os.devnull}", "add", "--all")
    git.run(*everything, cwd=project)  # and not without what the user's own settings hide
    git.commit(message, cwd=project)
