"""Runs a project's own scripts, as its owner would."""

import importlib.metadata
import importlib.util
import shlex
import shutil
import signal
import subprocess
import sys
import tomllib
from pathlib import Path
from types import FrameType

from packaging.requirements import Requirement

from ptgen.base.errors import PtgenError
from ptgen.base.signals import handled_by

STDERR = 2


def interpreter() -> list[str]:
    """Return the start of a command that runs a project's Python files.

    Raises:
        PtgenError: If there is neither torch here nor uv to get it.
    """
    if importlib.util.find_spec("torch"):
        return [sys.executable]
    if shutil.which("uv"):
        return ["uv", "run", "python"]
    raise PtgenError(
        "--train needs torch here or uv on PATH; get uv: https://docs.astral.sh/uv, or leave "
        "--train out"
    )


def _able_to_run(project: Path, python: list[str]) -> list[str]:
    """Return this Python, or uv where this Python lacks what a project depends on.

    Raises:
        PtgenError: If uv is not there either.
    """
    missing = [] if python != [sys.executable] else _missing(project)
    if missing and not shutil.which("uv"):
        raise PtgenError(
            f"{project} was made, and needs {', '.join(missing)}, which this environment lacks; "
            f"install it: pip install {shlex.quote(str(project))}"
        )
    return ["uv", "run", "python"] if missing else python


def _missing(project: Path) -> list[str]:
    """Return what a project depends on and is not installed here."""
    facts = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    missing = []
    for requirement in map(Requirement, facts["project"]["dependencies"]):
        try:
            version = importlib.metadata.version(requirement.name)
        except importlib.metadata.PackageNotFoundError:
            version = None
        if version is None or not requirement.specifier.contains(version, prereleases=True):
            missing.append(str(requirement))
    return missing


def run(python: list[str], script: str, *arguments: str, project: Path) -> None:
    """Run a script of a project; it prints to stderr, and gets the signals that ptgen gets.

    Raises:
        PtgenError: If it fails.
    """
    command = [*_able_to_run(project, python), script, *arguments]
    process = subprocess.Popen(command, cwd=project, stdout=STDERR)

    def pass_on(number: int, _frame: FrameType | None) -> None:
        if number != signal.SIGINT:  # a terminal gives Ctrl-C to both
            process.send_signal(number)

    with handled_by(pass_on):
        status = process.wait()
    if status:
        again = f"cd {shlex.quote(str(project))} && {shlex.join(command)}"
        raise PtgenError(f"{script} ended with exit status {status}; to repeat it: {again}")
