"""How commands that change a project begin, and what they say at the end."""

import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import typer

from ptgen.base import console
from ptgen.base.staging import scratch
from ptgen.projects.existing import Project
from ptgen.projects.update import Change
from ptgen.templates import Versions, source


@contextmanager
def opened(
    project: Project, template: str | None, version: str | None = None
) -> Iterator[tuple[Versions, Path]]:
    """Give the versions of a project's template, and a folder to work in.

    Args:
        project: The project.
        template: Where its template is now, if it has moved.
        version: The one that is enough, None for all.
    """
    address = template or project.src_path
    with scratch() as workdir:
        yield Versions.open(source.asked_for(address), version, workdir), workdir


def tell(change: Change, done: str, notes: Sequence[str], *, dry_run: bool) -> None:
    """Say what became of a project.

    Args:
        change: What changed.
        done: What was done, as in ``added ema``.
        notes: Lines to say before.
        dry_run: Whether it was not done.

    Raises:
        Exit: With status 1, if something is left for the owner to settle.
    """
    merge = change.merge
    for line in notes:
        console.say(line)
    kinds = {"added": merge.added, "changed": merge.changed, "removed": merge.removed}
    counts = [f"{_files(names)} {kind}" for kind, names in kinds.items() if names]
    said = f"would have {done}" if dry_run else done
    console.say(f"{said[0].upper()}{said[1:]}: {', '.join(counts) or 'no files changed'}.")
    for kind, names in kinds.items():
        for name in names:
            console.say(f"  {'conflict' if name in merge.conflicts else kind:<9}{name}")
    for name in merge.conflicts:
        if name not in change.files:
            console.say(f"  {'conflict':<9}{name}")
    warn_unclean(change)
    if not dry_run and not change.is_none:
        _advise(change)
    if not change.is_clean:
        raise typer.Exit(1)


def warn_unclean(change: Change) -> None:
    """Say what is left for the owner to settle."""
    merge = change.merge
    if merge.conflicts:
        console.warn(
            f"you and the template changed the same lines of {', '.join(merge.conflicts)}: "
            "resolve the conflicts before you commit"
        )
    if merge.left_out:
        console.warn(
            f"you have deleted or replaced {', '.join(merge.left_out)}, so what the template "
            "changes there is left out"
        )


def _advise(change: Change) -> None:
    """Say how to see what has changed, to keep it, and to undo it."""
    folder = change.project.folder
    is_here = folder == Path().absolute()
    here = "" if is_here else f"-C {shlex.quote(str(folder))} "
    project = "" if is_here else f" --project {shlex.quote(str(folder))}"
    stage = f"git {here}add --all && "
    if change.merge.added and not change.merge.conflicts:  # new files are not in the diff before
        console.say(f"Review: {stage}git {here}diff --staged")
    else:
        console.say(f"Review: git {here}diff")
    console.say(f"Commit: {stage}git {here}commit")
    console.say(f"Undo:   ptgen undo{project}")


def _files(names: Sequence[str]) -> str:
    return "1 file" if len(names) == 1 else f"{len(names)} files"
