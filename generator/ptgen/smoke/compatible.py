"""Which recipes of a template can be in one project of a task, and which cannot, and why.

``ptgen.templates.rules`` judges one set of answers, as Copier does. A plan asks about many
thousands, so the same rules are here as sets; tests/test_smoke_plan.py compares the two over
random templates.
"""

from collections.abc import Iterable
from functools import cached_property

from ptgen.templates.manifest import Manifest

Names = frozenset[str]
NONE: Names = frozenset()


class Compatible:
    """The recipes of a task.

    Attributes:
        task: Name of the task.
        recipes: Manifests of all recipes that apply to it, by name.
    """

    def __init__(self, task: str, manifests: Iterable[Manifest]) -> None:
        """Look at the manifests of a template."""
        manifests = list(manifests)
        self.task = task
        self.recipes = {
            m.name: m
            for m in sorted(manifests, key=lambda m: m.name)
            if m.is_recipe and m.applies_to(task)
        }
        self._parts = frozenset(m.name for m in manifests if m.kind == "part")
        self._known: dict[tuple[Names, Names], Names | None] = {}

    @cached_property
    def names(self) -> list[str]:
        """Names of the recipes that can be in a project, alone or with what they require."""
        return [name for name in self.recipes if self.complete(frozenset([name])) is not None]

    def complete(self, on: Names, off: Names = NONE) -> Names | None:
        """Return recipes with all that they require, or None if that cannot be had.

        Where a group is required, its first recipe that fits is taken, by name.

        Args:
            on: Recipes that are wanted.
            off: Recipes that are not.
        """
        if (on, off) not in self._known:
            self._known[on, off] = self._complete(on, off)
        return self._known[on, off]

    def _complete(self, on: Names, off: Names) -> Names | None:
        if on & off or not on <= self.recipes.keys():
            return None
        if any(self._apart[name] & on for name in on):
            return None
        needs = {need for name in on for need in self.recipes[name].requires}
        for need in sorted(needs - self._parts):  # parts come with whatever requires them
            if not any(need in (name, self.recipes[name].group) for name in on):
                members = [n for n, m in self.recipes.items() if need in (n, m.group)]
                found = (self.complete(on | {member}, off) for member in members)
                return next((row for row in found if row is not None), None)
        return on

    def largest(self) -> list[str]:
        """Return the names of as many recipes as go together, taken greedily by name."""
        chosen = NONE
        for name in self.names:
            chosen = self.complete(chosen | {name}) or chosen
        return sorted(chosen)

    @cached_property
    def _apart(self) -> dict[str, Names]:
        """For each recipe, those that it cannot be with."""
        return {
            name: frozenset(other for other in self.recipes if self._clash(name, other))
            for name in self.recipes
        }

    def _clash(self, one: str, other: str) -> bool:
        a, b = self.recipes[one], self.recipes[other]
        same_group = one != other and a.group is not None and a.group == b.group
        return same_group or one in b.conflicts or other in a.conflicts
