"""What trying variants needs of a machine."""

import importlib.util
import multiprocessing
import os
import shlex
import shutil
import sys
import tempfile
from pathlib import Path

from ptgen.templates import source

# What the path of a socket may have, on macOS, without what multiprocessing appends to the folder.
LONGEST_TEMPORARY = 103 - len("/pymp-12345678/listener-12345678")


def lacks(device: str) -> list[str]:
    """Return what this machine lacks, each with what to do.

    Args:
        device: Where to train.
    """
    problems = []
    if "fork" not in multiprocessing.get_all_start_methods():
        problems.append("ptgen smoke needs fork, which this system lacks; use Linux, macOS or WSL")
    home = source.own_folder()
    get = "install it beside ptgen"
    if (home / "pyproject.toml").is_file():
        command = f"uv run --project {shlex.quote(str(home))} --group test ptgen smoke"
        get = f"ptgen's own environment has it: {command}"
    if not importlib.util.find_spec("torch"):
        problems.append(f"ptgen smoke trains projects, and torch is not installed here; {get}")
    elif device == "cuda" and not _has_gpu():
        problems.append("--device is cuda, and PyTorch finds no GPU here; leave --device out")
    if not tool("ruff"):
        problems.append(
            f"ptgen smoke checks projects with ruff, and it is not installed here; {get}"
        )
    folder = tempfile.gettempdir()
    if len(os.fsencode(folder)) > LONGEST_TEMPORARY:
        problems.append(
            f"TMPDIR is {folder}, which is too long for the sockets that loaders make in it; "
            f"name one of at most {LONGEST_TEMPORARY} bytes: TMPDIR=/tmp ptgen smoke ..."
        )
    return problems


def _has_gpu() -> bool:
    """Tell whether there is a GPU, without touching it: a process that has cannot be forked."""
    os.environ["PYTORCH_NVML_BASED_CUDA_CHECK"] = "1"
    import torch

    return torch.cuda.is_available()


def tool(name: str) -> str | None:
    """Return the path of a program, first of the one beside this Python."""
    return shutil.which(name, path=Path(sys.executable).parent) or shutil.which(name)


def processes(device: str) -> int:
    """Return how many processes train together: two on a CPU, one on each GPU of this machine."""
    if device != "cuda":
        return 2
    import torch

    return max(1, torch.cuda.device_count())


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
