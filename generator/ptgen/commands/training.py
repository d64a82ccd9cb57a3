"""Runs a project's own scripts, as its owner would."""

import importlib.util
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

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


def run(python: list[str], script: str, *arguments: str, project: Path) -> None:
    """Run a script of a project; it prints to stderr, and gets the signals that ptgen gets.

    Raises:
        PtgenError: If it fails.
    """
    command = [*python, script, *arguments]
    process = subprocess.Popen(command, cwd=project, stdout=STDERR)

    def pass_on(number: int, _frame: FrameType | None) -> None:
        if number != signal.SIGINT:  # a terminal gives Ctrl-C to both
            process.send_signal(number)

    with handled_by(pass_on):
        status = process.wait()
    if status:
        again = f"cd {shlex.quote(str(project))} && {shlex.join(command)}"
        raise PtgenError(f"{script} ended with exit status {status}; to repeat it: {again}")
