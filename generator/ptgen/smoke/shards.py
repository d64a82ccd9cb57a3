"""Divides the variants of a plan among machines that know nothing of each other."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from ptgen.base.errors import PtgenError
from ptgen.smoke.plan import EXTENTS, Variant

# What variants take by their extent, where no times are known.
SECONDS = {"static": 2.0, "brief": 8.0, "full": 25.0}


@dataclass(frozen=True)
class Shard:
    """One of several parts.

    Attributes:
        index: Which one, from 1.
        count: How many there are.
    """

    index: int
    count: int


def parse(text: str) -> Shard:
    """Read ``2/3``, the second of three.

    Raises:
        PtgenError: If it is something else.
    """
    match = re.fullmatch(r"([0-9]{1,9})/([0-9]{1,9})", text)
    if not match or not 1 <= int(match[1]) <= int(match[2]):
        raise PtgenError(f"--shard {text}: expected I/N with 1 <= I <= N, such as 1/3")
    return Shard(int(match[1]), int(match[2]))


def choose(
    variants: Sequence[Variant], shard: Shard, seconds: Mapping[Variant, float]
) -> list[Variant]:
    """Return the variants of one shard, in their order.

    The longest go first, each to the shard that has the least to do (Graham, 1969). The choice
    depends on the set of variants and the times alone, so that every variant is in one shard.

    Args:
        variants: All of a plan, each once.
        shard: The shard.
        seconds: How long variants take. One that is not there counts as the mean of those of its
            extent, of its task if there are any.
    """
    expected = _expected(variants, seconds)
    loads = [0.0] * shard.count
    chosen = set()
    for variant in sorted(variants, key=lambda one: (-expected[one], str(one))):
        least = loads.index(min(loads))
        loads[least] += expected[variant]
        if least == shard.index - 1:
            chosen.add(variant)
    return [variant for variant in variants if variant in chosen]


def with_bare(
    variants: Sequence[Variant], shard: Shard, seconds: Mapping[Variant, float]
) -> list[Variant]:
    """Return the variants of one shard with the bare project of each task to compare them with."""
    chosen = set(choose(variants, shard, seconds))
    tasks = {one.task for one in chosen}
    return [v for v in variants if v in chosen or (not v.recipes and v.task in tasks)]


def read_times(path: Path) -> dict[Variant, float]:
    """Return how long variants took in an earlier run.

    Args:
        path: The results.json of that run.

    Raises:
        PtgenError: If it is none.
    """
    try:
        results = json.loads(path.read_text(encoding="utf-8"))
        return dict(_time(result) for result in results)
    except OSError as error:
        reason = error.strerror
    except (ValueError, TypeError, KeyError, RecursionError):
        reason = "expected a list of results, each with task, recipes, extent and seconds"
    raise PtgenError(f"{path} cannot be read: {reason}; name the results.json of an earlier run")


def _time(result: Mapping[str, object]) -> tuple[Variant, float]:
    task, recipes, seconds = result["task"], result["recipes"], result["seconds"]
    if not isinstance(task, str) or not isinstance(recipes, list):
        raise TypeError
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        raise TypeError
    if not all(isinstance(name, str) for name in recipes) or not 0 <= seconds < math.inf:
        raise ValueError
    extent = EXTENTS[EXTENTS.index(result["extent"])]
    return Variant(task, tuple(recipes), extent), float(seconds)


def _expected(
    variants: Sequence[Variant], seconds: Mapping[Variant, float]
) -> dict[Variant, float]:
    """Return for each variant how long it takes, as far as can be known."""
    known: dict[tuple[str, ...], list[float]] = {}
    for variant, measured in seconds.items():
        for key in ((variant.extent, variant.task), (variant.extent,)):
            known.setdefault(key, []).append(measured)
    means = {key: fmean(measured) for key, measured in known.items()}

    def expected(one: Variant) -> float:
        mean = means.get((one.extent,), SECONDS[one.extent])
        return seconds.get(one, means.get((one.extent, one.task), mean))

    return {one: expected(one) for one in variants}
