"""What the owner of a project has changed since it was created or updated."""

from pathlib import Path

from ptgen.base.staging import files_of
from ptgen.projects.existing import ANSWERS, Project
from ptgen.templates import Versions


def local_changes(
    project: Project, versions: Versions, commit: str, workdir: Path
) -> tuple[list[str], list[str]]:
    """Return the template's files that are edited in a project, and those that are deleted.

    Args:
        project: The project.
        versions: Its template.
        commit: The version that it is at.
        workdir: A folder to work in.

    Raises:
        PtgenError: If the project cannot be created again.
    """
    made = workdir / "made"
    versions.checkout(commit, workdir / "template").render(project.answers, made)
    files = [name for name in files_of(made) if name != ANSWERS]
    deleted = [name for name in files if not (project.folder / name).is_file()]
    edited = [
        name
        for name in files
        if name not in deleted
        and (project.folder / name).read_bytes() != (made / name).read_bytes()
    ]
    return edited, deleted
