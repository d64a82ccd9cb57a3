"""What the owner of a project has changed since it was created or updated."""

from pathlib import Path

from ptgen.base import git
from ptgen.base.digest import digest
from ptgen.base.staging import files_of
from ptgen.projects.existing import ANSWERS, Project
from ptgen.projects.merge import WorkTree, made_of
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
    template = versions.checkout(commit, workdir / "template")
    if git.available() and git.commit_of("HEAD", cwd=project.folder):
        tree = WorkTree(project.folder)
        template.render(project.answers, made / tree.prefix)
        theirs = made_of(tree, made, workdir)
        mine = tree.contents(theirs)
    else:
        template.render(project.answers, made)
        theirs, mine = (_digests(folder, files_of(made)) for folder in (made, project.folder))
    files = sorted(name for name in theirs if name != ANSWERS)
    deleted = [name for name in files if name not in mine]
    return [name for name in files if name in mine and mine[name] != theirs[name]], deleted


def _digests(folder: Path, names: list[str]) -> dict[str, str]:
    there = [name for name in names if (folder / name).is_file()]
    return {name: digest((folder / name).read_bytes()) for name in there}
