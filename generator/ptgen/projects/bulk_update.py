"""Updates several projects, each on a branch of its own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ptgen.base import git
from ptgen.base.errors import PtgenError
from ptgen.base.staging import scratch
from ptgen.projects.branch import branch
from ptgen.projects.existing import Project
from ptgen.projects.update import Change, prepare_update
from ptgen.templates import Versions
from ptgen.templates.source import asked_for


@dataclass
class Outcome:
    """What became of one project.

    Attributes:
        path: The project, as it was given.
        status: ``current`` if it is at the version already; ``refused`` if nothing was done.
        before: The version it was at.
        after: The version it is at.
        branch: The branch that it is on, if one was made.
        files: How many files are new, changed or gone.
        conflicts: Files in which both sides changed the same lines: they are not committed.
        left_out: Files that the owner has deleted, so that what changes in them is left out.
        notes: What else there is to say, such as the reason of a refusal.
    """

    path: str
    status: Literal["updated", "current", "conflicts", "refused"] = "refused"
    before: str | None = None
    after: str | None = None
    branch: str | None = None
    files: int = 0
    conflicts: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def update_projects(
    paths: Sequence[Path], target: str | None, template: str | None, *, dry_run: bool = False
) -> Iterator[Outcome]:
    """Update projects one after the other; what is wrong with one does not stop the rest.

    Args:
        paths: Folders of the projects.
        target: The version to move to; None for the newest.
        template: Where their template is now, if it has moved.
        dry_run: Whether to say what would change and change nothing.
    """
    known: dict[str | None, Versions] = {}
    with scratch() as workdirs:
        for number, path in enumerate(paths):
            outcome, workdir = Outcome(str(path)), workdirs / str(number)
            workdir.mkdir()
            try:
                outcome.before = Project.open(path).commit
                with Project.open_to_change(path) as project:
                    address = asked_for(template or project.src_path)
                    if address not in known:
                        known[address] = Versions.open(address, None, workdir)
                    change, notes = prepare_update(project, known[address], target, workdir)
                    if not dry_run:
                        outcome.branch = _apply(change)
            except (PtgenError, OSError) as error:
                outcome.branch, outcome.notes = None, str(error).splitlines()
            else:
                _record(outcome, change, notes)
            yield outcome


def _record(outcome: Outcome, change: Change, notes: list[str]) -> None:
    merge = change.merge
    outcome.after, outcome.notes = change.version, notes
    outcome.conflicts, outcome.left_out = merge.conflicts, merge.left_out
    outcome.files = len(change.files)
    outcome.status = "current" if change.version == outcome.before else "updated"
    if not change.is_clean:
        outcome.status = "conflicts"


def _apply(change: Change) -> str | None:
    """Apply an update on a branch of its own, commit it if nothing is left, and return its name."""
    if change.version == change.project.version():
        return None
    with branch(change.project.folder, f"ptgen/{change.version}") as name:
        change.apply()
        _commit(change)
    return name


def _commit(change: Change) -> None:
    """Commit an update in which nothing is left to settle."""
    if not change.files or change.merge.conflicts:
        return
    project = change.project
    git.run("add", "--force", "--all", "--", *change.files, cwd=project.folder)
    message = f"Update the template from {project.version()} to {change.version}"
    git.commit(message, cwd=project.folder)
