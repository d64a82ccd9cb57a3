"""``ptgen smoke``: train variants briefly."""

import os
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ptgen.base import console
from ptgen.base.errors import Problems, PtgenError
from ptgen.commands import options

if TYPE_CHECKING:
    from ptgen.smoke.job import Setup
    from ptgen.smoke.plan import Plan, Variant
    from ptgen.smoke.results import Result
    from ptgen.smoke.runner import Limits


def smoke(
    recipes: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[A,B]...",
            help="Each names the recipes of one variant, with commas between; bare for none. "
            "If not given, the plan: every task bare, every recipe alone, and a few variants in "
            "which every pair of recipes meets.",
            autocompletion=options.complete_recipe,
        ),
    ] = None,
    task: options.Task = None,
    strength: Annotated[
        int,
        typer.Option(min=2, max=3, metavar="2|3", help="Cover every pair, or every three."),
    ] = 2,
    per_task: Annotated[
        bool, typer.Option("--per-task", help="Cover them on every task instead of on one.")
    ] = False,
    show_plan: Annotated[
        bool, typer.Option("--plan", help="Show the plan, with --json also its pairs; try nothing.")
    ] = False,
    shard: Annotated[
        str | None,
        typer.Option(metavar="I/N", help="Try the I-th of N parts, for N machines."),
    ] = None,
    times: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="results.json of an earlier run: parts take equally long. The same for all parts.",
        ),
    ] = None,
    epochs: Annotated[
        int | None,
        typer.Option(min=2, metavar="N", help="Train for N epochs instead of the task's own."),
    ] = None,
    device: Annotated[Literal["cpu", "cuda"], typer.Option(help="Where to train.")] = "cpu",
    jobs: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="Variants at a time; the number of cores if not given."
        ),
    ] = None,
    timeout: Annotated[
        float,
        typer.Option(min=1, metavar="SECONDS", help="A variant that takes longer is killed."),
    ] = 600,
    memory: Annotated[
        float,
        typer.Option(min=0.1, metavar="GIB", help="A variant that takes more is killed."),
    ] = 8,
    cache: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Where what has passed is kept; your own cache if not given."
        ),
    ] = None,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Try all, whether it has passed before or not.")
    ] = False,
    report: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write index.html, junit.xml and results.json there."),
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Keep the projects, runs and logs in a new folder DIR."),
    ] = None,
    project: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Try a copy of the project in DIR, as it is now."),
    ] = None,
    template: options.Template = None,
    ref: options.Ref = None,
    as_json: options.Json = False,
) -> None:
    """Train variants briefly on their real data: each must learn, stop, resume and be tested."""
    from ptgen.base.signals import interruptible
    from ptgen.smoke import reports, shards
    from ptgen.smoke.cache import Cache
    from ptgen.smoke.job import Setup
    from ptgen.smoke.runner import Limits
    from ptgen.templates import source

    part = shards.parse(shard) if shard else None
    seconds = shards.read_times(times) if times else {}
    if not show_plan:
        _refuse_early(keep, no_cache, cache, device)
    if project and (recipes or task or shard or show_plan):
        raise PtgenError("--project is tried alone; leave recipes, --task, --shard and --plan out")
    if report:
        reports.check_writable(report)
    repeat = _repeat(project, _options(epochs, device, template, ref))
    with interruptible(), source.open_nearby(template, ref) as opened:
        opened.refuse_invalid()
        origin = project.absolute() if project else None
        setup = Setup(opened, epochs, device, origin=origin)
        plan = None if recipes or project else _plan(setup, task, strength, per_task)
        everything = plan.variants if plan else _named(setup, recipes or [], task)
        variants = shards.with_bare(everything, part, seconds) if part else everything
        if show_plan:
            _show(plan, variants, setup, as_json)
            return
        folder = None if no_cache else Cache.open(cache).folder
        setup = replace(setup, cache=folder, planned=plan.variants if plan else ())
        limits = Limits(timeout, memory)
        results = _run(setup, variants, keep, jobs, limits, repeat)
        if report:
            pairs, impossible = (plan.pairs, plan.infeasible(opened)) if plan else ([], [])
            reports.write(report, results, everything, pairs, impossible, repeat)
    _conclude(results, report, as_json, repeat)


