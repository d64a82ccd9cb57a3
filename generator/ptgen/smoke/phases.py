"""What a variant must pass: a function for each phase, which raises PtgenError if it does not.

They run one after the other in a process of their own and leave what they make in the job's folder.
"""

import gc
import hashlib
import json
import math
import os
import re
import shutil
import signal
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from ptgen.base.digest import digest, tree_digest
from ptgen.base.errors import PtgenError
from ptgen.smoke import comparison, declared, processes, tools
from ptgen.smoke.covering import Row
from ptgen.smoke.job import STOPPED, WHOLE, Job
from ptgen.smoke.plan import EXTENTS, Extent
from ptgen.smoke.rendering import render_project

NOT_KEPT = (".git", ".venv", "__pycache__", ".*_cache", "runs", "data")
HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
STOPPED_BY_SIGTERM = 128 + signal.SIGTERM


@dataclass(frozen=True)
class Phase:
    """A step that a variant must pass.

    Attributes:
        name: What reports call it.
        run: Raises PtgenError where it is not passed.
        extent: The least extent of a variant that includes it.
    """

    name: str
    run: Callable[[Job], None]
    extent: Extent

    def belongs_to(self, job: Job) -> bool:
        """Tell whether a job includes this phase."""
        return EXTENTS.index(job.variant.extent) >= EXTENTS.index(self.extent)


def declared_difference(job: Job) -> None:
    """Of a recipe alone: see that it changes what it declares, and nothing else."""
    if job.alone is None:
        return
    task, template = job.variant.task, job.setup.template
    own = [f"recipes/{manifest.name}" for manifest in job.setup.chosen(job.variant)]
    parts = [template.folder / part for part in ("template", "composition", *own)]
    key = digest("declared", job.settings(), *(tree_digest(part) for part in parts))
    known = job.setup.cache / f"{key}.declared" if job.setup.cache else None
    if known and known.is_file():
        return
    required = [name for name in job.variant.recipes if name != job.alone.name]
    together = job.setup.largest[task]
    found = declared.undeclared(
        template, task, job.alone, required, together, job.folder / "declared"
    )
    if found:
        raise PtgenError("; ".join(found))
    if known:
        with suppress(OSError):  # a full cache is no reason to fail
            known.touch()


def render(job: Job) -> None:
    """Render the project, or copy an existing one without what it does not keep in git."""
    if job.setup.origin:
        ignore = shutil.ignore_patterns(*NOT_KEPT)
        shutil.copytree(job.setup.origin, job.project, ignore=ignore)
    else:
        _render(job, Row(job.variant.task, frozenset(job.variant.recipes)), job.project)


def prepare(job: Job) -> None:
    """Run the scripts that recipes need before training, in the project."""
    for script in job.prepare:
        print("$ python", script, flush=True)
        if not script.is_file():
            raise PtgenError(f"{script} does not exist, and the recipe's smoke.prepare names it")
        processes.wait(processes.start_script(script, (), folder=job.project))


def train(job: Job) -> None:
    """Train and reach the floor; from epoch to epoch, no hooks are left on a module."""
    _wait(job, "train.py", "--run", WHOLE, before=partial(_watch, job))
    floor, curve = job.floor, job.curve()
    best = job.best(curve)
    if best is None:
        raise PtgenError(f"{WHOLE}/metrics.jsonl has no {floor.metric}")
    lowest = -math.inf if floor.at_least is None else floor.at_least
    highest = math.inf if floor.at_most is None else floor.at_most
    if not lowest <= best <= highest:
        raise PtgenError(
            f"{floor.metric} is {best:.4g} at best in {job.epochs} epochs; expected {job.bound}"
        )
    if len(curve) > 1 and min(curve) == max(curve):
        raise PtgenError(
            f"{floor.metric} is {best:.4g} in every epoch; expected a metric that changes"
        )
    record = processes.fork(comparison.write_trace, job, name="digest of the run")
    processes.wait([record])


def no_waiting(job: Job) -> None:
    """Train on a few batches, and evaluate; inside ``train_epoch``, nothing may wait."""
    from ptgen.smoke import waiting  # it imports torch

    watched = partial(waiting.run_watched, job.folder, max(3, 2 * job.batches_per_update))
    try:
        _wait(job, "train.py", "--run", "runs/watched", run=watched)
    finally:
        found = waiting.read(job.folder)
    if found:
        raise PtgenError(f"train_epoch waits for the device: {'; '.join(found)}")


def test(job: Job) -> None:
    """Evaluate on the test split."""
    _wait(job, "test.py", "--run", WHOLE)
    report = job.project / WHOLE / "report.json"
    if not report.is_file() or not json.loads(report.read_text()):
        raise PtgenError("test.py has written no report.json")


def stop(job: Job) -> None:
    """Resume what was left before the last epoch but one, and stop it with SIGTERM in the last.

    It must save and leave.
    """
    run, done = job.project / STOPPED, job.epochs - 1
    resume = ["--resume"] if run.exists() else []
    rewound = False
    with processes.reserved_port() as port:
        team = _start(job, port, "train.py", "--run", STOPPED, *resume)
        while all(process.is_alive() for process in team):
            epochs = _epochs(run)
            if epochs >= done and rewound:
                break
            rewound = rewound or epochs < done
            processes.pause()
        for process in team:
            process.terminate()
        processes.wait(team, STOPPED_BY_SIGTERM)


