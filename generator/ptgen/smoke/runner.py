"""Runs jobs side by side, each in a process group of its own."""

import json
import os
import signal
import sys
import time
from collections.abc import Generator, Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from multiprocessing.process import BaseProcess
from typing import Self

from ptgen.errors import PtgenError
from ptgen.smoke import processes
from ptgen.smoke.phases import PHASES, Job
from ptgen.smoke.plan import Variant


@dataclass(frozen=True)
class Result:
    """How a variant fared.

    Attributes:
        variant: The variant.
        passed: Whether it passed all phases.
        seconds: How long it took.
        phase: The phase it failed in, or the last one.
        reason: Why it failed, empty if it passed.
        metric: Name of the floor's metric.
        figure: The best figure of the run, None if there is none.
        log: What the phases printed, line by line.
    """

    variant: Variant
    passed: bool
    seconds: float
    phase: str
    reason: str
    metric: str
    figure: float | None
    log: list[str]


@dataclass(frozen=True)
class Progress:
    """How far a job has come: the file that tells the process which waits for it.

    Attributes:
        phase: The phase under way, or the last one.
        figure: See ``Result``.
        passed: Whether all phases are passed.
        reason: Why the phase was not passed, empty while it may be.
    """

    phase: str = "start"
    figure: float | None = None
    passed: bool = False
    reason: str = ""

    @classmethod
    def read(cls, job: Job) -> Self:
        """Return how far a job has come."""
        path = job.folder / "progress.json"
        return cls(**json.loads(path.read_text())) if path.is_file() else cls()

    def write(self, job: Job) -> None:
        """Write the file, at any moment all of the old or all of the new."""
        temporary = job.folder / "progress.tmp"
        temporary.write_text(json.dumps(asdict(self)))
        temporary.replace(job.folder / "progress.json")


@dataclass
class Running:
    """A job under way."""

    job: Job
    process: BaseProcess
    started: float

    @property
    def seconds(self) -> float:
        """How long it has been running."""
        return time.monotonic() - self.started

    def kill(self) -> None:
        """End its whole process group."""
        assert self.process.pid is not None
        with suppress(ProcessLookupError, PermissionError):  # it may not have made its group yet
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()
        self.process.join()

    def result(self, too_long: bool) -> Result:
        """Return what became of it, once it has ended."""
        progress = Progress.read(self.job)
        reason = progress.reason
        if too_long:
            reason = f"not done after {self.seconds:.0f} s"
        elif not progress.passed and not reason:
            reason = f"the process that tried it ended with status {self.process.exitcode}"
        log = self.job.log.read_text(errors="replace") if self.job.log.exists() else ""
        return Result(
            variant=self.job.variant,
            passed=progress.passed and not too_long,
            seconds=self.seconds,
            phase=progress.phase,
            reason=reason,
            metric=self.job.floor.metric,
            figure=progress.figure,
            log=log.splitlines(),
        )


def run(jobs: Iterable[Job], at_once: int, limit: float) -> Generator[Result, None, None]:
    """Try variants and yield the result of each as it is there.

    What fails, hangs or dies is a failure of its variant alone. Close the iterator to end all.

    Args:
        jobs: The variants.
        at_once: How many to try at a time.
        limit: Seconds after which a variant is killed.
    """
    waiting, running = list(reversed(list(jobs))), list[Running]()
    try:
        while waiting or running:
            while waiting and len(running) < at_once:
                job = waiting.pop()
                process = processes.fork(_examine, job, name=str(job.variant))
                running.append(Running(job, process, time.monotonic()))
            time.sleep(processes.PAUSE)
            for one in list(running):
                too_long = one.process.is_alive() and one.seconds > limit
                if too_long or not one.process.is_alive():
                    one.kill()
                    running.remove(one)
                    yield one.result(too_long)
    finally:
        for one in running:
            one.kill()


def _examine(job: Job) -> None:
    """Take a variant through all phases, in a session of its own."""
    os.setsid()
    _print_to(job)
    figure = None
    for name, phase in PHASES.items():
        print(f"-- {name}", flush=True)
        Progress(name, figure).write(job)
        try:
            phase(job)
        except PtgenError as error:
            Progress(name, job.figure(), reason=str(error)).write(job)
            return
        figure = job.figure()
    Progress(name, figure, passed=True).write(job)


def _print_to(job: Job) -> None:
    """Send all that this process and its children print to the log."""
    file = job.log.open("w", buffering=1)
    os.dup2(file.fileno(), 1)
    os.dup2(file.fileno(), 2)
    sys.stdout = sys.stderr = file
