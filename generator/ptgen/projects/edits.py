"""What the owner of a project has changed since it was made or updated."""

from pathlib import Path

from ptgen.base.staging import files_of
from ptgen.projects.existing import ANSWERS, Project
from ptgen.templates.render import render
from ptgen.templates.versions import Versions


def edits(
    project: Project, versions: Versions, commit: str, room: Path
) -> tuple[list[str], list[str]]:
    """Return the template's files that are edited in a project, and those that are deleted.

    Args:
        project: The project.
        versions: Its template.
        commit: The version that it is at.
        room: A folder to work in.

    Raises:
        PtgenError: If the project cannot be made again.
    """
    template = versions.checkout(commit, room / "made-of")
    made = room / "made"
    render(template, project.answers, made)
    files = [name for name in files_of(made) if name != ANSWERS]
    deleted = [name for name in files if not (project.folder / name).is_file()]
    edited = [
        name
        for name in files
        if name not in deleted
        and (project.folder / name).read_bytes() != (made / name).read_bytes()
    ]
    return edited, deleted
