"""``ptgen status``: show what a project consists of, and what is newer."""

from typing import TYPE_CHECKING, Any

from ptgen.base import console
from ptgen.commands import options

if TYPE_CHECKING:
    from ptgen.projects.existing import Project


def status(
    project: options.ProjectFolder = None,
    template: options.MovedTemplate = None,
    as_json: options.Json = False,
) -> None:
    """Show a project's template, version and recipes, newer versions, and your edits."""
    from ptgen.base.signals import interruptible
    from ptgen.projects.existing import Project

    with interruptible():
        found = Project.open(project)
        facts = _as_dict(found, template)
    if as_json:
        console.put_json(facts)
        return
    shown = {
        "project": facts["path"],
        "template": facts["template"] or "not known",
        "version": facts["version"] or "not known",
        "newer": _listed(facts["newer"], "none"),
        "task": facts["task"],
        "recipes": _listed(facts["installed"] or facts["recipes"], "none"),
        "edited": _listed(facts["edited"], "nothing"),
        "deleted": _listed(facts["deleted"], "nothing"),
    }
    for name, text in shown.items():
        console.put(f"{name:<10}{text}")
    if facts["unknown"]:
        console.warn(facts["unknown"])
    elif facts["newer"]:
        console.say("To move to the newest version: ptgen update")


def _as_dict(project: "Project", template: str | None) -> dict[str, Any]:
    """Return all of it for a program; what is not known without the template is None."""
    from ptgen.base.errors import PtgenError
    from ptgen.commands.summary import opened
    from ptgen.projects.local_changes import local_changes

    facts: dict[str, Any] = {
        "path": str(project.folder),
        "template": project.src_path,
        "version": project.commit,
        "newer": None,
        "task": project.task,
        "recipes": project.recipes,
        "installed": None,
        "edited": None,
        "deleted": None,
        "unknown": None,
    }
    try:
        with opened(project, template) as (versions, workdir):
            commit = versions.commit(project.version())
            facts["newer"] = versions.newer(commit)
            catalogue = versions.checkout(commit, workdir / "now").catalogue(project.task)
            facts["installed"] = catalogue.installed(project.recipes)
            edited, deleted = local_changes(project, versions, commit, workdir)
            facts |= {"edited": edited, "deleted": deleted}
    except PtgenError as error:
        facts["unknown"] = str(error)
    return facts


def _listed(names: list[str] | None, none: str) -> str:
    return "not known" if names is None else ", ".join(names) or none
