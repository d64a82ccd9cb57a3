"""``ptgen remove``: fewer recipes for a project that is there."""

from typing import Annotated

import typer

from ptgen.base import console
from ptgen.commands import options


def remove(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="RECIPE...",
            help="Recipes to remove.",
            autocompletion=options.complete_recipe,
        ),
    ],
    project: options.ProjectFolder = None,
    conflict: options.Conflict = "inline",
    template: options.MovedTemplate = None,
    dry_run: options.DryRun = False,
    as_json: options.Json = False,
) -> None:
    """Remove recipes from a project, at the version that it is at. What you wrote stays."""
    from ptgen.base.signals import interruptible
    from ptgen.commands.summary import opened, tell
    from ptgen.projects.existing import Project
    from ptgen.projects.update import update
    from ptgen.templates.choices import Catalogue

    with interruptible():
        found = Project.open(project)
        found.refuse_uncommitted()
        with opened(found, template, found.version()) as (versions, room):
            commit = versions.commit(found.version())
            folder = versions.checkout(commit, room / "now")
            removed = options.split(names)
            recipes = Catalogue.read(folder).without(found.recipes, removed)
            answers = {"recipes": recipes}
            change = update(
                found, versions, commit, folder, answers, room, conflict=conflict, dry_run=dry_run
            )
    if as_json:
        console.put_json(change.facts())
    tell(change, f"removed {', '.join(sorted(set(removed)))}", [], dry_run=dry_run)
