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
    """What is known of two recipes together, or of one.

    Attributes:
        state: A key of ``MARKS``.
        title: What to say of it, a line for each variant.
    """

    state: str
    title: str


@dataclass(frozen=True)
class Grid:
    """The pairs of a task's recipes.

    Attributes:
        task: Name of the task.
        recipes: Names of its recipes.
        rows: For each recipe, its cells with those before it, and at last its own.
        reasons: For each pair that is not possible: its recipes and the reason.
    """

    task: str
    recipes: list[str]
    rows: list[list[Cell]]
    reasons: list[tuple[str, str]]

    @property
    def counts(self) -> Counter[str]:
        """How many pairs are in each state."""
        return Counter(cell.state for row in self.rows for cell in row[:-1])


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
    grids = _grids(results, variants, plan_pairs, infeasible)
    _put(folder / "results.json", _json(results, repeat))
    _put(folder / "junit.xml", _junit(results, repeat))
    _put(folder / "index.html", _page(results, grids, repeat))


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


def _page(results: Sequence[Result], grids: Sequence[Grid], repeat: Callable[[Result], str]) -> str:
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
        grids=grids,
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


def _grids(
    results: Sequence[Result],
    variants: Sequence[Variant],
    plan_pairs: Iterable[Mapping[str, Any]],
    infeasible: Iterable[Mapping[str, Any]],
) -> list[Grid]:
    """Return the grid of each task that has recipes."""
    planned = {
        (pair["task"], frozenset(pair["recipes"])): [variants[n] for n in pair["variants"]]
        for pair in plan_pairs
    }
    reasons = {(pair["task"], frozenset(pair["recipes"])): pair["reason"] for pair in infeasible}
    tasks = dict.fromkeys(variant.task for variant in variants)
    grids = [
        _grid(
            task,
            [result for result in results if result.variant.task == task],
            [variant for variant in variants if variant.task == task],
            {pair: found for (of, pair), found in planned.items() if of == task},
            {pair: reason for (of, pair), reason in reasons.items() if of == task},
        )
        for task in tasks
    ]
    return [grid for grid in grids if grid.recipes]


def _grid(
    task: str,
    results: Sequence[Result],
    variants: Sequence[Variant],
    planned: Mapping[Names, Sequence[Variant]],
    reasons: Mapping[Names, str],
) -> Grid:
    """Return the grid of a task; all arguments are of that task alone."""
    recipes = sorted({*chain(*planned, *reasons, *(variant.recipes for variant in variants))})

    def cell(one: str, other: str) -> Cell:
        if one == other:
            return _single(one, results, variants)
        pair = frozenset([one, other])
        if pair in reasons:
            return Cell("impossible", f"{one} and {other} do not go together: {reasons[pair]}")
        return _together(one, other, results, planned.get(pair, ()))

    return Grid(
        task=task,
        recipes=recipes,
        rows=[
            [cell(other, one) for other in recipes[:number]]
            for number, one in enumerate(recipes, start=1)
        ],
        reasons=[(" and ".join(sorted(pair)), reason) for pair, reason in reasons.items()],
    )


def _together(one: str, other: str, results: Iterable[Result], planned: Iterable[Variant]) -> Cell:
    """Return what is known of a pair.

    It has failed if it is part of what a failure was reduced to, or if all that have it failed.
    """
    pair = {one, other}
    having = [result for result in results if pair <= {*result.variant.recipes}]
    if not having:
        lines = [f"{one} and {other}: not tried here", *(variant.choice for variant in planned)]
        return Cell("untried", "\n".join(lines))
    blamed = any(not r.passed and pair <= {*r.smallest.recipes} for r in having)
    state = "passed" if not blamed and any(result.passed for result in having) else "failed"
    return Cell(state, "\n".join([f"{one} and {other}: {state}", *map(_line, having)]))


def _single(name: str, results: Iterable[Result], variants: Iterable[Variant]) -> Cell:
    """Return what is known of a recipe: how the smallest variant with it fared."""
    having = [variant for variant in variants if name in variant.recipes]
    if not having:
        return Cell("impossible", f"{name} cannot be in a project of this task")
    smallest = min(having, key=lambda variant: len(variant.recipes))
    result = next((r for r in results if _key(r.variant) == _key(smallest)), None)
    if result is None:
        return Cell("untried", f"{name}: not tried here\n{smallest.choice}")
    state = "passed" if result.passed else "failed"
    return Cell(state, f"{name}: {state}\n{_line(result)}")


def _line(result: Result) -> str:
    return f"{MARKS['passed' if result.passed else 'failed']} {result.variant.choice}"


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
