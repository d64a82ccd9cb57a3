"""``ptgen diff``: show what a change of a project would change, line by line."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from ptgen.base import console
from ptgen.commands import options

if TYPE_CHECKING:
    from ptgen.projects.existing import Project
    from ptgen.projects.recipes import Select
    from ptgen.projects.update import Change
    from ptgen.templates import Versions

app = typer.Typer(
    help="Show what an add, a remove or an update would change, file by file; change nothing.",
    no_args_is_help=True,
)


@app.command()
def add(
    names: options.Recipes,
    project: options.ProjectFolder = None,
    template: options.MovedTemplate = None,
) -> None:
    """Show what adding recipes would change."""
    from ptgen.projects.recipes import with_added

    _recipes(with_added, names, project, template)


@app.command()
def remove(
    names: options.InstalledRecipes,
    project: options.ProjectFolder = None,
    template: options.MovedTemplate = None,
) -> None:
    """Show what removing recipes would change."""
    from ptgen.projects.recipes import without_removed

    _recipes(without_removed, names, project, template)


@app.command()
def update(
    to: options.Version = None,
    project: options.ProjectFolder = None,
    template: options.MovedTemplate = None,
) -> None:
    """Show what moving to a newer version of the template would change."""
    from ptgen.projects.update import prepare_update

    def prepare(found: "Project", versions: "Versions", workdir: Path) -> "Change":
        return prepare_update(found, versions, to, workdir)[0]

    _show(prepare, project, template, is_same=False)


def _recipes(
    select: "Select", names: list[str], project: Path | None, template: str | None
) -> None:
    from ptgen.projects.recipes import prepare_recipes

    def prepare(found: "Project", versions: "Versions", workdir: Path) -> "Change":
        return prepare_recipes(found, versions, select, options.split(names), workdir).change

    _show(prepare, project, template, is_same=True)


def _show(
    prepare: "Callable[[Project, Versions, Path], Change]",
    folder: Path | None,
    template: str | None,
    *,
    is_same: bool,
) -> None:
    """Print the difference that a change makes to what is committed.

    Args:
        prepare: Finds out what the change is.
        folder: The project.
        template: Where its template is now, if it has moved.
        is_same: Whether the version that the project is at is enough.
    """
    from ptgen.base.signals import interruptible
    from ptgen.commands.summary import opened, warn_unclean
    from ptgen.projects.existing import Project

    with (
        interruptible(),
        Project.hold(folder) as project,
        opened(project, template, project.version() if is_same else None) as (versions, workdir),
    ):
        change = prepare(project, versions, workdir)
    console.put_diff(change.merge.diff)
    warn_unclean(change)
