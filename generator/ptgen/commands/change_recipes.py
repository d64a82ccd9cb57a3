"""``ptgen add`` and ``ptgen remove``: change the recipes of a project."""

from pathlib import Path
from typing import TYPE_CHECKING

from ptgen.base import console
from ptgen.commands import options

if TYPE_CHECKING:
    from ptgen.projects.recipes import Select


def add(
    names: options.Recipes,
    project: options.ProjectFolder = None,
    template: options.MovedTemplate = None,
    dry_run: options.DryRun = False,
    as_json: options.Json = False,
) -> None:
    """Add recipes to a project, with those that they require. Your edits stay."""
    from ptgen.projects.recipes import with_added

    _change(with_added, names, project, template, dry_run, as_json)


def remove(
    names: options.InstalledRecipes,
    project: options.ProjectFolder = None,
    template: options.MovedTemplate = None,
    dry_run: options.DryRun = False,
    as_json: options.Json = False,
) -> None:
    """Remove recipes from a project, with what only they required. Your edits stay."""
    from ptgen.projects.recipes import without_removed

    _change(without_removed, names, project, template, dry_run, as_json)


def _change(
    select: "Select",
    names: list[str],
    folder: Path | None,
    template: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    from ptgen.base.signals import interruptible
    from ptgen.commands.summary import opened, tell
    from ptgen.projects.existing import Project
    from ptgen.projects.recipes import prepare_recipes

    with (
        interruptible(),
        Project.open_to_change(folder) as project,
        opened(project, template, project.version()) as (versions, workdir),
    ):
        done = prepare_recipes(project, versions, select, options.split(names), workdir)
        if not dry_run:
            done.change.apply()
    if as_json:
        console.put_json(done.as_dict())
    parts = {"added": done.added, "removed": done.removed}
    texts = [f"{verb} {', '.join(found)}" for verb, found in parts.items() if found]
    tell(done.change, ", ".join(texts) or "changed no recipe", done.notes, dry_run=dry_run)
