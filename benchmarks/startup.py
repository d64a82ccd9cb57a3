"""How long `ptgen --help` and `ptgen list` take, as a multiple of importing typer.

And how long `ptgen list` takes with 1,000 recipes, as a multiple of its time with 20: copies of
those of this repository under other names.

Use:
    python benchmarks/startup.py
"""

import re
import sys
import tempfile
from pathlib import Path

from compare import BIN, ROOT, at_most, leave, medians, number_of_runs, seconds

TARGET = 2.0
FEW, MANY, MANY_TARGET = 20, 1000, 3.0


def make_catalogue(folder: Path, number: int) -> Path:
    """Make a template with so many recipes, as far as a list needs it, and return it."""
    kinds = [path.read_text() for path in sorted(ROOT.glob("recipes/*/recipe.yml"))]
    for index in range(number):
        recipe = folder / f"recipes/recipe-{index}/recipe.yml"
        recipe.parent.mkdir(parents=True)
        text = kinds[index % len(kinds)]
        recipe.write_text(re.sub(r"^name: .*", f"name: recipe-{index}", text, flags=re.MULTILINE))
    (folder / "copier.yml").write_text("_subdirectory: template\n")
    return folder


def main() -> None:
    """Measure and judge."""
    runs = number_of_runs(__doc__, 15)
    commands: dict[str, list[str | Path]] = {
        "import typer": [sys.executable, "-c", "import typer"],
        "ptgen --help": [BIN / "ptgen", "--help"],
        "ptgen list": [BIN / "ptgen", "list"],
    }
    with tempfile.TemporaryDirectory() as scratch:
        here = Path(scratch)
        measures = {name: lambda c=c: seconds(c, here) for name, c in commands.items()}
        for number in (FEW, MANY):
            folder = make_catalogue(here / str(number), number)
            measures[str(number)] = lambda f=folder: seconds(commands["ptgen list"], f)
        took = medians(measures, runs)
    base, few, many = (took.pop(name) for name in ("import typer", str(FEW), str(MANY)))
    met = [at_most(f"{name} / import typer", took[name] / base, TARGET) for name in took]
    title = f"ptgen list of {MANY} / of {FEW} recipes"
    leave(*met, at_most(title, many / few, MANY_TARGET))


if __name__ == "__main__":
    main()
