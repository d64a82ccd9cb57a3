"""Reports of a run in files: JSON for programs, JUnit for CI, and a page for people."""

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any
from xml.etree import ElementTree as ET

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ptgen.base.errors import PtgenError, unwritable
from ptgen.smoke.plan import Variant
from ptgen.smoke.results import Result

Names = frozenset[str]
SHOWN = 200
CURVE_WIDTH, CURVE_HEIGHT = 120, 24
MARKS = {"passed": "✓", "failed": "✗", "impossible": "-", "untried": "?"}
# Colours of a terminal, and what XML does not allow.
UNPRINTABLE = re.compile(
    "\x1b\\[[0-?]*[ -/]*[@-~]|[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)


@dataclass(frozen=True)
class Cell:
    """What is known of two recipes together, or of one on a task.

    Attributes:
        state: A key of ``MARKS``.
        title: What to say of it, a line for each variant.
    """

    state: str
    title: str


@dataclass(frozen=True)
class Grid:
    """The recipes by each other and by task.

    Attributes:
        recipes: Names of all recipes.
        tasks: Names of all tasks.
        pairs: For each recipe, its cells with those before it.
        on_tasks: For each recipe, its cell on each task.
        reasons: For each pair that is not possible: its recipes and the reason.
    """

    recipes: list[str]
    tasks: list[str]
    pairs: list[list[Cell]]
    on_tasks: list[list[Cell]]
    reasons: list[tuple[str, str]]

    @property
    def counts(self) -> Counter[str]:
        """How many pairs are in each state."""
        return Counter(cell.state for row in self.pairs for cell in row)


@dataclass(frozen=True)
class PhaseCost:
    """What a phase took in all variants together.

    Attributes:
        name: Of the phase.
        variants: How many variants went through it.
        seconds: Of time.
        cpu_seconds: Of all processes.
        share: Of the CPU seconds of all phases.
        slowest: The variant that it took longest in.
    """

    name: str
    variants: int
    seconds: float
    cpu_seconds: float
    share: float
    slowest: Variant


def check_writable(folder: Path) -> None:
    """Make the folder of the reports, if need be, and try whether files can be written there.

    Raises:
        PtgenError: They cannot.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        TemporaryFile(dir=folder).close()
    except OSError as error:
        raise PtgenError(
            f"--report {folder} cannot be written: {error.strerror}; name another folder"
        ) from error


def write(
    folder: Path,
    results: Sequence[Result],
    variants: Sequence[Variant],
    plan_pairs: Sequence[Mapping[str, Any]],
    infeasible: Sequence[Mapping[str, Any]],
    repeat: Callable[[Result], str],
) -> None:
    """Write ``results.json``, ``junit.xml`` and ``index.html``.

    Args:
        folder: Where, which exists.
        results: In any order; not all of the plan need be there.
        variants: All of the plan.
        plan_pairs: See ``Plan.pairs``; none if a person named the variants.
        infeasible: See ``Plan.infeasible``.
        repeat: Gives the command that repeats a variant.

    Raises:
        PtgenError: If a file cannot be written.
    """
    place = {_key(variant): number for number, variant in enumerate(variants)}
    results = sorted(results, key=lambda result: place.get(_key(result.variant), len(place)))
    grid = _grid(results, variants, plan_pairs, infeasible)
    _put(folder / "results.json", _json(results, repeat))
    _put(folder / "junit.xml", _junit(results, repeat))
    _put(folder / "index.html", _page(results, grid, repeat))


def _json(results: Iterable[Result], repeat: Callable[[Result], str]) -> str:
    facts = [{**result.facts(), "repeat": repeat(result)} for result in results]
    for one in facts:  # JSON has no word for what a run that diverged may bring
        one["curve"] = [value if math.isfinite(value) else None for value in one["curve"]]
    return json.dumps(facts, indent=2) + "\n"


def _junit(results: Sequence[Result], repeat: Callable[[Result], str]) -> str:
    suite = ET.Element(
        "testsuite",
        name="ptgen smoke",
        tests=str(len(results)),
        failures=str(sum(not result.passed for result in results)),
        time=f"{sum(result.seconds for result in results):.3f}",
    )
    for result in results:
        name, seconds = result.variant.choice, f"{result.seconds:.3f}"
        case = ET.SubElement(suite, "testcase", classname=result.variant.task, name=name)
        case.set("time", seconds)
        if not result.passed:
            message = _printable(f"{result.phase}: {result.reason}")
            failure = ET.SubElement(case, "failure", message=message)
            failure.text = _printable("\n".join([repeat(result), *result.log[-SHOWN:]]))
    ET.indent(suite)
    return ET.tostring(suite, encoding="unicode") + "\n"


def _page(results: Sequence[Result], grid: Grid, repeat: Callable[[Result], str]) -> str:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["printable"] = _printable
    return environment.get_template("report.html.jinja").render(
        results=results,
        failures=[result for result in results if not result.passed],
        cached=sum(result.cached for result in results),
        seconds=sum(result.seconds for result in results if not result.cached),
        grid=grid,
        phases=phase_costs(results),
        marks=MARKS,
        shown=SHOWN,
        width=CURVE_WIDTH,
        height=CURVE_HEIGHT,
        points=_points,
        repeat=repeat,
    )


def _points(curve: Sequence[float]) -> list[tuple[float, float]]:
    """Return where the figures of a curve stand in its picture, without those that are not finite.

    A margin of 2 keeps lines and dots whole.
    """
    finite = [(epoch, value) for epoch, value in enumerate(curve) if math.isfinite(value)]
    low = min((value for _, value in finite), default=0)
    high = max((value for _, value in finite), default=0)
    across = (CURVE_WIDTH - 4) / max(1, len(curve) - 1)
    down = (CURVE_HEIGHT - 4) / (high - low or 1)
    return [(round(2 + e * across, 1), round(2 + (high - v) * down, 1)) for e, v in finite]


def phase_costs(results: Iterable[Result]) -> list[PhaseCost]:
    """Return what each phase took in the variants that were tried now, the dearest first."""
    tried = [result for result in results if not result.cached]
    total = sum(cost.cpu_seconds for result in tried for cost in result.phases.values())
    costs = []
    for name in dict.fromkeys(name for result in tried for name in result.phases):
        having = [result for result in tried if name in result.phases]
        cpu_seconds = sum(result.phases[name].cpu_seconds for result in having)
        slowest = max(having, key=lambda result: result.phases[name].seconds)
        costs.append(
            PhaseCost(
                name=name,
                variants=len(having),
                seconds=sum(result.phases[name].seconds for result in having),
                cpu_seconds=cpu_seconds,
                share=cpu_seconds / total if total else 0.0,
                slowest=slowest.variant,
            )
        )
    return sorted(costs, key=lambda cost: -cost.cpu_seconds)


def _grid(
    results: Sequence[Result],
    variants: Sequence[Variant],
    plan_pairs: Iterable[Mapping[str, Any]],
    infeasible: Iterable[Mapping[str, Any]],
) -> Grid:
    """Return what is known of every recipe, with each other and on each task."""
    planned = {
        frozenset(pair["recipes"]): [variants[number] for number in pair["variants"]]
        for pair in plan_pairs
    }
    reasons = {frozenset(pair["recipes"]): pair["reason"] for pair in infeasible}
    named = [variant.recipes for variant in variants]
    recipes = sorted({*chain(*planned, *reasons, *named)})
    tasks = list(dict.fromkeys(variant.task for variant in variants))

    def pair(one: str, other: str) -> Cell:
        names = frozenset([one, other])
        if names in reasons:
            return Cell("impossible", f"{one} and {other} do not go together: {reasons[names]}")
        return _judged(f"{one} and {other}", names, results, planned.get(names, ()))

    def on_task(name: str, task: str) -> Cell:
        having = [one for one in variants if one.task == task and name in one.recipes]
        if not having:
            return Cell("impossible", f"{name} cannot be in a project of {task}")
        own = [result for result in results if result.variant.task == task]
        return _judged(f"{name} on {task}", frozenset([name]), own, having)

    return Grid(
        recipes=recipes,
        tasks=tasks,
        pairs=[[pair(other, one) for other in recipes[:n]] for n, one in enumerate(recipes)],
        on_tasks=[[on_task(name, task) for task in tasks] for name in recipes],
        reasons=[(" and ".join(sorted(names)), reason) for names, reason in reasons.items()],
    )


def _judged(what: str, names: Names, results: Iterable[Result], planned: Iterable[Variant]) -> Cell:
    """Return what is known of recipes.

    They have failed if they are part of what a failure was reduced to, or if all variants that
    train them failed.
    """
    having = [result for result in results if names <= {*result.variant.recipes}]
    trained = [result for result in having if result.variant.extent == "full"]
    blamed = any(not r.passed and names <= {*r.smallest.recipes} for r in having)
    if not trained and not blamed:
        lines = [f"{what}: not tried here", *(str(one) for one in planned if one.extent == "full")]
        return Cell("untried", "\n".join(lines))
    state = "passed" if not blamed and any(result.passed for result in trained) else "failed"
    return Cell(state, "\n".join([f"{what}: {state}", *map(_line, having)]))


def _line(result: Result) -> str:
    mark = MARKS["passed" if result.passed else "failed"]
    return f"{mark} {result.variant} ({result.variant.extent})"


def _key(variant: Variant) -> tuple[str, Names]:
    return variant.task, frozenset(variant.recipes)


def _printable(text: str) -> str:
    return UNPRINTABLE.sub("", text)


def _put(path: Path, text: str) -> None:
    """Write a file, at any moment all of the old or all of the new."""
    temporary = path.with_name(f"{path.name}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise unwritable(path, error) from error
