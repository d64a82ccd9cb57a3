"""Changes on a branch of their own."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ptgen.base import git
from ptgen.base.errors import PtgenError


@contextmanager
def branch(folder: Path, name: str) -> Iterator[str]:
    """Be on a branch, and back where something went wrong.

    If the repository is on it already, as another project in it may have left it, it stays there.

    Args:
        folder: A folder in the repository, all of it committed.
        name: The branch, which is made.

    Raises:
        PtgenError: If it exists and is another one.
    """
    before = git.run("rev-parse", "--abbrev-ref", "HEAD", cwd=folder).strip()
    if before == name:
        yield name
        return
    if git.succeeds("rev-parse", "--verify", "--quiet", f"refs/heads/{name}", cwd=folder):
        raise PtgenError(
            f"its branch {name} already exists; merge it, or delete it: git branch -D {name}"
        )
    start = git.run("rev-parse", "HEAD", cwd=folder).strip()
    git.run("switch", "--quiet", "--create", name, cwd=folder)
    try:
        yield name
    except BaseException:
        back = ["--detach", start] if before == "HEAD" else [before]
        git.run("switch", "--quiet", *back, cwd=folder)
        git.run("branch", "--quiet", "--delete", "--force", name, cwd=folder)
        raise
