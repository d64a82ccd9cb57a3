"""Merges two changed copies of a folder, as git does."""

import shutil
from pathlib import Path

from ptgen.base import git
from ptgen.base.errors import PtgenError

# The bytes are merged as they are, whatever a file of the folder or the user's git says.
ATTRIBUTES = "* -text !eol !filter !ident !merge !working-tree-encoding\n"


def merge(base: Path, mine: Path, theirs: Path, workdir: Path) -> list[str]:
    """Merge what two sides have made of a folder, into a new folder ``workdir``.

    Args:
        base: The folder as both have known it.
        mine: As one side has it.
        theirs: As the other has it.
        workdir: A folder that does not exist; afterwards it holds the merged files.

    Returns:
        The files in which both sides changed the same lines; if there are any, the rest of
        ``workdir`` is of no use.

    Raises:
        PtgenError: If git fails.
    """
    workdir.mkdir()
    git.run("init", "--quiet", cwd=workdir)
    git.run("config", "core.autocrlf", "false", cwd=workdir)
    (workdir / ".git/info").mkdir(exist_ok=True)
    (workdir / ".git/info/attributes").write_text(ATTRIBUTES)
    _commit(base, "base", workdir)
    _commit(theirs, "theirs", workdir)
    git.run("checkout", "--quiet", "--detach", "base", cwd=workdir)
    _commit(mine, "mine", workdir)
    options = ("--quiet", "--no-ff", "--no-verify-signatures", "--message", "Merged", "theirs")
    conflicts: list[str] = []
    try:
        git.run(*git.IDENTITY, "merge", *options, cwd=workdir)
    except PtgenError:
        named = git.run("diff", "--name-only", "-z", "--diff-filter=U", cwd=workdir)
        conflicts = sorted(filter(None, named.split("\0")))
        if not conflicts:
            raise
    shutil.rmtree(workdir / ".git")
    return conflicts


def _commit(folder: Path, tag: str, repository: Path) -> None:
    """Commit what lies in a folder as all that the repository has, and tag it."""
    for path in repository.iterdir():
        if path.name != ".git":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(folder, repository, ignore=ignore, dirs_exist_ok=True)
    git.run("add", "--all", "--force", cwd=repository)
    git.commit(f"The files of {tag}", "--allow-empty", cwd=repository)
    git.run("tag", "--no-sign", tag, cwd=repository)
