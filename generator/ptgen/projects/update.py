"""Changes a project to other recipes, or to a newer version of its template.

The template makes the project twice, as it is now and as it is to be, and git merges the difference
into what is committed. Nothing of the project is written until that is known.
"""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ptgen.base.errors import Problems, PtgenError
from ptgen.base.staging import files_of
from ptgen.projects.existing import ANSWERS, Project
from ptgen.projects.journal import Journal, Plan
from ptgen.projects.merge import Merge, WorkTree, merge
from ptgen.templates import Template, Versions, former_names
from ptgen.templates.answers import set_source


@dataclass(frozen=True)
class Change:
    """What an update does to a project. All paths are relative to it.

    Attributes:
        project: The project before.
        what: The command, such as ``add ema``.
        version: Name of the version it is at afterwards.
        recipes: The recipes that are asked for afterwards.
        merge: What becomes of its files.
    """

    project: Project
    what: str
    version: str
    recipes: list[str]
    merge: Merge = field(default_factory=Merge)

    @property
    def is_none(self) -> bool:
        """Whether nothing changes."""
        return not (self.files or self.merge.conflicts)

    @property
    def files(self) -> list[str]:
        """The files that are added, changed or removed."""
        return [*self.merge.added, *self.merge.changed, *self.merge.removed]

    @property
    def is_clean(self) -> bool:
        """Whether nothing is left for the owner to settle."""
        return not (self.merge.conflicts or self.merge.left_out)

    def as_dict(self) -> dict[str, Any]:
        """Return all of it for a program."""
        names = ("added", "changed", "removed", "conflicts", "left_out")
        return {
            "path": str(self.project.folder),
            "version": self.version,
            "recipes": self.recipes,
            **{name: getattr(self.merge, name) for name in names},
        }

    def apply(self) -> None:
        """Change the project.

        Raises:
            PtgenError: If it could not be done, as where a file has been saved meanwhile. Then
                nothing has changed.
        """
        if self.is_none:
            return
        # The answers last: they say what the project has.
        touched = {*self.files, *self.merge.conflicts}
        names = sorted(touched, key=lambda name: (name == ANSWERS, name))
        tree = WorkTree(self.project.folder)
        plan = Plan(self.what, tree.head, names)
        marked = {name: self.project.folder / name for name in touched.difference(self.files)}
        journal = Journal.write(self.project.folder, plan, {**marked, **self.merge.files})
        try:
            _refuse_edits(self.project.folder, self.merge, tree)
        except BaseException:
            journal.forget()
            raise
        journal.apply(self.merge.index, self.merge.blobs)


def prepare(
    project: Project,
    versions: Versions,
    old: Template,
    new: Template,
    commit: str,
    answers: Mapping[str, Any],
    what: str,
    workdir: Path,
) -> Change:
    """Find out what a change of a project comes to, and change nothing.

    Args:
        project: The project, all of it committed.
        versions: Its template.
        old: The version of the template that the project is at.
        new: The version to move to.
        commit: The commit of that.
        answers: Those that are to change.
        what: The command, such as ``add ema``.
        workdir: A folder to work in.

    Raises:
        PtgenError: If it cannot be done.
    """
    answers = {**project.answers, **answers}
    _refuse_answers(project, new, answers)
    tree = WorkTree(project.folder)
    before, after = workdir / "before", workdir / "after"
    old.render(project.answers, before / tree.prefix)
    new.render(answers, after / tree.prefix)
    name = versions.name(commit, asked=project.version())
    set_source(after / tree.prefix / ANSWERS, name, versions.address or project.src_path)
    # So what it says afterwards is what the template says, whatever it said before.
    shutil.copy(project.folder / ANSWERS, before / tree.prefix / ANSWERS)
    label = f"template {name}"
    once = new.config.made_once(files_of(after / tree.prefix), answers)
    found = merge(tree, before, after, label, workdir, once)
    change = Change(project, what, name, answers["recipes"], found)
    _refuse_collisions(change)
    return change


def prepare_update(
    project: Project, versions: Versions, target: str | None, workdir: Path
) -> tuple[Change, list[str]]:
    """Find out what it takes to move a project to another version of its template.

    Its recipes keep their places under the names that they have there.

    Args:
        project: The project, all of it committed.
        versions: Its template.
        target: The version to move to; None for the newest.
        workdir: A folder to work in.

    Returns:
        The change, and lines to tell.

    Raises:
        PtgenError: If it cannot be done.
    """
    now = versions.commit(project.version())
    commit = versions.commit(target) if target else versions.newest()
    if versions.holds(now, commit):
        if target and now != commit:
            raise PtgenError(
                f"{target} is older than {project.version()}, which the project is at; "
                "updates go forward only"
            )
        return Change(project, "update", project.version(), project.recipes), []
    old = versions.checkout(now, workdir / "old")
    template = versions.checkout(commit, workdir / "new")
    known = template.entries, template.withdrawn
    (task,), renamed = former_names.current([project.task], *known)
    recipes, notes = former_names.current(project.recipes, *known)
    before = old.catalogue(project.task).installed(project.recipes)
    answers = {"task": task, "recipes": recipes}
    change = prepare(project, versions, old, template, commit, answers, "update", workdir)
    return change, [*renamed, *notes, *template.catalogue(task).notes(recipes, known=before)]


def _refuse_answers(project: Project, template: Template, answers: Mapping[str, Any]) -> None:
    """Refuse answers that the template does not take, before Copier does so in its own words."""
    given = {name: value for name, value in answers.items() if name in template.config.public}
    if problems := template.problems(given):
        if given["recipes"] == project.recipes and given["task"] == project.task:
            problems = [f"{project.folder / ANSWERS}: {problem}" for problem in problems]
        raise Problems(problems)


def _refuse_collisions(change: Change) -> None:
    """Refuse to overwrite an untracked file, but for one that is the same."""
    own, taken = change.project.folder, []
    for name in change.merge.added:
        path, new = own / name, change.merge.files[name]
        is_same = path.is_file() and path.read_bytes() == new.read_bytes()
        if os.path.lexists(path) and (path.is_symlink() or not is_same):
            taken.append(path)
    if taken:
        raise Problems(
            f"{path} is in the way: the update adds a file of that name, and yours is not "
            "tracked by git; move it, or add it to git"
            for path in taken
        )


def _refuse_edits(folder: Path, merge: Merge, tree: WorkTree) -> None:
    """Refuse to replace files that are not as they are committed, whatever git says of them."""
    now = tree.contents(merge.before)
    if edited := [name for name, blob in merge.before.items() if now.get(name) != blob]:
        raise Problems(
            f"{folder / name} is not as it is committed, and would be replaced; commit it "
            "(if git status does not show it: git update-index --no-skip-worktree "
            "--no-assume-unchanged FILE), and run the command again"
            for name in edited
        )
