"""Merges a version of the upstream into a team's branch, all of it or nothing."""

from dataclasses import dataclass
from pathlib import Path

from ptgen.base import git
from ptgen.base.errors import PtgenError
from ptgen.teams import upstream
from ptgen.teams.upstream import BRANCH, RECORD, Record


@dataclass(frozen=True)
class Merge:
    """One version of the upstream, on its way into the current branch.

    Attributes:
        repository: The team's template, all of it committed.
        record: What is merged in.
        tree: What composes a project in the new version, see ``upstream.write_tree``.
        address: Where the upstream is.
        version: The new version.
    """

    repository: Path
    record: Record
    tree: str
    address: str
    version: str

    def run(self) -> list[str]:
        """Merge it, and return the files with conflicts; the merge is left open if there are any.

        If it fails, branches and files are as they were.
        """
        head = str(git.commit_of("HEAD", cwd=self.repository))
        tip = git.commit_of(f"refs/heads/{BRANCH}", cwd=self.repository)
        try:
            snapshot = self._snapshot(tip)
            self._git("update-ref", f"refs/heads/{BRANCH}", snapshot)
            self._join(head)
            conflicts = [] if self._is_merged(snapshot) else self._merge()
            Record(self.address, self.version, snapshot).write(self.repository)
            self._git("add", "--force", "--", RECORD)
            if not conflicts:
                git.commit(self._message(), cwd=self.repository)
        except BaseException:
            self._undo(head, tip)
            raise
        return conflicts

    def _git(self, *arguments: str) -> str:
        return git.run(*arguments, cwd=self.repository).strip()

    def _message(self) -> str:
        return f"Merge the template at {self.version}\n\nFrom {self.address}"

    def _is_merged(self, commit: str) -> bool:
        return _is_ancestor(self.repository, commit, "HEAD")

    def _snapshot(self, tip: str | None) -> str:
        """Return the commit that holds the version, which follows what has been merged.

        An earlier merge may have been given up, and what it brought lie on branch upstream already;
        or others have synced, and branch upstream here lies behind.
        """
        last = self.record.snapshot
        parent = tip if tip and _is_ancestor(self.repository, last, tip) else last
        if self._git("rev-parse", f"{parent}^{{tree}}") == self.tree:
            return parent
        message = upstream.message_of(self.address, self.version)
        return upstream.commit_tree(self.tree, [parent], message, self.repository)

    def _join(self, head: str) -> None:
        """Let git know that the last version is merged in, where a squashed merge has hidden it."""
        last = self.record.snapshot
        if not self._is_merged(last):
            message = f"Join branch {BRANCH}, which is merged in at {self.record.version} already"
            tree = self._git("rev-parse", f"{head}^{{tree}}")
            joined = upstream.commit_tree(tree, [head, last], message, self.repository)
            self._git("update-ref", "HEAD", joined)

    def _merge(self) -> list[str]:
        options = ("--no-ff", "--no-commit", "--no-verify-signatures", "--quiet")
        who = git.identity(self.repository)
        try:
            self._git(*who, "merge", *options, "-m", self._message(), f"heads/{BRANCH}")
        except PtgenError:
            conflicts = split(self._git("diff", "--name-only", "--diff-filter=U", "-z"))
            if not conflicts:
                raise
            return conflicts
        return []

    def _undo(self, head: str, tip: str | None) -> None:
        if git.commit_of("MERGE_HEAD", cwd=self.repository):
            self._git("merge", "--abort")
        self._git("update-ref", "HEAD", head)
        self._git("checkout", "--quiet", "HEAD", "--", RECORD)
        if tip:
            self._git("update-ref", f"refs/heads/{BRANCH}", tip)
        else:
            self._git("update-ref", "-d", f"refs/heads/{BRANCH}")


def _is_ancestor(repository: Path, commit: str, other: str) -> bool:
    return git.succeeds("merge-base", "--is-ancestor", commit, other, cwd=repository)


def split(listed: str) -> list[str]:
    """Return the names that git has listed with -z."""
    return [name for name in listed.split("\0") if name]
