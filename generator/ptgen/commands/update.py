"""``ptgen update``: move projects to a newer version of their template."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ptgen.base import console
from ptgen.commands import options

if TYPE_CHECKING:
    from ptgen.projects.bulk_update import Outcome


def update(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[PATH]...",
            help="Projects, each updated and committed on a branch of its own. Without any, the "
            "one around the current folder is updated in place, for you to commit.",
        ),
    ] = None,
    to: options.Version = None,
    template: options.MovedTemplate = None,
    dry_run: options.DryRun = False,
    as_json: options.Json = False,
) -> None:
    """Move projects to a newer version of their template. Your edits stay."""
    from ptgen.base.signals import interruptible

    with interruptible():
        if paths:
            _update_many(paths, to, template, dry_run, as_json)
        else:
            _update_here(to, template, dry_run, as_json)


def _update_here(
    to: str | None,
    template: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Update the project around the current folder."""
    from ptgen.commands.summary import opened, tell
    from ptgen.projects.existing import Project
    from ptgen.projects.update import prepare_update

    with Project.open_to_change() as project, opened(project, template) as (versions, workdir):
        change, notes = prepare_update(project, versions, to, workdir)
        if not dry_run:
            change.apply()
    if as_json:
        console.put_json(change.as_dict())
    if change.is_none and change.version == project.version():
        console.say(f"{project.folder.name} is already at {change.version}.")
    else:
        done = f"moved {project.folder.name} from {project.version()} to {change.version}"
        tell(change, done, notes, dry_run=dry_run)


def _update_many(
    paths: Sequence[Path],
    to: str | None,
    template: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Update projects one by one and print the outcome of each."""
    from ptgen.projects.bulk_update import update_projects

    outcomes = []
    width = max(len(str(path)) for path in paths)
    for outcome in update_projects(paths, to, template, dry_run=dry_run):
        outcomes.append(outcome)
        if not as_json:
            console.put(_row(outcome, width))
    if as_json:
        console.put_json([asdict(outcome) for outcome in outcomes])
    counts = Counter(outcome.status for outcome in outcomes)
    console.say(", ".join(f"{count} {status}" for status, count in counts.items()))
    if counts["refused"] or counts["conflicts"]:
        raise typer.Exit(1)


def _row(outcome: "Outcome", width: int) -> str:
    """Return the lines of the table for one project."""
    colours = {"updated": "green", "conflicts": "yellow", "refused": "red"}
    status = typer.style(f"{outcome.status:<10}", fg=colours.get(outcome.status))
    facts = [f"{outcome.before or '?'} to {outcome.after}" if outcome.files else outcome.before]
    if outcome.branch:
        facts.append(f"on {outcome.branch}")
    if outcome.files:
        facts.append(f"{outcome.files} files")
    if outcome.conflicts:
        facts.append(f"conflicts: {', '.join(outcome.conflicts)}")
    if outcome.left_out:
        facts.append(f"left out: {', '.join(outcome.left_out)}")
    lines = [f"{status}{outcome.path:<{width}}  {', '.join(fact for fact in facts if fact)}"]
    return "\n".join([*lines, *(f"{'':<10}  {line}" for line in outcome.notes)]).rstrip()
