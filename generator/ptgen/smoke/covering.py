"""Covering arrays: a few rows that together make every choice of a few recipes.

A row is a task with a set of recipes. With strength 2, of any two recipes that can be in one
project, some row has both, some row has the one without the other, and some row the other without
the one; and since the task is a factor like the recipes, each recipe is in some row of each task
that it applies to. The number of rows grows with the logarithm of the number of recipes.

Where nothing is forbidden or required, strength 2 is solved exactly (Katona 1973; Kleitman and
Spencer 1973). Everything else is covered greedily, by the density of what is still missing (Bryce
and Colbourn, 2007). ``uncovered`` is the proof: it does not depend on how the rows were made.
"""

import math
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, islice, product
from typing import NamedTuple, Protocol

Names = frozenset[str]
CANDIDATES = 20
NEARBY = 64


class Rules(Protocol):
    """What can be in one project of a task; see ``Catalogue``."""

    @property
    def task(self) -> str:
        """Name of the task."""

    @property
    def names(self) -> list[str]:
        """Names of the recipes that can be in a project of the task."""

    def complete(self, on: Names, off: Names = ...) -> Names | None:
        """Return recipes with all that they require, or None if that cannot be had."""


class Row(NamedTuple):
    """A task with a set of recipes."""

    task: str
    recipes: Names


class Choice(NamedTuple):
    """Some recipes without others, on any of some tasks."""

    on: Names
    off: Names
    tasks: Names

    def made_by(self, row: Row) -> bool:
        """Tell whether a row makes this choice."""
        return row.task in self.tasks and self.on <= row.recipes and not self.off & row.recipes


def choices(tasks: Sequence[Rules], strength: int, per_task: bool = False) -> list[Choice]:
    """Return every choice that is possible.

    Args:
        tasks: The rules of each task.
        strength: The number of factors to choose from at a time. The task is one of them.
        per_task: Make each choice of ``strength`` recipes on every task, and not on one of them.
    """
    found = []
    if not per_task:
        everything = {name for rules in tasks for name in rules.names}
        for on, off in _switched(everything, strength):
            possible = {rules.task for rules in tasks if rules.complete(on, off) is not None}
            found.append(Choice(on, off, frozenset(possible)))
    for rules in tasks:
        for on, off in _switched(rules.names, strength if per_task else strength - 1):
            if rules.complete(on, off) is not None:
                found.append(Choice(on, off, frozenset([rules.task])))
    return [choice for choice in dict.fromkeys(found) if choice.tasks]


def _switched(names: Iterable[str], count: int) -> Iterator[tuple[Names, Names]]:
    """Yield each way to have some of ``count`` recipes and not the rest: (with, without)."""
    everything = sorted(names)
    for chosen in combinations(everything, min(count, len(everything))):
        for switches in product((True, False), repeat=len(chosen)):
            on = frozenset(name for name, switch in zip(chosen, switches, strict=True) if switch)
            yield on, frozenset(chosen) - on


def uncovered(rows: Sequence[Row], wanted: Iterable[Choice]) -> list[Choice]:
    """Return the choices that no row makes."""
    return [choice for choice in wanted if not any(choice.made_by(row) for row in rows)]


def cover(
    tasks: Sequence[Rules],
    strength: int = 2,
    per_task: bool = False,
    given: Iterable[Row] = (),
) -> list[Row]:
    """Return rows that make every possible choice, together with those given.

    Args:
        tasks: The rules of each task. Where a choice can be made on several, it is made on the
            first of them: begin with the task that is trained fastest.
        strength: See ``choices``.
        per_task: See ``choices``.
        given: Rows that exist already.
    """
    if per_task:
        return [
            row
            for rules in tasks
            for row in _cover([rules], strength, [one for one in given if one.task == rules.task])
        ]
    return _cover(tasks, strength, given)


def _cover(tasks: Sequence[Rules], strength: int, given: Iterable[Row]) -> list[Row]:
    chance = random.Random(0)
    if len(tasks) == 1:
        array = Array.of(tasks, choices(tasks, strength, per_task=True), given)
        if strength == 2:
            for names in balanced_rows(tasks[0].names):
                array.add(array.repaired(names, chance))
    else:
        array = Array.of(tasks, choices(tasks, strength), given)
    while array.missing:
        array.add(max((array.candidate(chance) for _ in range(CANDIDATES)), key=array.gain))
    return array.without_spare()


