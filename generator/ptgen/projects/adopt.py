"""Brings a project of a template into a repository that exists."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ptgen.base import git
from ptgen.base.errors import Problems, PtgenError
from ptgen.base.staging import files_of, scratch
from ptgen.projects import journal
from ptgen.projects.branch import branch
from ptgen.projects.existing import ANSWERS, refuse_uncommitted
from ptgen.templates import Template
from ptgen.templates.answers import record_source

BRANCH = "ptgen/adopt"


@dataclass(frozen=True)
class Adoption:
    """What became of a repository.

    Attributes:
        branch: The branch that holds the project.
        added: The files that are new, sorted.
        kept: Those that the owner has and the template would make, which stay the owner's.
    """

    branch: str
    added: list[str]
    kept: list[str]


def adopt(
    template: Template, folder: Path, answers: Mapping[str, Any], *, dry_run: bool = False
) -> Adoption:
    """Commit a project, on a branch of its own, into a folder of a repository.

    Nothing of the owner's is changed or moved: where both have a file, the owner's stays. From then
    on it is a project like any other, in which these files are edited.

    Args:
        template: The template.
        folder: A folder in a work tree, all of it committed.
        answers: Those to all of the template's questions.
        dry_run: Whether to say what would be done and do nothing.

    Raises:
        PtgenError: If it cannot be done. Then nothing has changed.
    """
    _refuse(template, folder, answers)
    with scratch() as workdir, journal.locked(folder) as is_ours:
        if not is_ours:
            raise PtgenError(f"another ptgen is changing {folder}")
        made = workdir / "made"
        template.render(answers, made)
        record_source(made, template)
        names = files_of(made)
        kept = [name for name in names if _is_taken(folder, name)]
        added = [name for name in names if name not in kept]
        if dry_run:
            return Adoption(BRANCH, added, kept)
        with branch(folder, BRANCH):
            head = git.run("rev-parse", "HEAD", cwd=folder).strip()
            plan = journal.Plan("adopt", head, [*added])
            change = journal.Journal.write(folder, plan, {name: made / name for name in added})
            change.apply("", [])
            try:
                git.run("add", "--force", "--", *added, cwd=folder)
                git.commit(f"Adopt a project of ptgen\n\nTask: {answers['task']}", cwd=folder)
            except BaseException:
                change.take_back()
                raise
    return Adoption(BRANCH, added, kept)


def _refuse(template: Template, folder: Path, answers: Mapping[str, Any]) -> None:
    """Refuse what stands against it."""
    if not folder.is_dir():
        raise PtgenError(f"there is no folder {folder}; create a project there with: ptgen new")
    if not git.inside_work_tree(folder):
        raise PtgenError(
            f"{folder} is not in git, which keeps what is yours apart from the template's; "
            'first: git init && git add --all && git commit --message "What there is"'
        )
    if (folder / ANSWERS).exists():
        raise PtgenError(f"{folder} is a project already; add recipes to it with: ptgen add")
    refuse_uncommitted(folder)
    if problems := template.problems(answers):
        raise Problems(problems)


def _is_taken(folder: Path, name: str) -> bool:
    """Tell whether the owner has something at a path, or something else than a folder above it."""
    above = [folder / parent for parent in Path(name).parents if parent != Path()]
    return os.path.lexists(folder / name) or any(
        os.path.lexists(path) and not path.is_dir() for path in above
    )
