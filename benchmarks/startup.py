"""How long `ptgen --help` and `ptgen list` take, as a multiple of importing typer.

Use:
    python benchmarks/startup.py
"""

import sys
import tempfile
from pathlib import Path

from compare import BIN, at_most, leave, medians, number_of_runs, seconds

TARGET = 2.0


def main() -> None:
    """Measure and judge."""
    runs = number_of_runs(__doc__, 15)
    commands: dict[str, list[str | Path]] = {
        "import typer": [sys.executable, "-c", "import typer"],
        "ptgen --help": [BIN / "ptgen", "--help"],
        "ptgen list": [BIN / "ptgen", "list"],
    }
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        measures = {name: lambda c=c: seconds(c, here) for name, c in commands.items()}
        took = medians(measures, runs)
    base = took.pop("import typer")
    leave(*[at_most(f"{name} / import typer", took[name] / base, TARGET) for name in took])


if __name__ == "__main__":
    main()
