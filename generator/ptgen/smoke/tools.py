"""The tools that check the files of a project: ruff, mypy and deptry."""

import fcntl
import importlib.util
import itertools
import os
import re
import runpy
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from packaging.requirements import Requirement

from ptgen.base.errors import PtgenError
from ptgen.smoke import cache, environment, processes
from ptgen.smoke.job import Job

IMPORTED = re.compile(r"^ *(?:from|import) (torch(?:\.\w+)*)", re.MULTILINE)
DECLARING = ("template", "recipes", "composition")


def lint(job: Job) -> None:
    """Check and compare the format with ruff."""
    _tool(job, "ruff check", "--no-cache", ".")
    _tool(job, "ruff format", "--check", "--diff", "--no-cache", ".")


def types(job: Job) -> None:
    """Check the types with mypy, if the project does."""
    if "mypy" not in declared_tools(job.project):
        return
    facts = tomllib.loads((job.project / "pyproject.toml").read_text())
    files = facts.get("tool", {}).get("mypy", {}).get("files", [])
    files = files.split(",") if isinstance(files, str) else files
    if files:
        files = [*map(str.strip, files), str(_torch_modules(job))]
    with _own(_types_of_torch(job)) as kept:
        _tool(job, "mypy", "--cache-dir", str(kept), *files)


def _types_of_torch(job: Job) -> Path:
    """Return where mypy is to keep what it knows of PyTorch, from run to run if it can be.

    Reading it takes ten seconds. mypy itself sees to it that what it keeps is right.
    """
    kept = Path(os.environ.get("MYPY_CACHE_DIR") or cache.own_folder() / "mypy").absolute()
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=kept.parent):
            return kept
    except OSError:
        return job.shared / kept.name


def _torch_modules(job: Job) -> Path:
    """Return a file that imports what any recipe imports of torch.

    The modules of torch import each other in circles, so that mypy looks at all of them anew
    wherever a project imports one more or one less than the project before it.
    """
    path = job.shared / "torch_modules.py"
    if not path.exists():
        folder = job.setup.template.folder
        sources = [file for part in DECLARING for file in (folder / part).rglob("*")]
        texts = [file.read_text(errors="replace") for file in sources if file.is_file()]
        names = {name for text in texts for name in IMPORTED.findall(text)}
        temporary = job.folder / path.name
        lines = ["# mypy: ignore-errors", *(f"import {name}" for name in sorted(names))]
        temporary.write_text("\n".join(lines) + "\n")
        temporary.replace(path)
    return path


def dependencies(job: Job) -> None:
    """Compare imports and declared dependencies with deptry, if the project does."""
    if "deptry" not in declared_tools(job.project):
        return
    if importlib.util.find_spec("deptry"):  # forked, it need not be imported anew
        print("$ deptry .", flush=True)
        processes.wait([processes.fork(_deptry, job.project, name="deptry")])
    else:
        _tool(job, "deptry", ".")


def declared_tools(project: Path) -> set[str]:
    """Return the names of what a project declares for its development."""
    facts = tomllib.loads((project / "pyproject.toml").read_text())
    group = facts.get("dependency-groups", {}).get("dev", [])
    return {Requirement(line).name.lower() for line in group if isinstance(line, str)}


def _deptry(project: Path) -> None:
    """Run deptry in a process of its own and leave with its status."""
    os.chdir(project)
    sys.argv = ["deptry", "."]
    runpy.run_module("deptry", run_name="__main__")


@contextmanager
def _own(folder: Path) -> Iterator[Path]:
    """Give a folder that no other job uses meanwhile, and that may hold what earlier ones left."""
    for number in itertools.count():
        with Path(f"{folder}-{number}.lock").open("w") as lock, suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield Path(f"{folder}-{number}")
            return


def _tool(job: Job, command: str, *options: str) -> None:
    """Run a tool in the project; it must find nothing."""
    print("$", command, *options, flush=True)
    name, *words = command.split()
    path = environment.tool(name)
    if path is None:
        raise PtgenError(f"the project wants {name}, which is not installed beside ptgen")
    if subprocess.run([path, *words, *options], cwd=job.project, check=False).returncode:
        raise PtgenError(f"{command} has found something")