def resume(job: Job) -> None:
    """Resume it; it must end with the same metrics and checkpoint as the run that was whole."""
    _wait(job, "train.py", "--run", STOPPED, "--resume")
    runs = [job.project / run for run in (WHOLE, STOPPED)]
    processes.wait(
        [processes.fork(comparison.compare, *runs, name="comparison with the whole run")]
    )


def own_tests(job: Job) -> None:
    """Run the project's own tests, without those that have run elsewhere, byte for byte."""
    done = [_rendered_once(job, row) for row in job.tested_elsewhere]
    files = [
        path.relative_to(job.project).as_posix()
        for path in sorted(job.project.glob("tests/**/test_*.py"))
        if not any(_same(path, one / path.relative_to(job.project)) for one in done)
    ]
    if files:
        print("$ pytest", *files, flush=True)
        processes.wait([processes.fork(_pytest, job.project, files, name="pytest")])


PHASES = (
    Phase("declared", declared_difference, "static"),
    Phase("render", render, "static"),
    Phase("lint", tools.lint, "static"),
    Phase("types", tools.types, "static"),
    Phase("dependencies", tools.dependencies, "static"),
    Phase("prepare", prepare, "brief"),
    Phase("train", train, "brief"),
    Phase("no waiting", no_waiting, "full"),
    Phase("test", test, "full"),
    Phase("stop", stop, "full"),
    Phase("resume", resume, "full"),
    Phase("tests", own_tests, "brief"),
)


def _rendered_once(job: Job, row: Row) -> Path:
    """Return another project of the template, rendered once for all jobs."""
    names = " ".join([row.task, *sorted(row.recipes)])  # together too long for a file's name
    folder = job.shared / hashlib.sha256(names.encode()).hexdigest()
    if not folder.exists():
        staging = job.folder / "elsewhere" / folder.name
        _render(job, row, staging)
        with suppress(OSError):  # another job was faster
            staging.rename(folder)
    return folder


def _render(job: Job, row: Row, folder: Path) -> None:
    render_project(job.setup.template, row.task, sorted(row.recipes), folder)


def _same(one: Path, other: Path) -> bool:
    return other.is_file() and one.read_bytes() == other.read_bytes()


def _pytest(project: Path, files: Sequence[str]) -> None:
    """Run pytest in a process of its own and leave with its status."""
    import pytest

    os.chdir(project)
    for name in [name for name in os.environ if name.startswith("PYTEST_")]:
        del os.environ[name]  # of the tests that this may be run by
    sys.argv = ["pytest"]
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    sys.exit(int(pytest.main([*options, *files])))


def _epochs(run: Path) -> int:
    """Return how many epochs of a run have their metrics."""
    path = run / "metrics.jsonl"
    return path.read_text().count("\n") if path.is_file() else 0


def _start(
    job: Job,
    port: int,
    script: str,
    *arguments: str,
    before: Callable[[], None] | None = None,
    run: Callable[[Path], None] | None = None,
) -> processes.Team:
    """Start a script of the project."""
    arguments = (*arguments, "--device", job.setup.device)
    if script == "train.py":
        arguments = (*arguments, "--epochs", str(job.epochs), *_smaller_batches(job))
        if "--resume" not in arguments:  # a resumed run knows its settings
            arguments = (*arguments, *job.arguments)
            if run is None:  # and not a few batches
                arguments = (*arguments, *job.cpu_arguments)
    number = job.processes if script == "train.py" else 1
    launcher = f"torchrun --nproc-per-node {number}" if number > 1 else "python"
    print("$", launcher, script, *arguments, flush=True)
    path = job.project / script
    return processes.start_script(path, arguments, number, port, before=before, run=run)


def _smaller_batches(job: Job) -> Iterable[str]:
    """Return the flags for batches of which several make as large a one as without the recipes."""
    if job.batches_per_update == 1:
        return ()
    for config in job.project.glob("*/config.py"):
        if default := re.search(r"^ +batch_size: .*= (\d+)$", config.read_text(), re.MULTILINE):
            return ("--batch-size", str(max(1, int(default[1]) // job.batches_per_update)))
    raise PtgenError("no config.py of the project has a batch_size, as in: batch_size: int = 32")


def _wait(
    job: Job,
    script: str,
    *arguments: str,
    before: Callable[[], None] | None = None,
    run: Callable[[Path], None] | None = None,
) -> None:
    """Run a script of the project to its end."""
    with processes.reserved_port() as port:
        processes.wait(_start(job, port, script, *arguments, before=before, run=run))


def _watch(job: Job) -> None:
    """Look at each checkpoint that a script writes.

    Leave where one is written with more hooks than the first. Before that of the last epoch but
    one, copy the run: this is what is left of one that is killed then, at a fraction of its time.
    """
    import torch

    whole, stopped = job.project / WHOLE, job.project / STOPPED
    save, first = torch.save, list[int]()

    def watched(*arguments: Any, **options: Any) -> None:
        if isinstance(arguments[0], dict):  # and not a tensor that is sent to another process
            look()
        save(*arguments, **options)

    def look() -> None:
        hooks = sum(
            len(getattr(module, name))
            for module in gc.get_objects()
            if issubclass(type(module), torch.nn.Module)  # isinstance would ask each object
            for name in HOOKS
        )
        first.append(hooks)
        if hooks > first[0]:
            sys.exit(f"hooks pile up: {first[0]} at the first checkpoint, now {hooks}")
        if _epochs(whole) == job.epochs - 1:
            with suppress(FileExistsError):  # it was copied before
                shutil.copytree(whole, stopped)

    torch.save = watched
