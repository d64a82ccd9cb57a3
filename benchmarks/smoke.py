"""How much faster a few variants are by `ptgen smoke` than with an interpreter for each step.

The other side does the same for each variant: render, ruff, mypy, deptry, train, test, stop in the
second epoch, resume, compare and the tests that the recipes bring; each script in a new Python, as
many variants at a time. It neither runs an ablation of the recipes nor looks for what waits for the
device.

Use:
    python benchmarks/smoke.py
"""

import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from compare import BIN, at_least, leave, number_of_runs, output, seconds

TARGET = 6.0
TASK, EPOCHS = "classification", "3"
VARIANTS = ["bare", "mixup", "label-smoothing", "grad-clip", "cosine", "mixup,ema"]
AT_ONCE = 2
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
COMPARE = """
import sys, torch
one, other = (torch.load(path, "cpu", weights_only=True)["model"] for path in sys.argv[1:])
sys.exit(not all(torch.equal(one[name], other[name]) for name in one))
"""


def try_plainly(variant: str, folder: Path) -> None:
    """Take a variant through the phases, each in a process of its own."""
    project = folder / variant.replace(",", "-")
    recipes = [] if variant == "bare" else ["--recipes", variant]
    output([BIN / "ptgen", "new", project, "--no-git", "--task", TASK, *recipes], folder)
    output([BIN / "ruff", "check"], project)
    output([BIN / "ruff", "format", "--check"], project)
    output([BIN / "mypy"], project)
    output([BIN / "deptry", "."], project)
    python(project, "train.py", "--run", "runs/whole", "--epochs", EPOCHS)
    python(project, "test.py", "--run", "runs/whole")
    stop_in_second_epoch(project)
    python(project, "train.py", "--run", "runs/stopped", "--epochs", EPOCHS, "--resume")
    python(project, "-c", COMPARE, "runs/whole/last.pt", "runs/stopped/last.pt")
    names = [name.replace("-", "_") for name in variant.split(",") if variant != "bare"]
    tests = [f"tests/test_{name}.py" for name in names] or ["tests"]
    python(project, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests)


def python(project: Path, *arguments: str) -> None:
    """Run Python in a project."""
    scripts = {"train.py", "test.py"}
    device = ["--device", "cpu"] if arguments[0] in scripts else []
    output([sys.executable, *arguments, *device], project, **ONE_THREAD)


def stop_in_second_epoch(project: Path) -> None:
    """Start a training and send it SIGTERM after its first epoch."""
    arguments = ["--run", "runs/stopped", "--epochs", EPOCHS, "--device", "cpu"]
    command = ["env", *(f"{k}={v}" for k, v in ONE_THREAD.items()), sys.executable, "train.py"]
    process = subprocess.Popen([*command, *arguments], cwd=project, stdout=subprocess.DEVNULL)
    while not (project / "runs/stopped/metrics.jsonl").exists() and process.poll() is None:
        time.sleep(0.005)
    process.terminate()
    if process.wait() != 128 + signal.SIGTERM:
        sys.exit(f"a stopped training ended with {process.returncode}")


def one_process_each() -> float:
    """Return how long all variants take with an interpreter for each step."""
    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(AT_ONCE) as pool:
        started = time.perf_counter()
        for done in [pool.submit(try_plainly, variant, Path(scratch)) for variant in VARIANTS]:
            done.result()
        return time.perf_counter() - started


def forked(variants: Sequence[str]) -> float:
    """Return how long all variants take by ``ptgen smoke``."""
    smoke: list[str | Path] = [BIN / "ptgen", "smoke", *variants, "--task", TASK, "--no-cache"]
    with tempfile.TemporaryDirectory() as scratch:
        return seconds([*smoke, "--epochs", EPOCHS, "--jobs", str(AT_ONCE)], Path(scratch))


def main() -> None:
    """Measure and judge."""
    runs = number_of_runs(__doc__, 1)
    forked(VARIANTS[:2])  # fills caches
    pairs = [(one_process_each(), forked(VARIANTS)) for _ in range(runs)]
    print(*(f"{each:.0f} s and {fork:.0f} s" for each, fork in pairs), sep="\n")
    ratio = statistics.median(each / fork for each, fork in pairs)
    leave(at_least("one process each / ptgen smoke, six variants", ratio, TARGET))


if __name__ == "__main__":
    main()
