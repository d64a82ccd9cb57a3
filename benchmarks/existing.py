"""How long `ptgen add` and `ptgen update` take, as a multiple of `copier update` of the same.

Each is measured on a new copy of one project, whose template is a repository with two versions.

Use:
    python benchmarks/existing.py
"""

import itertools
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from compare import BIN, Measure, at_most, leave, medians, number_of_runs, output, seconds
from new import IDENTITY, make_repository

TARGET = 1.0


def release(repository: Path) -> None:
    """Make v1.0.0 of what is there, and v1.1.0 with another line."""
    output(["git", "tag", "v1.0.0"], repository, **IDENTITY)
    readme = repository / "template/README.md.jinja"
    readme.write_text(readme.read_text() + "\nThe last line.\n")
    output(["git", "commit", "--quiet", "--all", "-m", "Two"], repository, **IDENTITY)
    output(["git", "tag", "v1.1.0"], repository, **IDENTITY)


def in_copy(command: Sequence[str | Path], project: Path) -> Measure:
    """Return a measure of a command that is run in a copy of a project."""
    numbers = itertools.count()

    def measure() -> float:
        copy = project.with_name(f"copy{next(numbers)}")
        shutil.copytree(project, copy)
        took = seconds(command, copy, **IDENTITY)
        shutil.rmtree(copy)
        return took

    return measure


def main() -> None:
    """Measure and judge."""
    runs = number_of_runs(__doc__, 9)
    with tempfile.TemporaryDirectory() as scratch:
        folder, repository = Path(scratch), Path(scratch, "repository")
        repository.mkdir()
        make_repository(repository)
        release(repository)
        project = folder / "project"
        ptgen = BIN / "ptgen"
        new: list[str | Path] = [ptgen, "new", project, "--recipes", "mixup"]
        output([*new, "--template", repository, "--ref", "v1.0.0"], folder, **IDENTITY)
        copier: list[str | Path] = [BIN / "copier", "update", "--defaults", "--quiet"]
        more = ["--data", "recipes=[ema, mixup]"]
        measures = {
            "copier update --data": in_copy([*copier, "--vcs-ref=v1.0.0", *more], project),
            "ptgen add": in_copy([ptgen, "add", "ema"], project),
            "copier update": in_copy([*copier, "--vcs-ref=v1.1.0"], project),
            "ptgen update": in_copy([ptgen, "update"], project),
        }
        took = medians(measures, runs)
    ratios = [
        ("ptgen add", "copier update --data"),
        ("ptgen update", "copier update"),
    ]
    leave(*[at_most(f"{own} / {base}", took[own] / took[base], TARGET) for own, base in ratios])


if __name__ == "__main__":
    main()
