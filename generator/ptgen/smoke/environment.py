"""What trying variants needs of a machine."""

import importlib.util
import multiprocessing
import os
import shlex
import shutil
import sys
from pathlib import Path

from ptgen import source
from ptgen.errors import Problems


def refuse() -> None:
    """Refuse a machine that lacks something, before any time is spent.

    Raises:
        Problems: With all that it lacks.
    """
    problems = []
    if "fork" not in multiprocessing.get_all_start_methods():
        problems.append("ptgen smoke needs fork, which this system lacks; use Linux, macOS or WSL")
    home = source.own_folder()
    get = "install it beside ptgen"
    if (home / "pyproject.toml").is_file():
        get = f"it is in ptgen's own: uv run --project {shlex.quote(str(home))} ptgen smoke"
    if not importlib.util.find_spec("torch"):
        problems.append(f"ptgen smoke trains projects, and torch is not installed here; {get}")
    if not ruff():
        problems.append(
            f"ptgen smoke checks projects with ruff, and it is not installed here; {get}"
        )
    if problems:
        raise Problems(problems)


def ruff() -> str | None:
    """Return the path of ruff, first of the one beside this Python."""
    return shutil.which("ruff", path=Path(sys.executable).parent) or shutil.which("ruff")


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
