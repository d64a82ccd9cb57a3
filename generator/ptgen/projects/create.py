"""Creates a project: all of it or, whatever happens, nothing."""

import importlib.metadata
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ptgen.base import git
from ptgen.base.errors import Problems, PtgenError
from ptgen.base.names import did_you_mean
from ptgen.base.staging import atomic_folder, files_of, scratch
from ptgen.projects import journal
from ptgen.projects.existing import refuse_uncommitted
from ptgen.templates import Template
from ptgen.templates.answers import record_source
from ptgen.templates.presets import Preset

Answers = Mapping[str, Any]
# What a new repository may begin with, as hosts make it.
BEGINNING = re.compile(
    r"\.git|\.ptgen|\.gitignore|\.gitattributes|(README|LICEN[CS]E|COPYING)(\.\w+)?", re.IGNORECASE
)
# Of these, what the owner has and what the template makes are one after the other in one file.
JOINED = ("README.md", ".gitignore", ".gitattributes")


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
    place = place_problems(destination, may_exist=True)
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
        destination: Folder of the project, which does not exist, or holds no more than what a new
            repository begins with: that is kept.
        answers: Those to all of the template's questions.
        with_git: Whether to make it a git repository with a first commit; within a work tree
            none is made, and only in an own repository there is a commit.

    Raises:
        Problems: Before anything is created, with all that stands against it.
        PtgenError: If it could not be created. Then nothing is left of it.
    """
    refuse_problems(template, destination, answers, with_git=with_git)
    if destination.exists():
        return _create_in(destination.absolute(), template, answers, with_git=with_git)
    with atomic_folder(destination.absolute()) as folder:
        template.render(answers, folder)
        record_source(folder, template)
        files = files_of(folder)
        if with_git and not git.inside_work_tree(folder):
            git.run("init", "--quiet", "--initial-branch=main", cwd=folder)
            _commit(folder, template, answers)
    return files


def place_problems(destination: Path, *, may_exist: bool = False) -> list[str]:
    """Return what stands against creating a folder there, or a project in one that exists."""
    destination = destination.absolute()
    if os.path.lexists(destination):
        if may_exist:
            return list(_reasons_against(destination))
        return [f"{destination} exists; name a folder that does not"]
    above = next(folder for folder in destination.parents if os.path.lexists(folder))
    if not above.is_dir():
        return [f"{above} is not a folder, so {destination} cannot be created in it"]
    if not os.access(above, os.W_OK | os.X_OK):
        return [f"no permission to write in {above}; choose another place for {destination.name}"]
    return []


def take_back(destination: Path) -> list[str]:
    """Take back what a killed process has begun to create in a folder, and return lines to tell."""
    if not destination.is_dir():
        return []
    with journal.locked_if_begun(destination) as is_ours:
        return journal.recover(destination) if is_ours else []


def _reasons_against(folder: Path) -> Iterator[str]:
    """Yield why a project cannot be created in what exists."""
    if not folder.is_dir():
        yield f"{folder} exists and is not a folder; name a folder"
        return
    others = sorted(path.name for path in folder.iterdir() if not BEGINNING.fullmatch(path.name))
    if others:
        more = f" and {len(others) - 3} more" if len(others) > 3 else ""
        is_repository = git.available() and git.inside_work_tree(folder)
        adopt = ", or bring a project into this repository, on a branch: ptgen adopt"
        yield (
            f"{folder} has files of its own: {', '.join(others[:3])}{more}; name a folder that "
            f"does not exist{adopt if is_repository else ''}"
        )
    elif not os.access(folder, os.W_OK | os.X_OK):
        yield f"no permission to write in {folder}; choose another place"


def _create_in(folder: Path, template: Template, answers: Answers, *, with_git: bool) -> list[str]:
    """Create a project in a folder that exists, next to what is there."""
    with scratch() as workdir, unborn_repository(folder, with_git=with_git) as is_own:
        made = workdir / "made"
        template.render(answers, made)
        record_source(made, template)
        names = [name for name in files_of(made) if _join(folder / name, made / name)]
        with journal.locked(folder) as is_ours:
            if not is_ours:
                raise PtgenError(f"another ptgen is creating a project in {folder}")
            files = {name: made / name for name in names}
            change = journal.Journal.write(folder, journal.Plan("new", "", names), files)
            change.apply("", [])
            try:
                if is_own:
                    _commit(folder, template, answers)
            except BaseException:
                change.take_back()
                raise
            change.forget()
    return names


@contextmanager
def unborn_repository(folder: Path, *, with_git: bool) -> Iterator[bool]:
    """Make a folder a repository unless it is in one, and undo that if something goes wrong.

    Gives whether the folder is the top of a repository to commit to.
    """
    is_new = with_git and not git.inside_work_tree(folder)
    if is_new:
        git.run("init", "--quiet", "--initial-branch=main", cwd=folder)
    elif with_git and git.commit_of("HEAD", cwd=folder):
        refuse_uncommitted(folder)
    try:
        yield with_git and git.is_root(folder)
    except BaseException:
        if is_new:
            shutil.rmtree(folder / ".git", ignore_errors=True)
        raise


def _join(mine: Path, made: Path) -> bool:
    """Put what the owner has of a file before what the template makes; tell if that changes it."""
    if not mine.exists():
        return True
    if mine.name not in JOINED:
        return False
    text, more = mine.read_text(encoding="utf-8"), made.read_text(encoding="utf-8")
    if text.startswith("# ") and more.startswith("# "):  # the title, once
        more = more.partition("\n")[2].lstrip("\n")
    made.write_text(f"{text.rstrip()}\n\n{more}" if text.strip() else more, encoding="utf-8")
    return True


def _commit(project: Path, template: Template, answers: Answers) -> None:
    """Commit all files of a new project."""
    version = importlib.metadata.version("ptgen")
    recipes = template.catalogue(answers["task"]).installed(answers["recipes"])
    listed = ", ".join(recipes) or "none"
    message = f"Start from ptgen {version}\n\nTask: {answers['task']}\nRecipes: {listed}"
    everything = ("-c", f"core.excludesFile={os.devnull}", "add", "--all")
    git.run(*everything, cwd=project)  # and not without what the user's own settings hide
    git.commit(message, cwd=project)
