"""What a variant must pass: a function for each phase, which raises PtgenError if it does not.

They run one after the other in a process of their own and leave what they make in the job's folder.
"""

import fcntl
import gc
import itertools
import json
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from packaging.requirements import Requirement

from ptgen.base.errors import PtgenError
from ptgen.smoke import cache, declared, environment, processes
from ptgen.smoke.compatible import Compatible
from ptgen.smoke.plan import Variant
from ptgen.templates import manifest
from ptgen.templates.manifest import Floor, Manifest
from ptgen.templates.render import render

WHOLE, STOPPED = "runs/whole", "runs/stopped"
TRACE = "trace.txt"
NOT_KEPT = (".git", ".venv", "__pycache__", ".*_cache", "runs", "data")
HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
TIMES = ("seconds", "images_per_second")
IMPORTED = re.compile(r"^ *(?:from|import) (torch(?:\.\w+)*)", re.MULTILINE)
DECLARING = ("template", "recipes", "composition")
STOPPED_BY_SIGTERM = 128 + signal.SIGTERM


@dataclass(frozen=True)
class Job:
    """A variant with what is needed to try it.

    Attributes:
        variant: The variant.
        template: Folder of the template.
        alone: The manifest of its recipe, if it has one that is not there for another's sake.
        together: Names of as many recipes as can be in one project of the task.
        floor: What training must reach.
        epochs: How long to train, at least 2: between the first and the last, a run is stopped.
        batches_per_update: How many batches an update takes, in all processes together.
        processes: How many processes train together.
        device: Where to train, as ``--device`` takes it.
        folder: A folder of its own.
        cache: Folder of the cache; None to do without.
        origin: Folder of a project that somebody has; None to render one.
    """

    variant: Variant
    template: Path
    alone: Manifest | None
    together: Sequence[str]
    floor: Floor
    epochs: int
    batches_per_update: int
    processes: int
    device: str
    folder: Path
    cache: Path | None
    origin: Path | None

    @classmethod
    def of(
        cls,
        variant: Variant,
        template: Path,
        manifests: Sequence[Manifest],
        folder: Path,
        epochs: int | None = None,
        device: str = "cpu",
        cache: Path | None = None,
        origin: Path | None = None,
    ) -> Self:
        """Make a job.

        Recipes of the group ``parallel`` are tried with two processes. Where an update takes
        several batches, these are smaller, so that the weights change as often as without.

        Args:
            variant: The variant.
            template: Folder of the template.
            manifests: All of it.
            folder: A folder of its own, which is not there yet.
            epochs: How long to train; if not given, as the task says.
            device: Where to train.
            cache: Folder of the cache; None to do without.
            origin: Folder of a project that somebody has; None to render one.
        """
        chosen = [m for m in manifests if m.name in (variant.task, *variant.recipes)]
        floor = next(m.floor for m in chosen if isinstance(m.floor, Floor))
        parallel = any(m.group == "parallel" for m in chosen)
        processes = environment.processes(device) if parallel else 1
        epochs = max(2, epochs or floor.epochs)
        compatible = Compatible(variant.task, manifests)
        first = variant.recipes[:1]
        alone = bool(first) and compatible.complete(frozenset(first)) == frozenset(variant.recipes)
        return cls(
            variant=variant,
            template=template,
            alone=compatible.recipes[first[0]] if alone and not origin else None,
            together=compatible.largest(),
            floor=floor,
            epochs=epochs,
            batches_per_update=math.prod(m.batches_per_update for m in chosen),
            processes=processes,
            device=device,
            folder=folder,
            cache=cache,
            origin=origin,
        )

    @property
    def project(self) -> Path:
        """Folder of the project."""
        return self.folder / "project"

    @property
    def shared(self) -> Path:
        """Folder that all jobs of a run share, for what is the same in all."""
        return self.folder.parent / "shared"

    @property
    def log(self) -> Path:
        """What all phases printed."""
        return self.folder / "log.txt"

    def curve(self) -> list[float]:
        """Return the finite figures so far of the floor's metric, one an epoch."""
        lines = _metrics(self.project / WHOLE)
        values = (line.get(self.floor.metric, math.nan) for line in lines)
        return [value for value in values if math.isfinite(value)]

    def best(self, curve: Iterable[float]) -> float | None:
        """Return the best of some figures, or None if there is none."""
        return (min if self.floor.at_least is None else max)(curve, default=None)

    def settings(self) -> str:
        """Return what a result depends on besides the project and the environment."""
        numbers = (self.epochs, self.batches_per_update, self.processes)
        settings = (self.floor, numbers, self.device, list(PHASES))
        return cache.digest(cache.environment_digest(), repr(settings))

    def key(self) -> str:
        """Return the key of the rendered project in the cache."""
        return cache.digest("project", self.settings(), cache.tree_digest(self.project))


