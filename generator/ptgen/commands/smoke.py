"""``ptgen smoke``: train variants briefly."""

import os
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ptgen.base import console
from ptgen.base.errors import Problems, PtgenError
from ptgen.commands import options

if TYPE_CHECKING:
    from ptgen.smoke.plan import Plan, Variant
    from ptgen.smoke.results import Result


def smoke(
    recipes: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[A,B]...",
            help="Each names the recipes of one variant, with commas between; bare for none. "
            "If not given, the plan: every task bare, every recipe alone on every task, and a "
            "few variants in which every pair of recipes meets.",
            autocompletion=options.complete_recipe,
        ),
    ] = None,
    task: options.Task = None,
    strength: Annotated[
        int,
        typer.Option(min=2, max=3, metavar="2|3", help="Let every pair meet, or every three."),
    ] = 2,
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
    from ptgen.smoke import environment, reports, shards
    from ptgen.smoke.cache import Cache
    from ptgen.smoke.display import Display
    from ptgen.smoke.plan import Plan, choose, variant_of
    from ptgen.smoke.runner import Limits
    from ptgen.smoke.session import Session
    from ptgen.templates import manifest, source

    part = shards.parse(shard) if shard else None
    seconds = shards.read_times(times) if times else {}
    if not show_plan:
        _refuse_early(keep, no_cache, cache, device)
    if project and (recipes or task or shard or show_plan):
        raise PtgenError("--project is tried alone; leave recipes, --task, --shard and --plan out")
    if report:
        reports.check_writable(report)
    again = _options(epochs, device, template, ref)

    def repeat(result: "Result") -> str:
        one = result.smallest
        if project:
            return shlex.join(["ptgen", "smoke", "--project", str(project), *again])
        return shlex.join(["ptgen", "smoke", one.choice, "--task", one.task, *again])

    with interruptible(), source.open_nearby(template, ref) as opened:
        manifests = manifest.load(opened.folder)
        plan = None if recipes or project else Plan.of(manifests, task, strength)
        named = choose(opened.folder, manifests, recipes, task) if recipes else []
        if project:
            named = [variant_of(project, opened.folder)]
        variants = list(plan.variants) if plan else named
        if part:
            chosen = shards.choose(variants, part, seconds)
            # What a recipe changes is told by a bare project beside it.
            tasks = {one.task for one in chosen}
            variants = [v for v in variants if v in chosen or (not v.recipes and v.task in tasks)]
        if show_plan:
            _show(plan, variants, opened.folder, as_json)
            return
        with _folder(keep) as folder, Display(len(variants), sys.stderr.isatty()) as display:
            session = Session(
                template=opened.folder,
                manifests=manifests,
                folder=folder,
                display=display,
                repeat=repeat,
                at_once=jobs or environment.cores(),
                limits=Limits(timeout, memory),
                epochs=epochs,
                device=device,
                cache=None if no_cache else Cache.open(cache),
                origin=project.absolute() if project else None,
            )
            results = session.run(variants)
        if report:
            pairs, impossible = (plan.pairs, plan.infeasible(opened.folder)) if plan else ([], [])
            everything = plan.variants if plan else named
            reports.write(report, results, everything, pairs, impossible, repeat)
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
    plan: "Plan | None", variants: "Sequence[Variant]", template: Path, as_json: bool
) -> None:
    """Print what would be tried."""
    if not as_json:
        for variant in variants:
            console.put(str(variant))
        return
    facts = {"variants": [{"task": one.task, "recipes": list(one.recipes)} for one in variants]}
    pairs = plan.pairs if plan else []
    console.put_json(
        {**facts, "pairs": pairs, "infeasible": plan.infeasible(template) if plan else []}
    )


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    """Give a folder to work in: the one to keep, or one that is gone afterwards."""
    if keep:
        keep.mkdir(parents=True)
        yield keep.absolute()
    else:
        with TemporaryDirectory(prefix="ptgen-smoke-", ignore_cleanup_errors=True) as folder:
            yield Path(folder)


def _options(epochs: int | None, device: str, template: str | None, ref: str | None) -> list[str]:
    """Return the options that a command which repeats a variant needs besides its task."""
    changed = device if device != "cpu" else None
    given = {"--epochs": epochs, "--device": changed, "--template": template, "--ref": ref}
    return [text for flag, value in given.items() if value for text in (flag, str(value))]
