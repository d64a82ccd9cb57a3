"""Training ends when the best score is that many epochs old."""

from typing import Any

VARIANTS = {"early-stopping": {"stop_after": 2}}


def started(run: Any) -> None:
    run.scores = []


def validated(run: Any, score: float) -> None:
    run.scores.append(score)


def stops(run: Any) -> bool:
    if not run.scores:
        return False
    best = run.scores.index(max(run.scores))
    return bool(len(run.scores) - 1 - best >= run.settings["stop_after"])
