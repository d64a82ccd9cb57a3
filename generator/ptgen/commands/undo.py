"""``ptgen undo``: undo the last change of a project."""

from ptgen.base import console
from ptgen.commands import options


def undo(project: options.ProjectFolder = None, as_json: options.Json = False) -> None:
    """Undo the last add, remove or update, as long as nothing was committed since."""
    from ptgen.base.signals import interruptible
    from ptgen.projects.existing import Project
    from ptgen.projects.undo import undo as undo_last

    with interruptible(), Project.hold(project) as found:
        plan = undo_last(found)
    if as_json:
        console.put_json({"path": str(found.folder), "undone": plan.what, "files": plan.names})
    console.say(f"Undid ptgen {plan.what}: {len(plan.names)} files are as they were.")
