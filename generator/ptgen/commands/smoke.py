"""``ptgen smoke``: train variants briefly."""

import os
import shlex
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ptgen import console, options
from ptgen.errors import PtgenError

if TYPE_CHECKING:
    from ptgen.smoke.runner import Result

SHOWN = 20


def smoke(
    recipes: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[A,B]...",
            help="Each names the recipes of one variant, with commas between; bare for none. "
            "If not given: every task bare, and every recipe alone on every task.",
            autocompletion=options.complete_recipe,
        ),
    ] = None,
    task: options.Task = None,
    epochs: Annotated[
        int | None,
        typer.Option(min=2, metavar="N", help="Train for N epochs instead of the task's own."),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="Variants at a time; the number of cores if not given."
        ),
    ] = None,
    timeout: Annotated[
        float,
        typer.Option(min=1, metavar="SECONDS", help="A variant that takes longer is killed."),
    ] = 300,
    keep: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Keep the projects, runs and logs in a new folder DIR."),
    ] = None,
    template: options.Template = None,
    ref: options.Ref = None,
    as_json: options.Json = False,
) -> None:
    """Train variants briefly on their real data: each must learn, stop, resume and be tested."""
    from ptgen import manifest, source
    from ptgen.signals import interruptible
    from ptgen.smoke import environment, plan, processes, runner
    from ptgen.smoke.phases import Job

    environment.refuse()
    if keep and os.path.lexists(keep):
        raise PtgenError(f"{keep} exists; name a folder that does not")
    again = _options(epochs, template, ref)
    results: list[Result] = []
    with interruptible(), source.open_template(template, ref) as opened:
        manifests = manifest.load(opened.folder)
        variants = plan.choose(opened.folder, manifests, recipes or [], task)
        with _folder(keep) as folder:
            todo = [
                Job.of(variant, opened.folder, manifests, folder / f"{number:03}", epochs)
                for number, variant in enumerate(variants, start=1)
            ]
            console.say("importing torch, once for all variants")
            processes.warm_up()
            with closing(runner.run(todo, jobs or environment.cores(), timeout)) as finished:
                for result in finished:
                    results.append(result)
                    _tell(result, again)
    failed = sum(not result.passed for result in results)
    console.say(f"{len(results) - failed} of {len(results)} variants passed")
    if as_json:
        console.put_json([_facts(result, again) for result in results])
    if failed:
        raise typer.Exit(1)


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    """Give a folder to work in: the one to keep, or one that is gone afterwards."""
    if keep:
        keep.mkdir(parents=True)
        yield keep.absolute()
    else:
        with TemporaryDirectory(prefix="ptgen-smoke-", ignore_cleanup_errors=True) as folder:
            yield Path(folder)


def _options(epochs: int | None, template: str | None, ref: str | None) -> list[str]:
    """Return the options that a command which repeats a variant needs besides its task."""
    given = {"--epochs": epochs, "--template": template, "--ref": ref}
    return [text for flag, value in given.items() if value for text in (flag, str(value))]


def _repeat(result: "Result", again: Sequence[str]) -> str:
    variant = result.variant
    return shlex.join(["ptgen", "smoke", variant.choice, "--task", variant.task, *again])


def _tell(result: "Result", again: Sequence[str]) -> None:
    """Print a line for a variant, and for one that failed why."""
    mark = typer.style("ok    ", fg="green") if result.passed else typer.style("failed", fg="red")
    figure = "" if result.figure is None else f"  {result.metric} {result.figure:.4g}"
    console.say(f"{mark}  {result.seconds:5.1f} s  {result.variant}{figure}")
    if not result.passed:
        lines = [f"{result.phase}: {result.reason}", *(f"| {line}" for line in result.log[-SHOWN:])]
        for line in [*lines, f"repeat: {_repeat(result, again)}"]:
            console.say(f"        {line}")


def _facts(result: "Result", again: Sequence[str]) -> dict[str, Any]:
    facts = asdict(result)
    return {**facts.pop("variant"), **facts, "repeat": _repeat(result, again)}
