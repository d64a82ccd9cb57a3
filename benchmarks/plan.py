"""How many variants a plan trains: by itself for more and more recipes, and for this template.

Without rules, no array of N rows covers more recipes than there are ways to choose N / 2 - 1 of
N - 1 (Katona 1973; Kleitman and Spencer 1973), so the fewest rows are known. With rules, 60 recipes
of realistic groups are added to those of this repository.

Use:
    python benchmarks/plan.py
"""

import math
import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

from compare import ROOT, at_most, leave

from ptgen.smoke.covering import Names, choices, cover, uncovered
from ptgen.smoke.plan import Plan
from ptgen.templates import Template
from ptgen.templates.manifest import Manifest

COUNTS = (10, 20, 40, 80, 160)
# For each group, how many recipes are added; a project has at most one of each group.
GROUPS = {"schedule": 5, "data-source": 6, "optimizer": 5, "parallel": 1}
ADDED, MOST_VARIANTS, MOST_SECONDS = 60, 90, 5.0


@dataclass(frozen=True)
class Free:
    """A task whose recipes have no rules."""

    names: list[str]
    task: str = "free"

    def complete(self, on: Names, _off: Names = frozenset()) -> Names | None:
        """Return what is wanted."""
        return on


def fewest(recipes: int) -> int:
    """Return the fewest rows that cover all pairs of so many recipes."""
    return next(n for n in range(2, 64) if math.comb(n - 1, n // 2 - 1) >= recipes)


def without_rules(recipes: int) -> bool:
    """Count the rows for so many recipes, and judge against the fewest there can be."""
    free = Free([f"r{number:03}" for number in range(recipes)])
    started = time.perf_counter()
    rows = cover([free])
    seconds = time.perf_counter() - started
    assert not uncovered(rows, choices([free], 2))
    print(f"{recipes} recipes: {len(rows)} variants, in {seconds:.2f} s")
    return at_most(f"{recipes} recipes, by the fewest", len(rows) / fewest(recipes), 1.0)


def added(tasks: list[str]) -> list[Manifest]:
    """Return recipes of realistic groups: some exclude each other, a third fits two tasks only."""
    found = [
        recipe(f"{group}-{number}", group=group)
        for group, count in GROUPS.items()
        for number in range(count)
    ]
    for number in range(ADDED - len(found)):
        few = {tasks[number % len(tasks)], tasks[number // 2 % len(tasks)]}
        found.append(recipe(f"plain-{number}", tasks="all" if number % 3 else sorted(few)))
    return found


def recipe(name: str, **keys: Any) -> Manifest:
    """Return a recipe's manifest."""
    facts = {"kind": "recipe", "summary": "It.", "category": "training", "status": "stable"}
    return Manifest.model_validate({"name": name, "tasks": "all", **facts, **keys})


def of_this_template() -> list[bool]:
    """Count the variants of this template's plan, as it is and with recipes added."""
    template = Template(ROOT)
    more = added(template.tasks)
    for registry in (template.manifests, [*template.manifests, *more]):
        started = time.perf_counter()
        plan = Plan.of(registry)
        seconds = time.perf_counter() - started
        counts = Counter(variant.extent for variant in plan.variants)
        names = sum(m.is_recipe for m in registry)
        print(
            f"this template, {names} recipes: {counts['full']} variants in full, "
            f"{counts['brief']} briefly, {counts['static']} by their files, in {seconds:.1f} s"
        )
    return [
        at_most(f"variants in full, with {ADDED} more", counts["full"], MOST_VARIANTS),
        at_most("seconds to plan them", seconds, MOST_SECONDS),
    ]


def main() -> None:
    """Count and judge."""
    leave(*map(without_rules, COUNTS), *of_this_template())


if __name__ == "__main__":
    main()
