"""How many variants cover all pairs of recipes, for more and more recipes without rules.

No array of N sets covers more recipes than there are ways to choose N / 2 - 1 of N - 1 (Katona
1973; Kleitman and Spencer 1973), so the fewest sets are known.

Use:
    python benchmarks/plan.py
"""

import math
import time

from compare import at_most, leave

from ptgen.smoke.covering import cover, uncovered

COUNTS = (10, 20, 40, 80, 160)


def fewest(recipes: int) -> int:
    """Return the fewest sets that cover all pairs of so many recipes."""
    return next(n for n in range(2, 64) if math.comb(n - 1, n // 2 - 1) >= recipes)


def main() -> None:
    """Count, and judge against the fewest there can be."""
    met = []
    for recipes in COUNTS:
        names = [f"r{number:03}" for number in range(recipes)]
        started = time.perf_counter()
        rows = cover(names, lambda on, _: on)
        seconds = time.perf_counter() - started
        assert not uncovered(rows, names, lambda on, _: on, 2)
        print(f"{recipes} recipes: {len(rows)} variants, in {seconds:.2f} s")
        met.append(at_most(f"{recipes} recipes, by the fewest", len(rows) / fewest(recipes), 1.0))
    leave(*met)


if __name__ == "__main__":
    main()