def _plan(setup: "Setup", task: str | None, strength: int, per_task: bool) -> "Plan":
    from ptgen.smoke.plan import Plan

    return Plan.of(setup.template.manifests, task, strength, per_task)


def _named(setup: "Setup", recipes: Sequence[str], task: str | None) -> "list[Variant]":
    """Return the variants that a person named, by their recipes or by a project."""
    from ptgen.smoke.plan import choose, variant_of

    if setup.origin:
        return [variant_of(setup.origin, setup.template)]
    return choose(setup.template, recipes, task)


def _run(
    setup: "Setup",
    variants: "Sequence[Variant]",
    keep: Path | None,
    jobs: int | None,
    limits: "Limits",
    repeat: "Callable[[Result], str]",
) -> "list[Result]":
    """Try variants, and show how it goes."""
    from ptgen.smoke import environment
    from ptgen.smoke.display import Display
    from ptgen.smoke.session import Session

    at_once = jobs or environment.cores()
    with _folder(keep) as folder, Display(len(variants), sys.stderr.isatty()) as display:
        return Session(setup, folder, display, repeat, at_once, limits).run(variants)


def _conclude(
    results: "Sequence[Result]",
    report: Path | None,
    as_json: bool,
    repeat: "Callable[[Result], str]",
) -> None:
    """Say how all variants fared, and leave with status 1 if one has failed."""
    failed = sum(not result.passed for result in results)
    cached = sum(result.cached for result in results)
    console.say(
        f"{len(results) - failed} of {len(results)} variants passed"
        + (f", {cached} of them before: nothing has changed since" if cached else "")
    )
    if report:
        console.say(f"the report is {report / 'index.html'}")
    if as_json:
        console.put_json([{**result.facts(), "repeat": repeat(result)} for result in results])
    if failed:
        raise typer.Exit(1)


def _refuse_early(keep: Path | None, no_cache: bool, cache: Path | None, device: str) -> None:
    """Refuse what cannot be done before any time is spent, all of it at once."""
    from ptgen.smoke import environment

    problems = environment.lacks(device)
    if keep and os.path.lexists(keep):
        problems.append(f"{keep} exists; name a folder that does not")
    if no_cache and cache:
        problems.append("--cache and --no-cache were both given; leave one out")
    if problems:
        raise Problems(problems)


def _show(
    plan: "Plan | None", variants: "Sequence[Variant]", setup: "Setup", as_json: bool
) -> None:
    """Print what would be tried."""
    if not as_json:
        for variant in variants:
            console.put(f"{variant.extent:6}  {variant}")
        return
    facts = [
        {"task": one.task, "recipes": list(one.recipes), "extent": one.extent} for one in variants
    ]
    pairs, infeasible = (plan.pairs, plan.infeasible(setup.template)) if plan else ([], [])
    console.put_json({"variants": facts, "pairs": pairs, "infeasible": infeasible})


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    """Give a folder to work in: the one to keep, or one that is gone afterwards."""
    if keep:
        keep.mkdir(parents=True)
        yield keep.absolute()
    else:
        with TemporaryDirectory(prefix="ptgen-smoke-", ignore_cleanup_errors=True) as folder:
            yield Path(folder)


def _repeat(project: Path | None, options: Sequence[str]) -> "Callable[[Result], str]":
    """Return what gives the command that repeats a result."""

    def repeat(result: "Result") -> str:
        one = result.smallest
        if project:
            return shlex.join(["ptgen", "smoke", "--project", str(project), *options])
        # What a recipe changes is told by a bare project beside it.
        beside = ["bare"] if result.phase == "effect" else []
        return shlex.join(["ptgen", "smoke", *beside, one.choice, "--task", one.task, *options])

    return repeat


def _options(epochs: int | None, device: str, template: str | None, ref: str | None) -> list[str]:
    """Return the options that a command which repeats a variant needs besides its task."""
    changed = device if device != "cpu" else None
    given = {"--epochs": epochs, "--device": changed, "--template": template, "--ref": ref}
    return [text for flag, value in given.items() if value for text in (flag, str(value))]
