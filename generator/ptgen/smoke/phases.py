"""What a variant must pass: a function for each phase, which raises PtgenError if it does not.

They run one after the other in a process of their own and leave what they make in the job's folder.
"""

import json
import math
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from ptgen.errors import PtgenError
from ptgen.manifest import Floor, Manifest
from ptgen.render import render
from ptgen.smoke import environment, processes
from ptgen.smoke.plan import Variant

WHOLE, STOPPED = "runs/whole", "runs/stopped"
TOGETHER = 2
TIMES = ("seconds", "images_per_second")
STOPPED_BY_SIGTERM = 128 + signal.SIGTERM


@dataclass(frozen=True)
class Job:
    """A variant with what is needed to try it.

    Attributes:
        variant: The variant.
        template: Folder of the template.
        floor: What training must reach.
        epochs: How long to train, at least 2: between the first and the last, a run is stopped.
        processes: How many processes train together.
        folder: A folder of its own.
    """

    variant: Variant
    template: Path
    floor: Floor
    epochs: int
    processes: int
    folder: Path

    @classmethod
    def of(
        cls,
        variant: Variant,
        template: Path,
        manifests: Iterable[Manifest],
        folder: Path,
        epochs: int | None = None,
    ) -> Self:
        """Make a job.

        Recipes of the group ``parallel`` are tried with two processes. These make half the updates
        in an epoch, so that they are given twice as many epochs.

        Args:
            variant: The variant.
            template: Folder of the template.
            manifests: All of it.
            folder: A folder of its own, which is made.
            epochs: How long to train; if not given, as the task says.
        """
        chosen = [m for m in manifests if m.name in (variant.task, *variant.recipes)]
        floor = next(manifest.floor for manifest in chosen if manifest.is_task)
        assert floor is not None  # every task has one
        processes = TOGETHER if any(m.group == "parallel" for m in chosen) else 1
        epochs = max(2, epochs or floor.epochs * processes)
        folder.mkdir(parents=True)
        return cls(variant, template, floor, epochs, processes, folder)

    @property
    def project(self) -> Path:
        """Folder of the project."""
        return self.folder / "project"

    @property
    def log(self) -> Path:
        """What all phases printed."""
        return self.folder / "log.txt"

    def figure(self) -> float | None:
        """Return the best figure so far of the floor's metric, or None if there is none."""
        lines = _metrics(self.project / WHOLE)
        values = [line.get(self.floor.metric, math.nan) for line in lines]
        best = min if self.floor.at_least is None else max
        return best((value for value in values if math.isfinite(value)), default=None)


def render_project(job: Job) -> None:
    """Make the project."""
    answers = {
        "project_name": "smoke",
        "task": job.variant.task,
        "recipes": list(job.variant.recipes),
    }
    render(job.template, answers, job.project)


def lint(job: Job) -> None:
    """Check and compare the format with ruff."""
    ruff = environment.ruff() or "ruff"
    for arguments in (["check"], ["format", "--check", "--diff"]):
        command = [ruff, *arguments, "--no-cache", "."]
        print("$ ruff", *arguments, flush=True)
        if subprocess.run(command, cwd=job.project, check=False).returncode:
            raise PtgenError(f"ruff {arguments[0]} has found something")


def train(job: Job) -> None:
    """Train and reach the floor."""
    _wait(job, "train.py", "--run", WHOLE)
    floor, best = job.floor, job.figure()
    if best is None:
        raise PtgenError(f"{WHOLE}/metrics.jsonl has no {floor.metric}")
    lowest = -math.inf if floor.at_least is None else floor.at_least
    highest = math.inf if floor.at_most is None else floor.at_most
    if not lowest <= best <= highest:
        side = f"at most {highest}" if floor.at_least is None else f"at least {lowest}"
        raise PtgenError(
            f"{floor.metric} is {best:.4g} at best in {job.epochs} epochs; expected {side}"
        )


def test(job: Job) -> None:
    """Evaluate on the test split."""
    _wait(job, "test.py", "--run", WHOLE)
    report = job.project / WHOLE / "report.json"
    if not report.is_file() or not json.loads(report.read_text()):
        raise PtgenError("test.py has written no report.json")


def stop(job: Job) -> None:
    """Stop a run with SIGTERM in its second epoch; it must save and leave."""
    first_epoch = job.project / STOPPED / "metrics.jsonl"
    with processes.reserved_port() as port:
        team = _start(job, port, "train.py", "--run", STOPPED)
        while not first_epoch.is_file() and all(process.is_alive() for process in team):
            processes.pause()
        for process in team:
            process.terminate()
        processes.wait(team, STOPPED_BY_SIGTERM)


def resume(job: Job) -> None:
    """Resume the stopped run; it must end with the same figures and checkpoint as the other."""
    _wait(job, "train.py", "--run", STOPPED, "--resume")
    runs = [job.project / run for run in (WHOLE, STOPPED)]
    processes.wait([processes.fork(compare, *runs, name="comparison with the whole run")])


PHASES: Mapping[str, Callable[[Job], None]] = {
    "render": render_project,
    "lint": lint,
    "train": train,
    "test": test,
    "stop": stop,
    "resume": resume,
}


def compare(whole: Path, resumed: Path) -> None:
    """Leave with the places where two runs differ, if they do, down to the last bit."""
    import torch

    one, other = (torch.load(run / "last.pt", "cpu", weights_only=True) for run in (whole, resumed))
    if not one.get("model"):
        sys.exit(f"{whole}/last.pt holds no model")
    for content in (one, other):
        content.pop("config", None)  # it names the run
    found = differences(one, other)
    found += differences(_metrics(whole), _metrics(resumed), "metrics.jsonl")
    if found:
        more = f" and {len(found) - 10} more" if len(found) > 10 else ""
        sys.exit(f"the resumed run differs in {', '.join(found[:10])}{more}")


def differences(one: Any, other: Any, place: str = "") -> list[str]:
    """Return the places where two values from checkpoints differ."""
    import torch

    if type(one) is not type(other):
        return [place]
    if isinstance(one, torch.Tensor):
        return [] if torch.equal(one, other) else [place]
    if isinstance(one, dict) and one.keys() == other.keys():
        pairs = [(f"{place}.{key}".lstrip("."), one[key], other[key]) for key in one]
    elif isinstance(one, list | tuple) and len(one) == len(other):
        pairs = [(f"{place}[{i}]", one[i], other[i]) for i in range(len(one))]
    else:
        return [] if one == other else [place]
    return [name for key, left, right in pairs for name in differences(left, right, key)]


def _metrics(run: Path) -> list[dict[str, float]]:
    """Return the lines of a run's metrics.jsonl without the times, which are never the same."""
    path = run / "metrics.jsonl"
    lines = path.read_text().splitlines() if path.is_file() else []
    return [
        {name: value for name, value in json.loads(line).items() if name not in TIMES}
        for line in lines
    ]


def _start(job: Job, port: int, script: str, *arguments: str) -> processes.Team:
    """Start a script of the project on the CPU, where every run is repeatable."""
    arguments = (*arguments, "--device", "cpu")
    if script == "train.py":
        arguments = (*arguments, "--epochs", str(job.epochs))
    number = job.processes if script == "train.py" else 1
    launcher = f"torchrun --nproc-per-node {number}" if number > 1 else "python"
    print("$", launcher, script, *arguments, flush=True)
    return processes.start_script(job.project / script, arguments, number, port)


def _wait(job: Job, script: str, *arguments: str) -> None:
    """Run a script of the project to its end."""
    with processes.reserved_port() as port:
        processes.wait(_start(job, port, script, *arguments))
