"""Of the recipes of a variant that fails, those that matter."""

from collections.abc import Callable, Mapping, Sequence

from ptgen.smoke.covering import Names

# Completes what is wanted to a set that is allowed and has nothing unwanted, or returns None.
Complete = Callable[[Names, Names], Names | None]
BARE: Names = frozenset()


def reduce(
    recipes: Names,
    complete: Complete,
    fail: Callable[[Sequence[Names]], Sequence[bool]],
    known: Mapping[Names, bool],
) -> Names:
    """Return a set that fails, of which no recipe can be left out: without it, the rest passes.

    Delta debugging (Zeller and Hildebrandt, 2002), here with rules: a recipe is left out together
    with those that require it. Every part is left out in turn, then all parts that were not
    needed at once; then the parts are halved.

    Args:
        recipes: A set that fails.
        complete: Says what is allowed.
        fail: Says of sets that are to be tried side by side whether each fails.
        known: Whether sets fail that have been tried before.
    """
    failed = {**known, recipes: True}

    def failing(sets: Sequence[Names]) -> list[Names]:
        new = [one for one in dict.fromkeys(sets) if one not in failed]
        if new:
            failed.update(zip(new, fail(new), strict=True))
        return [one for one in sets if failed[one]]

    rest = min((one for one in failed if failed[one] and one <= recipes), key=_size_and_names)
    parts = [rest]
    while rest:
        parts = [half for part in parts for half in _halves(part)]
        left = [_without(rest, part, complete) for part in parts]
        if found := failing([BARE, *left]):
            spare = [part for part, one in zip(parts, left, strict=True) if failed[one]]
            found += failing([_without(rest, BARE.union(*spare), complete)])
            rest = min(found, key=_size_and_names)
            parts = [part & rest for part in parts if part & rest]
        elif all(len(part) == 1 for part in parts):
            break
    return rest


def _without(recipes: Names, removed: Names, complete: Complete) -> Names:
    """Return the largest allowed set of recipes that has none of those removed."""
    wanted = recipes - removed
    kept = wanted if complete(wanted, removed) == wanted else BARE
    grows = True
    while grows:  # what a recipe requires of a group may have come after it
        grows = False
        for name in sorted(wanted - kept):
            larger = complete(kept | {name}, removed)
            if larger is not None and larger <= wanted:
                kept, grows = larger, True
    return kept


def _halves(part: Names) -> list[Names]:
    names = sorted(part)
    middle = len(names) // 2
    return [frozenset(half) for half in (names[:middle], names[middle:]) if half]


def _size_and_names(names: Names) -> tuple[int, list[str]]:
    return len(names), sorted(names)
