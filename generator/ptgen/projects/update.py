"""Changes a project by Copier's own update: other recipes, or a newer template.

The update runs in a clone of the project, and what has changed is copied over at the end. So
whatever happens before, the project is unchanged.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from ptgen.base import git
from ptgen.base.errors import Problems, PtgenError, unwritable
from ptgen.base.signals import handled_by
from ptgen.projects.existing import ANSWERS, Project
from ptgen.templates import Template, Versions, former_names
from ptgen.templates.answers import set_source
from ptgen.templates.composer import MISTAKES

Conflict = Literal["inline", "rej"]
UNMERGED = ("DD", "AU", "UD", "UA", "DU", "AA", "UU")


@dataclass(frozen=True)
class Change:
    """What an update does to a project.

    Attributes:
        project: The project before.
        version: Name of the version it is at afterwards.
        recipes: The recipes that are asked for afterwards.
        added: Files that are added, relative to the project.
        changed: Files that are changed.
        removed: Files that are removed.
        conflicts: Files in which both sides changed the same lines.
    """

    project: Project
    version: str
    recipes: list[str]
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)

    @property
    def is_none(self) -> bool:
        """Whether nothing changes."""
        return not (self.added or self.changed or self.removed)

    def as_dict(self) -> dict[str, Any]:
        """Return all of it for a program."""
        names = ("version", "recipes", "added", "changed", "removed", "conflicts")
        return {"path": str(self.project.folder), **{name: getattr(self, name) for name in names}}


def apply_update(
    project: Project,
    versions: Versions,
    commit: str,
    template: Template,
    answers: Mapping[str, Any],
    workdir: Path,
    *,
    conflict: Conflict = "inline",
    dry_run: bool = False,
) -> Change:
    """Change a project.

    Args:
        project: The project, all of it committed.
        versions: Its template.
        commit: The version of the template to move to.
        template: That version.
        answers: Those that are to change.
        workdir: A folder to work in.
        conflict: Whether both sides of a conflict stand in the file, or one in a file ``.rej``.
        dry_run: Whether to say what would change and change nothing.

    Returns:
        What has changed.

    Raises:
        PtgenError: If it could not be done. Then nothing has changed.
    """
    before = versions.commit(project.version())
    answers = {**project.answers, **answers}
    _refuse_answers(project, template, answers)
    copy = _clone(project, workdir / "copy")
    set_source(copy / ANSWERS, before, f"git+{versions.folder.as_uri()}")
    git.run("add", "--force", "--", ANSWERS, cwd=copy)
    git.commit("Where the template is now", "--allow-empty", cwd=copy)
    changed_answers = {
        name: value for name, value in answers.items() if value != project.answers.get(name)
    }
    _copier_update(copy, changed_answers, commit, conflict)
    name = versions.name(commit, asked=project.version())
    set_source(copy / ANSWERS, name, versions.address or project.src_path)
    change = _compare(project, copy, name, answers["recipes"])
    _refuse_collisions(change, copy)
    if not dry_run:
        with handled_by(signal.SIG_IGN):
            _copy_over(change, copy)
    return change


def update_project(
    project: Project,
    versions: Versions,
    target: str | None,
    workdir: Path,
    *,
    conflict: Conflict = "inline",
    dry_run: bool = False,
) -> tuple[Change, list[str]]:
    """Move a project to another version of its template, its recipes by their names there.

    Args:
        project: The project, all of it committed.
        versions: Its template.
        target: The version to move to; None for the newest.
        workdir: A folder to work in.
        conflict: As in ``apply_update``.
        dry_run: As in ``apply_update``.

    Returns:
        What has changed, and lines to tell.

    Raises:
        PtgenError: If it could not be done. Then nothing has changed.
    """
    now = versions.commit(project.version())
    commit = versions.commit(target) if target else versions.newest()
    if versions.holds(now, commit):
        if target and now != commit:
            raise PtgenError(
                f"{target} is older than {project.version()}, which the project is at; "
                "updates go forward only"
            )
        return Change(project, project.version(), project.recipes), []
    old = versions.checkout(now, workdir / "old")
    template = versions.checkout(commit, workdir / "new")
    known = template.entries, template.withdrawn
    (task,), renamed = former_names.current([project.task], *known)
    recipes, notes = former_names.current(project.recipes, *known)
    old.config.refuse_code()  # Copier renders the old version, too
    before = old.catalogue(project.task).installed(project.recipes)
    change = apply_update(
        project,
        versions,
        commit,
        template,
        {"task": task, "recipes": recipes},
        workdir,
        conflict=conflict,
        dry_run=dry_run,
    )
    return change, [*renamed, *notes, *template.catalogue(task).notes(recipes, known=before)]


def _refuse_answers(project: Project, template: Template, answers: Mapping[str, Any]) -> None:
    """Refuse answers that the template does not take, before Copier does so in its own words."""
    given = {name: value for name, value in answers.items() if name in template.config.public}
    if problems := template.problems(given):
        if given["recipes"] == project.recipes and given["task"] == project.task:
            problems = [f"{project.folder / ANSWERS}: {problem}" for problem in problems]
        raise Problems(problems)


def _clone(project: Project, folder: Path) -> Path:
    """Clone the repository that a project is in, and return the folder of the project there."""
    top = Path(git.run("rev-parse", "--show-toplevel", cwd=project.folder).strip())
    shared = ("--shared", "--no-tags")
    git.run("clone", "--quiet", *shared, "--", str(top), str(folder))
    return folder / project.folder.resolve().relative_to(top.resolve())


def _copier_update(copy: Path, answers: Mapping[str, Any], commit: str, conflict: Conflict) -> None:
    import copier
    from copier.errors import CopierError

    from ptgen.templates.render import EXCLUDED

    try:
        with git.undisturbed():
            copier.run_update(
                copy,
                data=dict(answers),
                vcs_ref=commit,
                defaults=True,
                overwrite=True,
                quiet=True,
                conflict=conflict,
                exclude=EXCLUDED,
            )
    except (CopierError, *MISTAKES, OSError) as error:
        raise PtgenError(f"the update failed, and nothing has changed: {error}") from error


def _compare(project: Project, copy: Path, version: str, recipes: list[str]) -> Change:
    """Return how an updated clone differs from the project."""
    change = Change(project, version, recipes)
    for status, name in _statuses(copy):
        path, mine = copy / name, project.folder / name
        if status in UNMERGED or name.endswith(".rej"):
            change.conflicts.append(name.removesuffix(".rej"))
        if not path.exists():
            change.removed.append(name)
        elif status in ("??", "!!") or not mine.exists():
            change.added.append(name)
        elif path.read_bytes() != mine.read_bytes() or _mode(path) != _mode(mine):
            change.changed.append(name)
    return change


def _statuses(copy: Path) -> Iterator[tuple[str, str]]:
    """Yield the state and the path of all files of a clone that are not as they were."""
    top = Path(git.run("rev-parse", "--show-toplevel", cwd=copy).strip())
    options = ("--porcelain", "-z", "--no-renames", "--untracked-files=all", "--ignored=matching")
    for entry in git.run("status", *options, "--", ".", cwd=copy).split("\0"):
        if not entry:
            continue
        status, path = entry[:2], top / entry[3:]
        for one in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if not one.is_dir():
                yield status, one.relative_to(copy.resolve()).as_posix()


def _refuse_collisions(change: Change, copy: Path) -> None:
    """Refuse to overwrite an untracked file."""
    own = change.project.folder
    taken = [
        name
        for name in change.added
        if os.path.lexists(own / name)
        and not ((own / name).is_file() and (own / name).read_bytes() == (copy / name).read_bytes())
    ]
    if taken:
        raise Problems(
            f"{own / name} is in the way: the update adds a file of that name, and yours is not "
            "tracked by git; move it, or add it to git"
            for name in taken
        )


def _copy_over(change: Change, copy: Path) -> None:
    """Change the files of the project; if that fails, put back those that were changed."""
    own = change.project.folder
    new = [name for name in change.added if not (own / name).exists()]  # else it is the same file
    try:
        for name in (*new, *change.changed):
            (own / name).parent.mkdir(parents=True, exist_ok=True)
            temporary = (own / name).with_name(f".{(own / name).name}.ptgen")
            shutil.copy2(copy / name, temporary)
            temporary.replace(own / name)
        for name in change.removed:
            _remove(own, name)
        _mark_conflicts(change, copy)
    except (OSError, PtgenError) as error:
        for name in new:
            _remove(own, name)
        for name in (*new, *change.changed):
            (own / name).with_name(f".{(own / name).name}.ptgen").unlink(missing_ok=True)
        if known := [*change.changed, *change.removed]:
            git.run("checkout", "--quiet", "HEAD", "--", *known, cwd=own)
        raise error if isinstance(error, PtgenError) else unwritable(own, error) from error


def _remove(project: Path, name: str) -> None:
    """Remove a file, and the folders that are empty without it."""
    (project / name).unlink(missing_ok=True)
    for folder in (project / name).parents:
        if folder == project:
            break
        with suppress(OSError):
            folder.rmdir()


def _mark_conflicts(change: Change, copy: Path) -> None:
    """Mark the conflicts in a project's index as they are marked in the clone's."""
    own, lines = change.project.folder, []
    listed = git.run("ls-files", "--unmerged", "-z", "--full-name", "--", ".", cwd=copy)
    for entry in filter(None, listed.split("\0")):
        facts, path = entry.split("\t")
        blob = facts.split()[1]
        content = _git_bytes("cat-file", "blob", blob, cwd=copy)
        _git_bytes("hash-object", "-w", "--stdin", cwd=own, content=content)
        if f"0 {'0' * 40}\t{path}" not in lines:
            lines.append(f"0 {'0' * 40}\t{path}")
        lines.append(f"{facts}\t{path}")
    if lines:
        text = "".join(f"{line}\n" for line in lines).encode()
        _git_bytes("update-index", "--index-info", cwd=own, content=text)


def _git_bytes(*arguments: str, cwd: Path, content: bytes = b"") -> bytes:
    done = subprocess.run(
        ["git", *arguments],
        cwd=cwd,
        input=content,
        env=git.environment(),
        capture_output=True,
        check=False,
    )
    if done.returncode:
        raise PtgenError(f"git {arguments[0]} failed: {done.stderr.decode().strip()}")
    return done.stdout


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o111