def declared_difference(job: Job) -> None:
    """Of a recipe alone: see that it changes what it declares, and nothing else."""
    if job.alone is None:
        return
    required = [name for name in job.variant.recipes if name != job.alone.name]
    own = [f"recipes/{name}" for name in (job.variant.task, *job.variant.recipes)]
    parts = [job.template / part for part in ("template", "composition", *own)]
    key = cache.digest("declared", job.settings(), *(cache.tree_digest(part) for part in parts))
    if job.cache and (job.cache / f"{key}.declared").is_file():
        return
    found = declared.undeclared(
        job.template, job.variant.task, job.alone, required, job.together, job.folder / "declared"
    )
    if found:
        raise PtgenError("; ".join(found))
    if job.cache:
        with suppress(OSError):  # a cache that is full is no reason to fail
            (job.cache / f"{key}.declared").touch()


def render_project(job: Job) -> None:
    """Make the project, or copy the one that is there without what it does not keep in git."""
    if job.origin:
        shutil.copytree(job.origin, job.project, ignore=shutil.ignore_patterns(*NOT_KEPT))
    else:
        _render(job, job.variant.task, job.variant.recipes, job.project)


def lint(job: Job) -> None:
    """Check and compare the format with ruff."""
    _tool(job, "ruff check", "--no-cache", ".")
    _tool(job, "ruff format", "--check", "--diff", "--no-cache", ".")


def types(job: Job) -> None:
    """Check the types with mypy, if the project does."""
    if "mypy" not in tools(job.project):
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
        sources = [file for part in DECLARING for file in (job.template / part).rglob("*")]
        texts = [file.read_text(errors="replace") for file in sources if file.is_file()]
        names = {name for text in texts for name in IMPORTED.findall(text)}
        temporary = job.folder / path.name
        lines = ["# mypy: ignore-errors", *(f"import {name}" for name in sorted(names))]
        temporary.write_text("\n".join(lines) + "\n")
        temporary.replace(path)
    return path


def dependencies(job: Job) -> None:
    """Compare imports and declared dependencies with deptry, if the project does."""
    if "deptry" in tools(job.project):
        _tool(job, "deptry", ".")


def own_tests(job: Job) -> None:
    """Run the project's own tests.

    A bare project runs all of them, and so does one that somebody has. Of another one, those are
    left out that are the same, to the letter, in a project that has run them: the bare one and, of
    a variant with several recipes, that of each alone. One with all recipes that go together takes
    those of each alone again, but not those of such a one of an earlier task.
    """
    done: list[Path] = []
    task, recipes = job.variant.task, job.variant.recipes
    if not job.origin and recipes:
        done.append(_earlier(job, task))
        manifests = manifest.load(job.template)
        compatible = Compatible(task, manifests)
        if set(recipes) == set(job.together):
            for name in sorted(m.name for m in manifests if m.is_task and m.name < task):
                done.append(_earlier(job, name, Compatible(name, manifests).largest()))
        elif job.alone is None:
            for name in recipes:
                done.append(_earlier(job, task, compatible.complete(frozenset([name])) or ()))
    files = [
        path.relative_to(job.project).as_posix()
        for path in sorted(job.project.glob("tests/**/test_*.py"))
        if not any(_same(path, one / path.relative_to(job.project)) for one in done)
    ]
    if files:
        print("$ pytest", *files, flush=True)
        processes.wait([processes.fork(_pytest, job.project, files, name="pytest")])


def _earlier(job: Job, task: str, recipes: Iterable[str] = ()) -> Path:
    """Return another project of the template, rendered once for all jobs."""
    names = sorted(recipes)
    folder = job.shared / "-".join([task, *names])
    if not folder.exists():
        staging = job.folder / "earlier" / folder.name
        _render(job, task, names, staging)
        with suppress(OSError):  # another job was faster
            staging.rename(folder)
    return folder


def tools(project: Path) -> set[str]:
    """Return the names of what a project declares for its development."""
    facts = tomllib.loads((project / "pyproject.toml").read_text())
    group = facts.get("dependency-groups", {}).get("dev", [])
    return {Requirement(line).name.lower() for line in group if isinstance(line, str)}


def train(job: Job) -> None:
    """Train and reach the floor; from epoch to epoch, no hooks are left on a module."""
    _wait(job, "train.py", "--run", WHOLE, before=lambda: _watch(job))
    floor, curve = job.floor, job.curve()
    best = job.best(curve)
    if best is None:
        raise PtgenError(f"{WHOLE}/metrics.jsonl has no {floor.metric}")
    lowest = -math.inf if floor.at_least is None else floor.at_least
    highest = math.inf if floor.at_most is None else floor.at_most
    if not lowest <= best <= highest:
        side = f"at most {highest}" if floor.at_least is None else f"at least {lowest}"
        raise PtgenError(
            f"{floor.metric} is {best:.4g} at best in {job.epochs} epochs; expected {side}"
        )
    if len(curve) > 1 and min(curve) == max(curve):
        raise PtgenError(
            f"{floor.metric} is {best:.4g} in every epoch; a figure that never changes is none"
        )
    record = processes.fork(_write_trace, job, name="digest of the run")
    processes.wait([record])


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
    """Resume it; it must end with the same figures and checkpoint as the run that was whole."""
    _wait(job, "train.py", "--run", STOPPED, "--resume")
    runs = [job.project / run for run in (WHOLE, STOPPED)]
    processes.wait([processes.fork(compare, *runs, name="comparison with the whole run")])


