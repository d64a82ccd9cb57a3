"""Updates several projects, each on a branch of its own."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ptgen.base import git
from ptgen.base.errors import PtgenError
from ptgen.base.staging import scratch
from ptgen.projects.existing import Project
from ptgen.projects.update import Change, Conflict, update_project
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
        notes: What else there is to say, such as the reason of a refusal.
    """

    path: str
    status: Literal["updated", "current", "conflicts", "refused"] = "refused"
    before: str | None = None
    after: str | None = None
    branch: str | None = None
    files: int = 0
    conflicts: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def update_projects(
    paths: Sequence[Path],
    target: str | None,
    template: str | None,
    *,
    conflict: Conflict = "inline",
    dry_run: bool = False,
) -> Iterator[Outcome]:
    """Update projects one after the other; what is wrong with one does not stop the rest.

    Args:
        paths: Folders of the projects.
        target: The version to move to; None for the newest.
        template: Where their template is now, if it has moved.
        conflict: As in ``update.apply_update``.
        dry_run: As in ``update.apply_update``.
    """
    known: dict[str | None, Versions] = {}
    with scratch() as workdirs:
        for number, path in enumerate(paths):
            outcome, workdir = Outcome(str(path)), workdirs / str(number)
            workdir.mkdir()
            try:
                project = Project.open(path)
                outcome.before = project.commit
                project.refuse_uncommitted()
                address = asked_for(template or project.src_path)
                if address not in known:
                    known[address] = Versions.open(address, None, workdir)
                versions = known[address]
                if dry_run:
                    change, notes = update_project(project, versions, target, workdir, dry_run=True)
                else:
                    with _branch(project, versions, target) as outcome.branch:
                        change, notes = update_project(
                            project, versions, target, workdir, conflict=conflict
                        )
                        _commit(change)
            except (PtgenError, OSError) as error:
                outcome.branch, outcome.notes = None, str(error).splitlines()
            else:
                _record(outcome, change, notes)
            yield outcome


def _record(outcome: Outcome, change: Change, notes: list[str]) -> None:
    outcome.after, outcome.conflicts, outcome.notes = change.version, change.conflicts, notes
    outcome.files = len(change.added) + len(change.changed) + len(change.removed)
    outcome.status = "conflicts" if change.conflicts else "current" if change.is_none else "updated"


@contextmanager
def _branch(project: Project, versions: Versions, target: str | None) -> Iterator[str | None]:
    """Be on a branch for the update, and back where nothing was done.

    It is called as the version. If the project is on it already, as another project in the same
    repository may have left it, it stays there. Without anything to update, no branch is made.
    """
    commit = versions.commit(target) if target else versions.newest()
    if versions.holds(versions.commit(project.version()), commit):
        yield None
        return
    name = f"ptgen/{versions.name(commit)}"
    before = git.run("rev-parse", "--abbrev-ref", "HEAD", cwd=project.folder).strip()
    if before == name:
        yield name
        return
    if git.succeeds("rev-parse", "--verify", "--quiet", f"refs/heads/{name}", cwd=project.folder):
        raise PtgenError(
            f"its branch {name} already exists; merge it, or delete it: git branch -D {name}"
        )
    start = git.run("rev-parse", "HEAD", cwd=project.folder).strip()
    git.run("switch", "--quiet", "--create", name, cwd=project.folder)
    try:
        yield name
    except BaseException:
        back = ["--detach", start] if before == "HEAD" else [before]
        git.run("switch", "--quiet", *back, cwd=project.folder)
        git.run("branch", "--quiet", "--delete", "--force", name, cwd=project.folder)
        raise


def _commit(change: Change) -> None:
    """Commit an update in which nothing is left to settle."""
    if change.is_none or change.conflicts:
        return
    project = change.project
    names = [*change.added, *change.changed, *change.removed]
    git.run("add", "--force", "--all", "--", *names, cwd=project.folder)
    message = f"Update the template from {project.version()} to {change.version}"
    git.commit(message, cwd=project.folder)
