"""Changes the files of a project all together or not at all, and can take that back.

What is to change is first written into git's folder for the work tree, with what is there before.
So a command that is stopped at any moment leaves enough to take back what it had begun, which the
next command does; and the last change that was finished stays there for ``ptgen undo``.
"""

import json
import os
import shutil
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Self

from ptgen.base import git
from ptgen.base.digest import digest
from ptgen.base.errors import PtgenError, unwritable
from ptgen.base.signals import handled_by

PLAN = "plan.json"


@dataclass(frozen=True)
class Plan:
    """A change of a project.

    Attributes:
        what: The command, such as ``add ema``.
        head: The commit that it starts from.
        names: The files, in the order in which they are changed.
        is_done: Whether all of it has been done.
    """

    what: str
    head: str
    names: Sequence[str]
    is_done: bool = False


class Journal:
    """A change of a project that has been begun.

    Attributes:
        plan: What it consists of.
    """

    def __init__(self, project: Path, folder: Path, plan: Plan) -> None:
        """See ``write`` and ``read``."""
        self._project, self._folder, self.plan = project, folder, plan

    @classmethod
    def read(cls, project: Path) -> Self | None:
        """Return the last change of a project; None if there is none to be taken back."""
        folder = _place(project) / "change"
        if not (folder / PLAN).is_file():
            return None
        return cls(project, folder, Plan(**json.loads((folder / PLAN).read_text(encoding="utf-8"))))

    @classmethod
    def write(cls, project: Path, plan: Plan, files: Mapping[str, Path]) -> Self:
        """Begin a change.

        Args:
            project: The project.
            plan: What it consists of.
            files: The new file of each name; without one, it is removed.

        Raises:
            PtgenError: If it cannot be written. Then nothing has changed.
        """
        place = _place(project)
        new, folder, last = place / "new", place / "change", place / "last"
        try:
            for left in (new, last):
                shutil.rmtree(left, ignore_errors=True)
            for side, sources in (
                ("before", {name: project / name for name in plan.names}),
                ("after", files),
            ):
                (new / side).mkdir(parents=True)
                for number, name in enumerate(plan.names):
                    if name in sources and sources[name].is_file():
                        shutil.copy2(sources[name], new / side / str(number))
            _record(new, plan)
            with suppress(FileNotFoundError):
                folder.rename(last)
            new.rename(folder)
            shutil.rmtree(last, ignore_errors=True)
        except OSError as error:
            raise unwritable(place, error) from error
        return cls(project, folder, plan)

    def apply(self, index: str, blobs: Sequence[bytes]) -> None:
        """Change the files, and mark conflicts; whatever goes wrong, take all of it back.

        Args:
            index: The marks, as ``git update-index --index-info`` takes them.
            blobs: The contents that these name.

        Raises:
            PtgenError: If it could not be done. Then nothing has changed.
        """
        with handled_by(signal.SIG_IGN):
            try:
                self._apply(index, blobs)
            except (OSError, PtgenError) as error:
                self.take_back()
                if isinstance(error, PtgenError):
                    raise
                raise unwritable(self._project, error) from error

    def edited(self) -> list[str]:
        """Return the files that are neither as before the change nor as after it."""
        found = []
        for number, name in enumerate(self.plan.names):
            path, before, after = self._sides(number, name)
            if not _same(path, before) and not _same(path, after):
                found.append(name)
        return found

    def take_back(self) -> list[str]:
        """Bring every file back to what it was but for those in ``edited``, which are returned."""
        edited = self.edited()
        with handled_by(signal.SIG_IGN):
            for number, name in enumerate(self.plan.names):
                path, before, _ = self._sides(number, name)
                _beside(path).unlink(missing_ok=True)
                # Where there was nothing, there may be an empty folder.
                if name not in edited and not (_same(path, before) and before.exists()):
                    _put(self._project, path, before)
            if _in_git(self._project):
                # They were as committed, and may have been staged or marked as conflicts since.
                git.run("reset", "--quiet", "--", *self.plan.names, cwd=self._project)
            self.forget()
        return edited

    def forget(self) -> None:
        """Drop it: from here on it cannot be taken back."""
        gone = self._folder.with_name("last")
        shutil.rmtree(gone, ignore_errors=True)
        self._folder.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)

    def _apply(self, index: str, blobs: Sequence[bytes]) -> None:
        for number, name in enumerate(self.plan.names):
            path, before, after = self._sides(number, name)
            if not _same(path, before):
                raise PtgenError(
                    f"{path} was saved while ptgen ran, so nothing is changed, and what was saved "
                    "is kept; commit it, and run the command again"
                )
            if not _same(path, after):
                _put(self._project, path, after)
        for content in blobs:
            git.run("hash-object", "-w", "--stdin", cwd=self._project, content=content)
        if index:
            arguments = ("update-index", "-z", "--index-info")
            git.run(*arguments, cwd=self._project, content=os.fsencode(index))
        self.plan = replace(self.plan, is_done=True)
        _record(self._folder, self.plan)

    def _sides(self, number: int, name: str) -> tuple[Path, Path, Path]:
        """Return a file of the project, and where it is kept as before and as after."""
        before, after = (self._folder / side / str(number) for side in ("before", "after"))
        return self._project / name, before, after


