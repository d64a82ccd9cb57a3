"""An existing project: where it is, and the answers that it was created with."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from ptgen.base import console, git
from ptgen.base.errors import Problems, PtgenError
from ptgen.projects import journal
from ptgen.templates import registry
from ptgen.templates.answers import mistakes

ANSWERS = ".copier-answers.yml"
# The answers that every project has.
REQUIRED = ("project_name", "package", "task", "recipes")


@dataclass(frozen=True)
class Project:
    """A project in a git work tree.

    Attributes:
        folder: Its folder.
        src_path: Where its template came from; None if it does not say.
        commit: The version of its template; None if it does not say.
        answers: Those to the template's questions.
    """

    folder: Path
    src_path: str | None
    commit: str | None
    answers: dict[str, Any] = field(hash=False)

    @classmethod
    def open(cls, folder: Path | None = None) -> Self:
        """Read the answers of a project.

        Args:
            folder: The project; if not given, the one that the current folder is in.

        Raises:
            PtgenError: If it is not a project, or if its answers are not valid.
        """
        found = _find(folder)
        with journal.locked_if_begun(found) as is_ours:
            if is_ours:
                _recover(found)
        return cls._read(found)

    @classmethod
    @contextmanager
    def hold(cls, folder: Path | None = None) -> Iterator[Self]:
        """Like ``open``, and let no other process change it for the time of a ``with``.

        Raises:
            PtgenError: If it is not a project, its answers are not valid, it is not in git, or
                another process changes it now.
        """
        found = _find(folder)
        if not _in_git(found):
            raise PtgenError(
                f"{found} is not in git, which keeps your changes apart from the template's; "
                'first: git init && git add --all && git commit --message "My project"'
            )
        with journal.locked(found) as is_ours:
            if not is_ours:
                raise PtgenError(
                    f"another ptgen is changing {found}; when it is done, run the command again"
                )
            _recover(found)
            yield cls._read(found)

    @classmethod
    @contextmanager
    def open_to_change(cls, folder: Path | None = None) -> Iterator[Self]:
        """Like ``hold``, where all of it is committed.

        Raises:
            PtgenError: As ``hold``, and if tracked files have changes that are not committed.
                Untracked files are ignored, because nothing overwrites them.
        """
        with cls.hold(folder) as project:
            refuse_uncommitted(project.folder)
            yield project

    @classmethod
    def _read(cls, found: Path) -> Self:
        path = found / ANSWERS
        try:
            document = registry.read_file(path, str(path))
        except PtgenError as error:
            raise PtgenError(f"{error}; {_restore(path)}") from error
        if problems := list(mistakes(document, REQUIRED)):
            raise Problems(f"{problem}; {_restore(path)}" for problem in problems)
        facts = document.data
        answers = {name: value for name, value in facts.items() if not str(name).startswith("_")}
        return cls(found, facts.get("_src_path"), facts.get("_commit"), answers)

    @property
    def task(self) -> str:
        """The task."""
        return str(self.answers["task"])

    @property
    def recipes(self) -> list[str]:
        """Names of the recipes that were asked for."""
        return list(self.answers["recipes"])

    def version(self) -> str:
        """Return the version of the template that the project is at.

        Raises:
            PtgenError: If it does not say.
        """
        if self.commit is None:
            raise PtgenError(
                f"{self.folder / ANSWERS} has no _commit, so the version that the project was "
                "created with is not known; write its tag or commit there: _commit: v1.0.0"
            )
        return self.commit


def refuse_uncommitted(folder: Path) -> None:
    """Raise PtgenError if a folder of a work tree has changes that are not committed."""
    status = git.run(
        "status", "--porcelain", "--untracked-files=no", "--", ".", cwd=folder
    ).splitlines()
    if not git.succeeds("rev-parse", "--verify", "HEAD", cwd=folder):
        status = status or ["   all of it"]
    if status:
        names = ", ".join(line[3:] for line in status[:5])
        more = f" and {len(status) - 5} more" if len(status) > 5 else ""
        raise PtgenError(
            f"{folder} has changes that are not committed: {names}{more}; "
            'first: git add --all && git commit --message "..." (or: git stash --include-untracked)'
        )


def _in_git(folder: Path) -> bool:
    return git.available() and git.inside_work_tree(folder)


def _recover(project: Path) -> None:
    for line in journal.recover(project):
        console.warn(line)


def _find(folder: Path | None) -> Path:
    """Return the folder with the answers: the given one, or the nearest around the current one."""
    start = (folder or Path()).absolute()
    tried = [start] if folder else [start, *start.parents]
    for one in tried:
        if (one / ANSWERS).is_file():
            return one
    where = f"{folder} holds" if folder else "this folder and those above it hold"
    raise PtgenError(f"{where} no project: there is no {ANSWERS}; create one with: ptgen new DEST")


def _restore(path: Path) -> str:
    return f"restore it with: git checkout -- {path.name}"
