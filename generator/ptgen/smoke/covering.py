"""Covering arrays: a few sets of recipes in which every combination of a few recipes occurs.

With strength 2, of any two recipes that can be in one project, some set has both, some set has the
one without the other, and some set the other without the one. The number of sets grows with the
logarithm of the number of recipes.

Where nothing is forbidden or required, strength 2 is solved exactly (Katona 1973; Kleitman and
Spencer 1973). Those sets are the start; what rules take from them is added greedily, by the density
of what is still missing (Bryce and Colbourn, 2007). ``uncovered`` is the proof: it knows nothing of
how the sets came about.
"""

import math
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, islice, product

Names = frozenset[str]
# Completes what is wanted to a set that is allowed and has nothing unwanted, or returns None.
Complete = Callable[[Names, Names], Names | None]
CANDIDATES = 20


def choices(names: Iterable[str], strength: int) -> Iterator[tuple[Names, Names]]:
    """Yield each way to have some of ``strength`` recipes and not the rest: (with, without)."""
    everything = sorted(set(names))
    for chosen in combinations(everything, min(strength, len(everything))):
        for switches in product((True, False), repeat=len(chosen)):
            on = frozenset(name for name, switch in zip(chosen, switches, strict=True) if switch)
            yield on, frozenset(chosen) - on


def uncovered(
    rows: Sequence[Names], names: Iterable[str], complete: Complete, strength: int
) -> list[tuple[Names, Names]]:
    """Return the choices that are possible and that no set makes."""
    return [
        (on, off)
        for on, off in choices(names, strength)
        if not any(on <= row and not off & row for row in rows) and complete(on, off) is not None
    ]


def cover(names: Iterable[str], complete: Complete, strength: int = 2) -> list[Names]:
    """Return sets that make all choices of ``strength`` recipes that are possible."""
    array = Array.of(sorted(names), complete, strength)
    chance = random.Random(0)
    if strength == 2:
        for row in balanced_rows(array.names):
            array.add(array.repaired(row, chance))
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
    """Sets of recipes, and what they do not cover yet.

    Attributes:
        names: Of all recipes.
        complete: Says what is allowed.
        having: For each recipe, the choices that a set with it can make, as bits.
        lacking: For each recipe, the choices that a set without it can make, as bits.
        targets: The choices that are possible.
        missing: Those that no set makes yet, as bits.
        rows: The sets.
    """

    names: Sequence[str]
    complete: Complete
    having: dict[str, int]
    lacking: dict[str, int]
    targets: list[tuple[Names, Names]]
    missing: int
    rows: list[Names]

    @classmethod
    def of(cls, names: Sequence[str], complete: Complete, strength: int) -> "Array":
        """Make an array without sets."""
        targets = [choice for choice in choices(names, strength) if complete(*choice) is not None]
        # Bytes first: to set one bit of a large number copies all of it.
        wanting = {name: bytearray(len(targets) // 8 + 1) for name in names}
        refusing = {name: bytearray(len(targets) // 8 + 1) for name in names}
        for number, (on, off) in enumerate(targets):
            for found, bits in ((on, wanting), (off, refusing)):
                for name in found:
                    bits[name][number // 8] |= 1 << number % 8
        everything = (1 << len(targets)) - 1

        def others(bits: dict[str, bytearray]) -> dict[str, int]:
            return {name: everything & ~int.from_bytes(bits[name], "little") for name in names}

        return cls(names, complete, others(refusing), others(wanting), targets, everything, [])

    def made(self, row: Names) -> int:
        """Return the choices that a set makes, as bits."""
        bits = (1 << len(self.targets)) - 1
        for name in self.names:
            bits &= self.having[name] if name in row else self.lacking[name]
        return bits

    def gain(self, row: Names) -> int:
        """Return how many choices a set makes that are missing."""
        return (self.made(row) & self.missing).bit_count()

    def add(self, row: Names) -> None:
        """Add a set."""
        self.rows.append(row)
        self.missing &= ~self.made(row)

    def repaired(self, wanted: Names, chance: random.Random) -> Names:
        """Return as much of a set as is allowed together, with what that requires."""
        row: Names = frozenset()
        for name in chance.sample(sorted(wanted), len(wanted)):
            if name not in row:
                row = self.complete(row | {name}, frozenset()) or row
        return row

    def candidate(self, chance: random.Random) -> Names:
        """Return a set that makes one missing choice and, greedily, many others."""
        lowest = (self.missing & -self.missing).bit_length() - 1
        nearby = [n for n in range(64) if self.missing >> (lowest + n) & 1]
        on, off = self.targets[lowest + chance.choice(nearby)]
        row = self.complete(on, off) or on
        left = self.missing  # the missing choices that what is decided so far still allows
        for name in (*row, *off):
            left &= self.having[name] if name in row else self.lacking[name]
        undecided = [name for name in self.names if name not in row | off]
        for name in chance.sample(undecided, len(undecided)):
            if name in row:  # another one has required it
                continue
            larger = self.complete(row | {name}, off)
            within, without = left & self.having[name], left & self.lacking[name]
            if larger is not None and within.bit_count() >= without.bit_count():
                for new in larger - row:
                    left &= self.having[new]
                row = larger
            else:
                left, off = without, off | {name}
        return row

    def without_spare(self) -> list[Names]:
        """Return the sets without those whose choices are all made by others, too."""
        rows = list(dict.fromkeys(self.rows))
        made = {row: self.made(row) for row in rows}
        for row in sorted(rows, key=lambda one: made[one].bit_count()):
            others = 0
            for other in rows:
                others |= made[other] if other != row else 0
            if not made[row] & ~others:
                rows.remove(row)
        return rows
