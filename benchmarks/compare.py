"""What all benchmarks share: interleaved runs, medians, and a verdict on their ratio."""

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
Measure = Callable[[], float]


def number_of_runs(description: str | None, default: int) -> int:
    """Return ``--runs`` of the command line."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--runs", type=int, default=default, metavar="N", help="runs of each side")
    runs: int = parser.parse_args().runs
    if runs < 1:
        parser.error(f"--runs is {runs}; expected at least 1")
    return runs


def medians(measures: Mapping[str, Measure], runs: int) -> dict[str, float]:
    """Return the median of each measure; they take turns, so that all meet the same machine.

    Each is called once before it counts, because the first call fills caches.
    """
    for measure in measures.values():
        measure()
    figures: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(runs):
        for name, measure in measures.items():
            figures[name].append(measure())
    return {name: statistics.median(values) for name, values in figures.items()}


def seconds(command: Sequence[str | Path], folder: Path, **variables: str) -> float:
    """Return how long a command takes; it must succeed."""
    started = time.perf_counter()
    output(command, folder, **variables)
    return time.perf_counter() - started


def output(command: Sequence[str | Path], folder: Path, **variables: str) -> str:
    """Return what a command prints; it must succeed."""
    environment = {**os.environ, **variables}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


def at_most(title: str, ratio: float, target: float) -> bool:
    """Print a ratio that should be small, and return whether it is."""
    return _verdict(title, ratio, f"at most {target}", ratio <= target)


def at_least(title: str, ratio: float, target: float) -> bool:
    """Print a ratio that should be large, and return whether it is."""
    return _verdict(title, ratio, f"at least {target}", ratio >= target)


def _verdict(title: str, ratio: float, target: str, met: bool) -> bool:
    print(f"{title}: {ratio:.2f} (target: {target}){'' if met else '  MISSED'}", flush=True)
    return met


def leave(*met: bool) -> None:
    """Exit with status 1 if a target is missed."""
    sys.exit(0 if all(met) else 1)
