"""How commands that change a project begin, and what they say at the end."""

import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

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
    """
    for line in notes:
        console.say(line)
    kinds = {"added": change.added, "changed": change.changed, "removed": change.removed}
    counts = [f"{_files(names)} {kind}" for kind, names in kinds.items() if names]
    said = f"would have {done}" if dry_run else done
    console.say(f"{said[0].upper()}{said[1:]}: {', '.join(counts) or 'no files changed'}.")
    for kind, names in kinds.items():
        for name in names:
            console.say(f"  {'conflict' if name in change.conflicts else kind:<9}{name}")
    if dry_run or change.is_none:
        return
    if change.conflicts:
        console.warn(
            f"you and the template changed the same lines of {', '.join(change.conflicts)}: "
            "resolve the conflicts before you commit"
        )
    folder = change.project.folder
    here = "" if folder == Path().absolute() else f"-C {shlex.quote(str(folder))} "
    reset = f"git {here}reset --quiet && " if change.conflicts else ""
    stage = f"git {here}add --all && "
    if change.added and not change.conflicts:  # new files are not in the diff before
        console.say(f"Review: {stage}git {here}diff --staged")
    else:
        console.say(f"Review: git {here}diff")
    console.say(f"Commit: {stage}git {here}commit")
    console.say(f"Undo:   {reset}git {here}stash --include-untracked")


def _files(names: Sequence[str]) -> str:
    return "1 file" if len(names) == 1 else f"{len(names)} files"
