"""What commands that change a project have in common: how they begin, and what they say."""

import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ptgen.base import console
from ptgen.base.staging import scratch
from ptgen.projects.existing import Project
from ptgen.projects.update import Change
from ptgen.templates import source
from ptgen.templates.versions import Versions


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
    with scratch() as room:
        yield Versions.open(source.asked_for(address), version, room), room


def tell(change: Change, done: str, told: Sequence[str], *, dry_run: bool) -> None:
    """Say what became of a project.

    Args:
        change: What changed.
        done: What was done, as in ``Added ema``.
        told: Lines to say before.
        dry_run: Whether it was not done.
    """
    for line in told:
        console.say(line)
    counts = {"new": change.added, "changed": change.changed, "gone": change.removed}
    numbers = [f"{len(files)} {kind}" for kind, files in counts.items() if files]
    files = ", ".join(numbers) or "no file is another"
    console.say(f"{'Would have ' if dry_run else ''}{done}: {files}.")
    for kind, names in counts.items():
        for name in names:
            console.say(f"  {'conflict' if name in change.conflicts else kind:<9}{name}")
    if dry_run or change.is_none:
        return
    here = (
        ""
        if change.project.folder == Path().absolute()
        else f"-C {shlex.quote(str(change.project.folder))} "
    )
    if change.conflicts:
        console.warn(
            f"you and the template changed the same lines of {', '.join(change.conflicts)}: "
            "settle them before you commit"
        )
    reset = f"git {here}reset --quiet && " if change.conflicts else ""
    console.say(f"Look at it:   git {here}diff")
    console.say(f"Keep it:      git {here}add --all && git {here}commit")
    console.say(f"Take it back: {reset}git {here}stash --include-untracked")
