"""Runs git."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ptgen.base.errors import PtgenError

IDENTITY = ("-c", "user.name=ptgen", "-c", "user.email=ptgen@localhost")
# The user's own signing and hooks are for the user's own commits; our clones need known names.
SETTINGS = {
    "clone.defaultRemoteName": "origin",
    "commit.gpgSign": "false",
    "core.hooksPath": os.devnull,
}
# What ties git to another repository, as in a hook: all of `git rev-parse --local-env-vars` but
# GIT_CONFIG_COUNT and GIT_CONFIG_PARAMETERS, which hold settings, such as how to reach a server.
TIED = (
    *("GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR", "GIT_CONFIG", "GIT_DIR"),
    *("GIT_GRAFT_FILE", "GIT_IMPLICIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_INTERNAL_SUPER_PREFIX"),
    *("GIT_NO_REPLACE_OBJECTS", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX", "GIT_REPLACE_REF_BASE"),
    *("GIT_SHALLOW_FILE", "GIT_WORK_TREE"),
)


class GitError(PtgenError):
    """git has failed.

    Attributes:
        status: Its exit status.
    """

    def __init__(self, text: str, status: int) -> None:
        """Keep the exit status."""
        super().__init__(text)
        self.status = status


def available() -> bool:
    """Tell whether git can be run."""
    return shutil.which("git") is not None


def run(
    *arguments: str,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    content: bytes = b"",
) -> str:
    """Run git and return what it printed; see ``output``.

    Names that are not UTF-8 survive, as ``os.fsdecode`` keeps them.
    """
    return os.fsdecode(output(*arguments, cwd=cwd, env=env, content=content))


def output(
    *arguments: str,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    content: bytes = b"",
) -> bytes:
    """Run git and return what it printed.

    Args:
        arguments: Those of git.
        cwd: Where to run it; the current folder if not given.
        env: Variables of the environment besides those of this process.
        content: What it reads from its standard input.

    Raises:
        GitError: With git's own words, when it fails.
    """
    if not available():
        raise PtgenError("git is not on PATH; install it: https://git-scm.com/downloads")
    done = subprocess.run(
        ["git", *arguments],
        cwd=cwd,
        env={**environment(), **(env or {})},
        input=content,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        said = os.fsdecode(done.stderr).strip() or os.fsdecode(done.stdout).strip()
        said = said or f"exit status {done.returncode}"
        raise GitError(f"git {_verb(arguments)} failed: {said}", done.returncode)
    return done.stdout


def commit(message: str, *options: str, cwd: Path) -> None:
    """Commit what is staged, as the user if git knows who that is, without hooks and signing."""
    run(*identity(cwd), "commit", "--quiet", *options, "--message", message, cwd=cwd)


def identity(cwd: Path) -> tuple[str, ...]:
    """Return the options that let git commit even where it does not know who the user is."""
    known = succeeds("-c", "user.useConfigOnly=true", "var", "GIT_COMMITTER_IDENT", cwd=cwd)
    return () if known else IDENTITY


def succeeds(*arguments: str, cwd: Path) -> bool:
    """Tell whether a command of git succeeds."""
    try:
        run(*arguments, cwd=cwd)
    except PtgenError:
        return False
    return True


def environment() -> dict[str, str]:
    """Return the environment in which git is run: free of other repositories, with ``SETTINGS``."""
    own = {name: value for name, value in os.environ.items() if name not in TIED}
    given = own.get("GIT_CONFIG_COUNT", "")
    first = int(given) if given.isdecimal() else 0
    for number, (key, value) in enumerate(SETTINGS.items(), first):
        own |= {f"GIT_CONFIG_KEY_{number}": key, f"GIT_CONFIG_VALUE_{number}": value}
    # In English, so that what git says can be told apart.
    return {**own, "GIT_CONFIG_COUNT": str(first + len(SETTINGS)), "LC_ALL": "C.UTF-8"}


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let what runs git itself, as Copier does, run it in the same environment."""
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(environment())
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def is_root(folder: Path) -> bool:
    """Tell whether a folder is the top of a work tree."""
    if not (folder / ".git").exists():
        return False
    return Path(run("rev-parse", "--show-toplevel", cwd=folder).strip()) == folder.resolve()


def is_bare(folder: Path) -> bool:
    """Tell whether a folder is a repository without a work tree."""
    return (folder / "HEAD").is_file() and all(
        (folder / name).is_dir() for name in ("objects", "refs")
    )


def inside_work_tree(folder: Path) -> bool:
    """Tell whether a folder lies in a work tree.

    Raises:
        GitError: If it may, but git refuses to say, as where the repository is another user's.
    """
    try:
        return run("rev-parse", "--is-inside-work-tree", cwd=folder).strip() == "true"
    except GitError as error:
        if "not a git repository" in str(error):
            return False
        raise


def commit_of(name: str, *, cwd: Path) -> str | None:
    """Return the commit that a name stands for, None if there is none."""
    arguments = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    if not succeeds(*arguments, cwd=cwd):
        return None
    return run(*arguments, cwd=cwd).split()[-1]


def _verb(arguments: tuple[str, ...]) -> str:
    """Return the subcommand, which follows the options."""
    rest = list(arguments)
    while rest[0].startswith("-"):
        rest = rest[2 if rest[0] == "-c" else 1 :]
    return rest[0]
