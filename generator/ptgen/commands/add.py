"""``ptgen add``: more recipes for a project that is there."""

from typing import Annotated

import typer

from ptgen.base import console
from ptgen.commands import options


def add(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="RECIPE...",
            help="Recipes to add.",
            autocompletion=options.complete_recipe,
        ),
    ],
    project: options.ProjectFolder = None,
    conflict: options.Conflict = "inline",
    template: options.MovedTemplate = None,
    dry_run: options.DryRun = False,
    as_json: options.Json = False,
) -> None:
    """Add recipes to a project, at the version that it is at. What you wrote stays."""
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
            catalogue = Catalogue.read(folder)
            wanted = options.split(names)
            recipes, told = catalogue.complete([*found.recipes, *wanted])
            told += [f"{name} is there already" for name in wanted if name in found.recipes]
            answers = {"recipes": recipes}
            change = update(
                found, versions, commit, folder, answers, room, conflict=conflict, dry_run=dry_run
            )
    if as_json:
        console.put_json(change.facts())
    new = [name for name in recipes if name not in found.recipes]
    tell(change, f"added {', '.join(new) or 'nothing'}", told, dry_run=dry_run)
