"""Which recipes of a template go together, and what they bring along.

composition/chosen.jinja and composition/problems.jinja tell Copier the same, one set of answers at
a time. A plan of variants asks about many thousands, so the rules are here as sets, too;
tests/test_catalogue.py compares the two over random templates.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, Protocol, Self, TypeVar

Names = frozenset[str]
NONE: Names = frozenset()


class Entry(Protocol):
    """What the rules ask of a manifest."""

    @property
    def name(self) -> str:
        """The recipe's name."""

    @property
    def kind(self) -> str:
        """``recipe``, ``task`` or ``part``."""

    @property
    def tasks(self) -> str | Sequence[str]:
        """The tasks it applies to, or ``all``."""

    @property
    def group(self) -> str | None:
        """The group of which a project has at most one recipe."""

    @property
    def default_of(self) -> str | None:
        """The group that a part stands in for where no recipe of it was chosen."""

    @property
    def requires(self) -> Sequence[str]:
        """Names of recipes, parts and groups."""

    @property
    def conflicts(self) -> Mapping[str, str]:
        """Names of recipes that it cannot be combined with, with the reasons."""


@dataclass(frozen=True)
class Facts:
    """The part of a manifest that the rules ask for, whichever version of ptgen it is written for.

    Attributes:
        name: See ``Entry``, as for all but the last.
        formerly: Names that it had in earlier versions.
    """

    name: str
    kind: str
    tasks: str | Sequence[str] = "all"
    group: str | None = None
    default_of: str | None = None
    requires: Sequence[str] = ()
    conflicts: Mapping[str, str] = field(default_factory=dict)
    formerly: Sequence[str] = ()

    @classmethod
    def of(cls, manifest: Mapping[str, Any]) -> Self:
        """Read the facts of a manifest that has not been validated."""
        known = cls.__dataclass_fields__
        return cls(**{key: value for key, value in manifest.items() if key in known and value})


E = TypeVar("E", bound=Entry)


