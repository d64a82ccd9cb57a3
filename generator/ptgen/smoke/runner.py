"""Runs jobs side by side, each in a process group of its own."""

import json
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from multiprocessing.process import BaseProcess
from typing import Self

import psutil

from ptgen.base.errors import PtgenError
from ptgen.smoke import processes
from ptgen.smoke.cache import Cache
from ptgen.smoke.job import TRACE, Job
from ptgen.smoke.phases import PHASES
from ptgen.smoke.plan import Variant
from ptgen.smoke.results import Cost, Result

LOOK_AT_MEMORY = 0.5
GIB = 2**30


@dataclass(frozen=True)
class Limits:
    """What a variant may take.

    Attributes:
        seconds: Of time.
        gib: Of memory, of all its processes together.
    """

    seconds: float = 600
    gib: float = 8


@dataclass(frozen=True)
class Progress:
    """How far a job has come: the file that tells the process which waits for it.

    Attributes:
        phase: The phase under way, or the last one.
        passed: Whether all phases are passed.
        reason: Why the phase was not passed, empty while it may be.
        key: Of the rendered project in the cache, empty while it is not known.
        cached: Whether the project is in the cache, so that the other phases were left out.
        costs: What each phase so far took: seconds of time, and of all processes.
    """

    phase: str = "start"
    passed: bool = False
    reason: str = ""
    key: str = ""
    cached: bool = False
    costs: Mapping[str, tuple[float, float]] = field(default_factory=dict)

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
    looked: float = 0.0

    @property
    def seconds(self) -> float:
        """How long it has been running."""
        return time.monotonic() - self.started

    def excess(self, limits: Limits) -> str:
        """Return what it takes too much of, empty if nothing."""
        if self.seconds > limits.seconds:
            return f"not done after {self.seconds:.0f} s"
        if time.monotonic() - self.looked < LOOK_AT_MEMORY:
            return ""
        self.looked = time.monotonic()
        gib = _memory(self.process.pid, limits.gib * GIB) / GIB
        return f"took {gib:.1f} GiB of memory; the limit is {limits.gib:g}" * (gib > limits.gib)

    def kill(self) -> None:
        """End its whole process group."""
        assert self.process.pid is not None
        with suppress(ProcessLookupError, PermissionError):  # it may not have made its group yet
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()
        self.process.join()

    def finished(self, excess: str) -> "Finished":
        """Return what became of it, once it has ended."""
        job, progress = self.job, Progress.read(self.job)
        log = job.log.read_text(errors="replace").splitlines() if job.log.exists() else []
        trace = job.folder / TRACE
        if progress.cached and job.setup.cache:
            found = Cache(job.setup.cache).get(progress.key)
            if found:
                return Finished(job, replace(found, variant=job.variant), progress.key, log)
        reason = excess or progress.reason
        if not reason and not progress.passed:
            reason = f"the process that tried it ended with status {self.process.exitcode}"
        curve = job.curve()
        result = Result(
            variant=job.variant,
            passed=not reason,
            seconds=self.seconds,
            phase=progress.phase,
            reason=reason,
            metric=job.floor.metric,
            expected=f"{job.bound}, lowered by {job.reason}" if job.reason else job.bound,
            curve=curve,
            figure=job.best(curve),
            trace=trace.read_text() if trace.is_file() else None,
            phases={name: Cost(*cost) for name, cost in progress.costs.items()},
            log=log,
        )
        return Finished(job, result, progress.key, log)


@dataclass(frozen=True)
class Finished:
    """A job that has ended.

    Attributes:
        job: The job.
        result: How its variant fared.
        key: Of its rendered project in the cache, empty if it was not rendered.
        log: What was printed.
    """

    job: Job
    result: Result
    key: str
    log: list[str]


def run(
    jobs: Iterable[Job],
    at_once: int,
    limits: Limits,
    started: Callable[[Variant], None] = lambda _: None,
    waiting: Callable[[], None] = lambda: None,
) -> Generator[Finished, None, None]:
    """Try variants and yield the result of each as it is there.

    What fails, hangs or dies is a failure of its variant alone. Close the iterator to end all.

    Args:
        jobs: The variants.
        at_once: How many to try at a time.
        limits: What a variant may take; if it takes more, it is killed.
        started: Called with each variant that is begun.
        waiting: Called many times a second.
    """
    todo, running = list(reversed(list(jobs))), list[Running]()
    try:
        while todo or running:
            while todo and len(running) < at_once:
                job = todo.pop()
                process = processes.fork(_examine, job, name=str(job.variant))
                running.append(Running(job, process, time.monotonic()))
                started(job.variant)
            waiting()
            time.sleep(processes.PAUSE)
            for one in list(running):
                excess = one.excess(limits) if one.process.is_alive() else ""
                if excess or not one.process.is_alive():
                    one.kill()
                    running.remove(one)
                    yield one.finished(excess)
    finally:
        for one in running:
            one.kill()


def _examine(job: Job) -> None:
    """Take a variant through all phases, in a session of its own."""
    os.setsid()
    job.folder.mkdir(parents=True)
    job.shared.mkdir(exist_ok=True)
    _print_to(job)
    progress = Progress()
    for phase in PHASES:
        if not phase.belongs_to(job):
            continue
        print(f"-- {phase.name}", flush=True)
        progress = replace(progress, phase=phase.name)
        progress.write(job)
        costs = dict(progress.costs)
        try:
            with _measured(costs, phase.name):
                phase.run(job)
        except PtgenError as error:
            replace(progress, reason=str(error), costs=costs).write(job)
            return
        progress = replace(progress, costs=costs)
        if phase.name == "render" and job.setup.cache:
            progress = replace(progress, key=job.key())
            if Cache(job.setup.cache).get(progress.key):
                replace(progress, passed=True, cached=True).write(job)
                return
    replace(progress, passed=True).write(job)


@contextmanager
def _measured(costs: dict[str, tuple[float, float]], name: str) -> Iterator[None]:
    """Note what a phase takes, together with the processes that it starts and waits for."""
    seconds, cpu = time.monotonic(), _cpu_seconds()
    try:
        yield
    finally:
        costs[name] = (time.monotonic() - seconds, _cpu_seconds() - cpu)


def _cpu_seconds() -> float:
    """Return what this process and those that it has waited for have computed."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _memory(process: int | None, limit: float) -> int:
    """Return the bytes that a process and those it has started hold together.

    What they share is counted once, but only near the limit, for it takes long to tell apart.
    """

    def total(size: Callable[[psutil.Process], int]) -> int:
        found = 0
        for one in [parent, *parent.children(recursive=True)]:
            with suppress(psutil.Error):
                found += size(one)
        return found

    try:
        parent = psutil.Process(process)
        resident = total(lambda one: one.memory_info().rss)
        return resident if resident < limit else total(lambda one: one.memory_full_info().uss)
    except psutil.Error:
        return 0


def _print_to(job: Job) -> None:
    """Send all that this process and its children print to the log."""
    file = job.log.open("w", buffering=1)
    os.dup2(file.fileno(), 1)
    os.dup2(file.fileno(), 2)
    sys.stdout = sys.stderr = file
