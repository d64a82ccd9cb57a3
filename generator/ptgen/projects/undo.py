"""Undoes the last change of a project."""

from ptgen.base.errors import Problems, PtgenError
from ptgen.projects.existing import Project
from ptgen.projects.journal import Journal, Plan
from ptgen.projects.merge import WorkTree


def undo(project: Project) -> Plan:
    """Undo what ``ptgen add``, ``remove`` or ``update`` did last to a project, and return it.

    Raises:
        PtgenError: If there is no such change, if something was committed since, or if one of its
            files was edited since. Then nothing has changed.
    """
    journal = Journal.read(project.folder)
    if journal is None:
        raise PtgenError(f"there is no change of ptgen to undo in {project.folder}")
    what = f"ptgen {journal.plan.what}"
    if WorkTree(project.folder).head != journal.plan.head:
        raise PtgenError(
            f"something was committed since {what}; to undo a commit: git revert COMMIT"
        )
    if edited := journal.edited():
        raise Problems(
            f"{project.folder / name} was edited since {what}; commit all and use git revert, or "
            f"move your edit away: git -C {project.folder} stash push -- {name}"
            for name in edited
        )
    journal.take_back()
    return journal.plan