def balanced_rows(names: Sequence[str]) -> list[Names]:
    """Return the fewest sets that cover all pairs of recipes which nothing forbids.

    Each recipe is in the first set and in a choice of the others of its own; all choices have the
    same size, so that none contains another. The empty set is not among them.
    """
    rows = next(n for n in range(2, 64) if math.comb(n - 1, n // 2 - 1) >= len(names))
    picks = islice(combinations(range(1, rows), rows // 2 - 1), len(names))
    columns = [{0, *pick} for pick in picks]
    return [
        frozenset(name for name, column in zip(names, columns, strict=True) if row in column)
        for row in range(rows)
    ]


@dataclass
class Array:
    """Rows, and the choices that they do not make yet. A set of choices is a number, by its bits.

    Attributes:
        tasks: The rules of each task, by its name; the fastest first.
        targets: The choices to be made. Those that leave no choice of the task come first, the
            slowest task at the beginning: its rows then have all other choices to make as well.
        on_task: For each task, the choices that can be made on it.
        bound: The choices that can be made on one task only.
        having: For each recipe, the choices that a row with it can make.
        lacking: For each recipe, the choices that a row without it can make.
        missing: The choices that no row makes yet.
        rows: The rows.
    """

    tasks: Mapping[str, Rules]
    targets: Sequence[Choice]
    on_task: Mapping[str, int]
    bound: int
    having: Mapping[str, int]
    lacking: Mapping[str, int]
    missing: int
    rows: list[Row]

    @classmethod
    def of(cls, tasks: Sequence[Rules], targets: Iterable[Choice], given: Iterable[Row]) -> "Array":
        """Make an array without rows of its own."""
        places = {rules.task: number for number, rules in enumerate(tasks)}

        def order(choice: Choice) -> tuple[bool, int]:
            return len(choice.tasks) > 1, -min(places[task] for task in choice.tasks)

        targets = sorted(targets, key=order)
        names = sorted({name for rules in tasks for name in rules.names})
        everything = (1 << len(targets)) - 1
        wanting = _numbers(names, [choice.on for choice in targets])
        refusing = _numbers(names, [choice.off for choice in targets])
        array = cls(
            tasks={rules.task: rules for rules in tasks},
            targets=targets,
            on_task=_numbers(places, [choice.tasks for choice in targets]),
            bound=(1 << sum(len(choice.tasks) == 1 for choice in targets)) - 1,
            having={name: everything & ~bits for name, bits in refusing.items()},
            lacking={name: everything & ~bits for name, bits in wanting.items()},
            missing=everything,
            rows=[],
        )
        for row in given:
            array.missing &= ~array.made(row)
        return array

    def made(self, row: Row) -> int:
        """Return the choices that a row makes."""
        bits = self.on_task[row.task]
        for name in self.having:
            bits &= self.having[name] if name in row.recipes else self.lacking[name]
        return bits

    def gain(self, row: Row) -> tuple[int, int]:
        """Return how many missing choices a row makes: on its task only, and altogether."""
        made = self.made(row) & self.missing
        return (made & self.bound).bit_count(), made.bit_count()

    def add(self, row: Row) -> None:
        """Add a row."""
        self.rows.append(row)
        self.missing &= ~self.made(row)

    def repaired(self, wanted: Names, chance: random.Random) -> Row:
        """Return as much of a set as the only task allows together, with what that requires."""
        (rules,) = self.tasks.values()
        row: Names = frozenset()
        for name in chance.sample(sorted(wanted), len(wanted)):
            if name not in row:
                row = rules.complete(row | {name}) or row
        return Row(rules.task, row)

    def candidate(self, chance: random.Random) -> Row:
        """Return a row that makes one missing choice and, greedily, many others."""
        lowest = (self.missing & -self.missing).bit_length() - 1
        nearby = [n for n in range(NEARBY) if self.missing >> (lowest + n) & 1]
        on, off, possible = self.targets[lowest + chance.choice(nearby)]
        task = next(name for name in self.tasks if name in possible)
        rules = self.tasks[task]
        row = rules.complete(on, off) or on
        left = self.missing & self.on_task[task]  # that what is decided so far still allows
        for name in (*row, *off):
            left &= self.having[name] if name in row else self.lacking[name]
        undecided = [name for name in rules.names if name not in row | off]
        for name in chance.sample(undecided, len(undecided)):
            if name in row:  # another one has required it
                continue
            larger = rules.complete(row | {name}, off)
            within, without = left & self.having[name], left & self.lacking[name]
            if larger is not None and self._weight(within) >= self._weight(without):
                for new in larger - row:
                    left &= self.having[new]
                row = larger
            else:
                left, off = without, off | {name}
        return Row(task, row)

    def _weight(self, bits: int) -> tuple[int, int]:
        return (bits & self.bound).bit_count(), bits.bit_count()

    def without_spare(self) -> list[Row]:
        """Return the rows without those whose choices others make, too; the slowest go first."""
        places = list(self.tasks)
        made = {row: self.made(row) for row in dict.fromkeys(self.rows)}
        order = sorted(made, key=lambda row: (-places.index(row.task), made[row].bit_count()))
        for row in order:
            others = 0
            for other in made:
                others |= made[other] if other != row else 0
            if not made[row] & ~others:
                del made[row]
        return list(made)


def _numbers(keys: Iterable[str], sets: Sequence[Names]) -> dict[str, int]:
    """Return for each key, as bits, which of the sets it is in."""
    # Bytes first: to set one bit of a large number copies all of it.
    found = {key: bytearray(len(sets) // 8 + 1) for key in keys}
    for number, names in enumerate(sets):
        for name in names:
            found[name][number // 8] |= 1 << number % 8
    return {key: int.from_bytes(bits, "little") for key, bits in found.items()}
