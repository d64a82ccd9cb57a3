"""Merges a newer upstream into a team's template, by git."""

import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from packaging.version import Version

from ptgen.base import git
from ptgen.base.errors import PtgenError
from ptgen.base.signals import handled_by
from ptgen.base.staging import scratch
from ptgen.projects.existing import refuse_uncommitted
from ptgen.teams import starter, upstream
from ptgen.teams.upstream import BRANCH, RECORD, Record
from ptgen.teams.upstream_merge import Merge, split
from ptgen.templates import Versions, source
from ptgen.templates.origins import without_credentials


@dataclass(frozen=True)
class Synced:
    """What a sync has done.

    Attributes:
        folder: The team's template.
        template: Its upstream.
        before: The version that was merged in.
        after: The version that is now, or will be once the conflicts are resolved.
        changed: Files that are added, changed or removed.
        conflicts: Those that the team and the upstream both changed; the merge is open.
        missing: What recipes need and the team's pyproject.toml does not name.
    """

    folder: Path
    template: str
    before: str | None
    after: str | None
    changed: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return all of it for a program."""
        names = ("template", "before", "after", "changed", "conflicts", "missing")
        return {"path": str(self.folder), **{name: getattr(self, name) for name in names}}


def sync(folder: Path | None = None, to: str | None = None, template: str | None = None) -> Synced:
    """Merge another version of its upstream into a team's template.

    Args:
        folder: In the team's template; the current folder if not given.
        to: Tag, branch or commit of the upstream; its newest version if not given.
        template: Where the upstream is now, if it has moved.

    Raises:
        PtgenError: If it could not be done. Then branches and files are as they were.
    """
    repository = _find(folder)
    _refuse_unready(repository)
    record = Record.read(repository)
    _refuse_without_snapshot(repository, record)
    address = source.asked_for(template or record.template) if template or record.template else None
    if address is None:
        raise PtgenError(
            f"{repository / RECORD} does not say where the upstream is; name it: --template URL"
        )
    with scratch() as workdir:
        versions = Versions.open(address, None, workdir)
        where = without_credentials(versions.address or address)
        target = versions.commit(to) if to else versions.newest()
        if _holds(versions, record.version, target):
            if to and versions.name(target) != record.version:
                raise PtgenError(
                    f"{to} is older than {record.version}, which is merged in here; a sync goes "
                    "forward only"
                )
            return Synced(repository, where, record.version, record.version)
        newer = versions.checkout(target, workdir / "newer")
        newer.config.refuse_code()
        newer.refuse_invalid()
        tree = upstream.write_tree(newer.folder, repository)
        name = versions.name(target)
    before = git.commit_of("HEAD", cwd=repository)
    with handled_by(signal.SIG_IGN):
        conflicts = Merge(repository, record, tree, where, name).run()
    names = ("diff", "--name-only", "--no-renames", "-z", str(before), "--", ".")
    changed = git.run(*names, f":(exclude){RECORD}", cwd=repository)
    missing = [] if conflicts else starter.missing(repository)
    return Synced(repository, where, record.version, name, split(changed), conflicts, missing)


def next_tag(repository: Path) -> str:
    """Return a tag for the next release of a team's template."""
    newest = source.newest_tag(repository)
    if newest is None:
        return "v1.0.0"
    version = Version(newest)
    return f"{'v' if newest.startswith('v') else ''}{version.major}.{version.minor + 1}.0"


def _find(folder: Path | None) -> Path:
    """Return the top of the team's template that a folder is in."""
    start = (folder or Path()).absolute()
    if git.inside_work_tree(start):
        top = Path(git.run("rev-parse", "--show-toplevel", cwd=start).strip())
        if (top / RECORD).is_file():
            return top
        if git.run("branch", "--show-current", cwd=top).strip() == BRANCH:
            raise PtgenError(
                f"{top} is on branch {BRANCH}, which ptgen writes; go to your own: git switch main"
            )
    raise PtgenError(
        f"{start} is not a team's template: there is no {RECORD}; create one with: "
        "ptgen template init DEST"
    )


def _refuse_unready(repository: Path) -> None:
    """Refuse to begin while there is something to be finished."""
    if git.commit_of("MERGE_HEAD", cwd=repository):
        raise PtgenError(
            f"{repository} is in the middle of a merge; finish it: git commit, or abort it: "
            "git merge --abort"
        )
    refuse_uncommitted(repository)


def _refuse_without_snapshot(repository: Path, record: Record) -> None:
    """Refuse to merge where it is not known from what."""
    if git.commit_of(record.snapshot, cwd=repository) is None:
        raise PtgenError(
            f"{RECORD} names the commit {record.snapshot[:12]} of branch {BRANCH}, which is not "
            f"here; get it: git fetch origin {BRANCH}:{BRANCH}"
        )


def _holds(versions: Versions, merged: str | None, target: str) -> bool:
    """Tell whether the version that is merged in is the target or comes after it."""
    if merged is None:
        return False
    try:
        return versions.holds(versions.commit(merged), target)
    except PtgenError:  # another upstream, which never had it
        return False