class Catalogue(Generic[E]):
    """What can be in a project of one task.

    Attributes:
        task: Name of the task.
        recipes: The recipes that apply to it, by name.
    """

    def __init__(self, task: str, entries: Iterable[E]) -> None:
        """Read the entries of a template."""
        self.task = task
        self._entries = {e.name: e for e in sorted(entries, key=lambda e: e.name)}
        self._fitting = {name: e for name, e in self._entries.items() if _applies(e, task)}
        self.recipes = {name: e for name, e in self._fitting.items() if e.kind == "recipe"}
        self._defaults: dict[str, str] = {}
        for name, e in self._fitting.items():
            if e.default_of:
                self._defaults.setdefault(e.default_of, name)
        self._known: dict[tuple[Names, Names], Names | None] = {}

    @cached_property
    def names(self) -> list[str]:
        """Names of the recipes that can be in a project, with what they require."""
        return [name for name in self.recipes if self.complete(frozenset([name])) is not None]

    def chosen(self, recipes: Iterable[str]) -> list[str]:
        """Return the names of all that is in a project with some recipes, as chosen.jinja does.

        These are the task, the recipes, what they require, and a default for each group of which
        no recipe is there. What is required follows what requires it.
        """
        names = self._closed([self.task, *recipes])
        while new := self._default(names):
            names = self._closed([*names, *new])
        return names

    def installed(self, recipes: Iterable[str]) -> list[str]:
        """Return the recipes that are in a project with some recipes: ``chosen`` without parts."""
        names = (self._entries[name] for name in self.chosen(recipes) if name in self._entries)
        return [entry.name for entry in names if entry.kind == "recipe"]

    def reasons(self, recipes: Iterable[str]) -> dict[str, str]:
        """Return what some recipes bring along, each with the recipe, or task, that requires it."""
        recipes = list(recipes)
        reasons: dict[str, str] = {}
        names = self.chosen(recipes)
        for name in names:
            for need in self._needs(name):
                for other in names:
                    asked = other in (self.task, name, *recipes)
                    if not asked and need in (other, self._group(other)):
                        reasons.setdefault(other, reasons.get(name, name))
        return reasons

    def requirers(self, recipes: Iterable[str], without: Iterable[str]) -> dict[str, str]:
        """Return which of some other recipes are required, each with a recipe that requires it.

        Args:
            recipes: Those that stay.
            without: The others. One of a group is required if what stays requires the group, and
                nothing else is there for it.
        """
        recipes = list(recipes)
        names, reasons = self.chosen(recipes), self.reasons(recipes)
        unmet = set(self._unmet(names))
        found: dict[str, str] = {}
        for other in without:
            for name in names:
                ways = {need for need in self._needs(name) if need in (other, self._group(other))}
                if ways & unmet or (ways and other in names):
                    found.setdefault(other, reasons.get(name, name))
        return found

    def notes(self, recipes: Iterable[str], known: Iterable[str] = ()) -> list[str]:
        """Return a line for each recipe that is added because it is required."""
        before = set(known)
        return [
            f"also adding {name} (required by {reason})"
            for name, reason in self.reasons(recipes).items()
            if self._entries[name].kind == "recipe" and name not in before
        ]

    def complete(self, on: Names, off: Names = NONE) -> Names | None:
        """Return recipes with all recipes that they require, or None if that cannot be had.

        Where a group leaves a choice, its first recipe that fits is taken, by name.

        Args:
            on: Recipes that are wanted.
            off: Recipes that are not.
        """
        if (on, off) not in self._known:
            self._known[on, off] = self._complete(on, off)
        return self._known[on, off]

    def largest(self, on: Names = NONE) -> list[str]:
        """Return the names of as many recipes as go together, taken greedily by name.

        Args:
            on: Recipes to begin with, which go together.
        """
        chosen = on
        for name in self.names:
            chosen = self.complete(chosen | {name}) or chosen
        return sorted(chosen)

    def _complete(self, on: Names, off: Names) -> Names | None:
        if on & off or not on <= self.recipes.keys():
            return None
        required = self._closed([self.task, *sorted(on)])
        if not self._allowed(required, off):
            return None
        names, groups = self.chosen(sorted(on)), list[str]()
        if self._allowed(names, off):
            groups = list(self._unmet(names))[:1]
            if not groups:
                return frozenset(name for name in names if name in self.recipes)
        # Where a default does not fit, any recipe of its group may.
        groups += sorted(self._groups(names) - self._groups(required))
        members = [one for group in groups for one in self._members(group)]
        found = (self.complete(on | {member}, off) for member in members)
        return next((row for row in found if row is not None), None)

    def _allowed(self, names: Iterable[str], off: Names) -> bool:
        """Tell whether names, which are closed, can be in one project."""
        others = set(names) - {self.task}
        return (
            others <= self._fitting.keys()
            and not others & off
            and all(self._apart[name].isdisjoint(others) for name in others)
        )

    def _closed(self, names: Iterable[str]) -> list[str]:
        """Return names with all that they require."""
        found = dict.fromkeys(names)
        while new := self._required(found):
            found |= dict.fromkeys(new)
        return list(found)

    def _required(self, names: Iterable[str]) -> list[str]:
        """Return what names require directly and do not contain, where there is but one way."""
        new = []
        for need in self._unmet(names):
            if need in self._entries:
                new.append(need)
            elif need not in self._defaults and len(self._members(need)) == 1:
                new += self._members(need)
        return new

    def _default(self, names: Iterable[str]) -> list[str]:
        """Return the first part that stands in for a group that names do not contain."""
        groups = self._groups(names)
        missing = (part for group, part in self._defaults.items() if group not in groups)
        return sorted(missing)[:1]

    def _unmet(self, names: Iterable[str]) -> Iterator[str]:
        """Yield the names and groups that are required and not there, sorted."""
        names = list(names)
        needs = {need for name in names for need in self._needs(name)}
        yield from sorted(needs.difference(names, self._groups(names)))

    def _groups(self, names: Iterable[str]) -> set[str]:
        entries = [self._entries[name] for name in names if name in self._entries]
        return {group for e in entries for group in (e.group, e.default_of) if group}

    def _members(self, group: str) -> list[str]:
        return [name for name, e in self.recipes.items() if e.group == group]

    def _needs(self, name: str) -> Sequence[str]:
        return self._entries[name].requires if name in self._entries else ()

    def _group(self, name: str) -> str | None:
        return self._entries[name].group if name in self._entries else None

    @cached_property
    def _apart(self) -> dict[str, Names]:
        """For each name, those that it cannot be combined with."""
        return {
            one: frozenset(other for other in self._fitting if self._clash(one, other))
            for one in self._fitting
        }

    def _clash(self, one: str, other: str) -> bool:
        a, b = self._entries[one], self._entries[other]
        same_group = one != other and a.group is not None and a.group == b.group
        return same_group or one in b.conflicts or other in a.conflicts


def _applies(entry: Entry, task: str) -> bool:
    return entry.tasks == "all" or task in entry.tasks
