"""How fast a generated project trains, beside a plain loop over the same data and network.

Images per second are those of a run's best epoch, the one that was disturbed least. The time to
the first figures is that from the command to the end of the first epoch, with all imports. Both
sides compute in one thread, for the same reason.

Use:
    python benchmarks/training.py
"""

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from compare import BIN, at_least, at_most, leave, number_of_runs, output

EPOCHS = 12


@dataclass(frozen=True)
class Timing:
    """What is measured of one training."""

    first_epoch: float
    images_per_second: float


def measure(command: list[str | Path], folder: Path) -> Timing:
    """Run a training that prints a line an epoch, and time it from outside."""
    started = time.perf_counter()
    speeds: list[float] = []
    first = 0.0
    one_thread = {**os.environ, "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(
        command, cwd=folder, env=one_thread, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("epoch"):
                first = first or time.perf_counter() - started
                speeds += [float(text) for text in re.findall(r"images_per_second (\S+)", line)]
    if process.returncode or len(speeds) != EPOCHS:
        sys.exit(f"{' '.join(map(str, command))} ended with {process.returncode}")
    return Timing(first, max(speeds))


def main() -> None:
    """Measure and judge."""
    runs = number_of_runs(__doc__, 7)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        output([BIN / "ptgen", "new", "ours", "--no-git"], folder)
        epochs = ["--epochs", str(EPOCHS)]
        commands: dict[str, list[str | Path]] = {
            "plain": [sys.executable, Path(__file__).with_name("plain_loop.py"), *epochs],
            "ours": [sys.executable, folder / "ours/train.py", *epochs],
        }
        timings: dict[str, list[Timing]] = {name: [] for name in commands}
        for run in range(runs + 1):
            for name, command in commands.items():
                timing = measure(command, folder)
                if run:  # the first fills caches
                    timings[name].append(timing)

    speed = {n: statistics.median(t.images_per_second for t in ts) for n, ts in timings.items()}
    first = {n: statistics.median(t.first_epoch for t in ts) for n, ts in timings.items()}
    leave(
        at_least("images per second, generated / plain", speed["ours"] / speed["plain"], 1.0),
        at_most("time to the end of the first epoch", first["ours"] / first["plain"], 1.0),
    )


if __name__ == "__main__":
    main()