PHASES: Mapping[str, Callable[[Job], None]] = {
    "declared": declared_difference,
    "render": render_project,
    "lint": lint,
    "types": types,
    "dependencies": dependencies,
    "train": train,
    "test": test,
    "stop": stop,
    "resume": resume,
    "tests": own_tests,
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


def _write_trace(job: Job) -> None:
    """Write a digest of all that a run left, but for times and what it is called."""
    import torch

    run = job.project / WHOLE
    content = torch.load(run / "last.pt", "cpu", weights_only=True)
    content.pop("config", None)
    files = [path.relative_to(run) for path in run.rglob("*") if path.is_file()]
    # Names with numbers in them say an epoch or a time.
    kinds = {
        str(path.parent / path.suffix) if re.search(r"\d", path.name) else str(path)
        for path in files
    }
    parts = [*leaves(content), *leaves(_metrics(run)), repr(sorted(kinds))]
    (job.folder / TRACE).write_text(cache.digest(*parts))


def leaves(value: Any, place: str = "") -> Iterator[str]:
    """Yield the places and values of all that a checkpoint holds."""
    import torch

    if isinstance(value, torch.Tensor):
        data = value.detach().contiguous().view(-1)
        yield f"{place} {value.dtype} {tuple(value.shape)} {cache.digest(data.numpy().tobytes())}"
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from leaves(one, f"{place}.{name}")
    elif isinstance(value, list | tuple):
        for number, one in enumerate(value):
            yield from leaves(one, f"{place}[{number}]")
    else:
        yield f"{place} {value!r}"


def _epochs(run: Path) -> int:
    """Return how many epochs of a run have their figures."""
    path = run / "metrics.jsonl"
    return path.read_text().count("\n") if path.is_file() else 0


def _metrics(run: Path) -> list[dict[str, float]]:
    """Return the lines of a run's metrics.jsonl without the times, which are never the same."""
    path = run / "metrics.jsonl"
    lines = path.read_text().splitlines() if path.is_file() else []
    return [
        {name: value for name, value in json.loads(line).items() if name not in TIMES}
        for line in lines
    ]


def _render(job: Job, task: str, recipes: Iterable[str], folder: Path) -> None:
    answers = {"project_name": "smoke", "task": task, "recipes": list(recipes)}
    render(job.template, answers, folder)


@contextmanager
def _own(folder: Path) -> Iterator[Path]:
    """Give a folder that no other job uses meanwhile, and that may hold what earlier ones left."""
    for number in itertools.count():
        with Path(f"{folder}-{number}.lock").open("w") as lock, suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield Path(f"{folder}-{number}")
            return


def _same(one: Path, other: Path) -> bool:
    return other.is_file() and one.read_bytes() == other.read_bytes()


def _tool(job: Job, command: str, *options: str) -> None:
    """Run a tool in the project; it must find nothing."""
    print("$", command, *options, flush=True)
    name, *words = command.split()
    path = environment.tool(name)
    if path is None:
        raise PtgenError(f"the project wants {name}, which is not installed beside ptgen")
    if subprocess.run([path, *words, *options], cwd=job.project, check=False).returncode:
        raise PtgenError(f"{command} has found something")


def _pytest(project: Path, files: Sequence[str]) -> None:
    """Run pytest in a process of its own and leave with its status."""
    import pytest

    os.chdir(project)
    for name in [name for name in os.environ if name.startswith("PYTEST_")]:
        del os.environ[name]  # of the tests that this may be run by
    sys.argv = ["pytest"]
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
    sys.exit(int(pytest.main([*options, *files])))


def _start(
    job: Job, port: int, script: str, *arguments: str, before: Callable[[], None] | None = None
) -> processes.Team:
    """Start a script of the project."""
    arguments = (*arguments, "--device", job.device)
    if script == "train.py":
        arguments = (*arguments, "--epochs", str(job.epochs), *_smaller_batches(job))
    number = job.processes if script == "train.py" else 1
    launcher = f"torchrun --nproc-per-node {number}" if number > 1 else "python"
    print("$", launcher, script, *arguments, flush=True)
    return processes.start_script(job.project / script, arguments, number, port, before)


def _smaller_batches(job: Job) -> Sequence[str]:
    """Return the flags for batches of which several make as large a one as without the recipes."""
    if job.batches_per_update == 1:
        return ()
    for config in job.project.glob("*/config.py"):
        if default := re.search(r"^ +batch_size: .*= (\d+)$", config.read_text(), re.MULTILINE):
            return ("--batch-size", str(max(1, int(default[1]) // job.batches_per_update)))
    raise PtgenError("no config.py of the project has a batch_size, as in: batch_size: int = 32")


def _wait(job: Job, script: str, *arguments: str, before: Callable[[], None] | None = None) -> None:
    """Run a script of the project to its end."""
    with processes.reserved_port() as port:
        processes.wait(_start(job, port, script, *arguments, before=before))


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
