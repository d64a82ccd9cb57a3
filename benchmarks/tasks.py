"""Each task's brief run: whether it reaches its floor, in how long and with how much memory.

A project of each task is made and trained by its own command, for the epochs that its floor gives
it. The time is that from the command to its end, with all imports, and with making the data where
there is any to make; the memory is the most that the process had at any moment.

Use:
    python benchmarks/tasks.py
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from compare import BIN, at_least, at_most, leave, output

from ptgen.templates import Template, source
from ptgen.templates.manifest import Floor

SECONDS, GIB = 60.0, 2.0


@dataclass(frozen=True)
class Brief:
    """What is measured of one run."""

    seconds: float
    gib: float
    best: float
    images_per_second: float


def train(project: Path, floor: Floor) -> Brief:
    """Train a project for as long as its floor says."""
    arguments = ["train.py", "--epochs", str(floor.epochs), "--run", "runs/brief"]
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *arguments, "--device", "cpu"], cwd=project, stdout=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"train.py of {project.name} ended with status {process.returncode}")
    text = (project / "runs/brief/metrics.jsonl").read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    figures = [line[floor.metric] for line in lines]
    best = max(figures) if floor.at_most is None else min(figures)
    speed = max(line["images_per_second"] for line in lines)
    kib = usage.ru_maxrss / (1024 if sys.platform == "darwin" else 1)
    return Brief(seconds, kib / 2**20, best, speed)


def main() -> None:
    """Measure and judge every task."""
    judgements = []
    for task in [entry for entry in Template(source.own_folder()).manifests if entry.is_task]:
        assert isinstance(task.floor, Floor)  # every task has one
        with tempfile.TemporaryDirectory() as scratch:
            project = Path(scratch, task.name)
            output([BIN / "ptgen", "new", project, "--task", task.name, "--no-git"], project.parent)
            brief = train(project, task.floor)
        print(f"{task.name}: {brief.images_per_second:,.0f} images per second in training")
        judge = at_most if task.floor.at_least is None else at_least
        bound = task.floor.at_most if task.floor.at_least is None else task.floor.at_least
        assert bound is not None  # one of the two is there
        judgements += [
            judge(f"{task.name}: {task.floor.metric}", brief.best, bound),
            at_most(f"{task.name}: seconds", brief.seconds, SECONDS),
            at_most(f"{task.name}: GiB", brief.gib, GIB),
        ]
    leave(*judgements)


if __name__ == "__main__":
    main()