@contextmanager
def locked(project: Path) -> Iterator[bool]:
    """Let no other process change a project for the time of a ``with``, if none does so now.

    Gives whether that is so.
    """
    from filelock import FileLock, Timeout

    place = _place(project)
    try:
        place.mkdir(parents=True, exist_ok=True)
        with FileLock(place / "lock", timeout=0):
            yield True
            if place.parent == project and not (place / "change").exists():
                shutil.rmtree(place)
    except Timeout:
        yield False


@contextmanager
def locked_if_begun(project: Path) -> Iterator[bool]:
    """Lock a project in which a change was begun and is not done; gives whether that is so."""
    if not is_begun(project):
        if _place(project).parent == project and _place(project).exists():
            with locked(project):  # which tidies up
                pass
        yield False
        return
    with locked(project) as is_ours:
        yield is_ours


def is_begun(project: Path) -> bool:
    """Tell whether a change was begun and is not done."""
    journal = Journal.read(project)
    return journal is not None and not journal.plan.is_done


def recover(project: Path) -> list[str]:
    """Take back what a process that was killed had begun, and return lines to tell."""
    journal = Journal.read(project)
    if journal is None or journal.plan.is_done:
        return []
    edited = journal.take_back()
    lines = [f"ptgen {journal.plan.what} was stopped in the middle: what it had changed is undone"]
    return lines + [f"{project / name} was edited since, and is left as it is" for name in edited]


def _place(project: Path) -> Path:
    """Return the folder for a project in git's folder for its work tree, else in the project."""
    if not _in_git(project):
        return project / ".ptgen"
    asked = ("--absolute-git-dir", "--show-prefix")
    git_dir, prefix = git.run("rev-parse", *asked, cwd=project).split("\n")[:2]
    return Path(git_dir) / "ptgen" / digest(prefix)[:16]


def _in_git(project: Path) -> bool:
    return git.available() and git.inside_work_tree(project)


def _record(folder: Path, plan: Plan) -> None:
    temporary = folder / "plan.new"
    temporary.write_text(json.dumps(asdict(plan)), encoding="utf-8")
    temporary.replace(folder / PLAN)


def _same(path: Path, kept: Path) -> bool:
    """Tell whether a file of the project is as it was kept."""
    if path.is_symlink() or not path.is_file():
        return not path.is_symlink() and not path.exists() and not kept.exists()
    if not kept.exists() or _executable(path) != _executable(kept):
        return False
    return path.read_bytes() == kept.read_bytes()


def _put(project: Path, path: Path, kept: Path) -> None:
    """Make a file of the project what was kept; if nothing was, remove it."""
    if kept.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(kept, _beside(path))
        _beside(path).replace(path)
        return
    path.unlink(missing_ok=True)
    for folder in path.parents:  # those that are empty without it
        if folder == project:
            break
        with suppress(OSError):
            folder.rmdir()


def _beside(path: Path) -> Path:
    """Return where a file is written before it takes its place."""
    return path.with_name(f".{path.name}.ptgen")


def _executable(path: Path) -> int:
    return path.stat().st_mode & 0o111
