"""How long `ptgen new` takes, as a multiple of `copier copy` of the same variant.

Both take the same repository in git. `ptgen new` also makes a git repository with a first commit,
which `copier copy` does not; the ratio without that is printed too.

Use:
    python benchmarks/new.py
"""

import itertools
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from compare import BIN, ROOT, Measure, at_most, leave, medians, number_of_runs, output, seconds

TARGET = 1.3
RECIPES = ["mixup", "ddp"]
IDENTITY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Somebody"), ("EMAIL", "somebody@example.com"))
}


def make_repository(folder: Path) -> None:
    """Commit this repository's template, as it lies, to a repository of its own."""
    for name in ("template", "recipes", "presets", "composition"):
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, folder / name, ignore=ignore)
    shutil.copy(ROOT / "copier.yml", folder)
    for arguments in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "-m", "One"]):
        output(["git", *arguments], folder, **IDENTITY)


def into_new(command: Sequence[str | Path], folder: Path) -> Measure:
    """Return a measure of a command whose last argument is a project that does not exist yet."""
    numbers = itertools.count()

    def measure() -> float:
        project = folder / f"project{next(numbers)}"
        took = seconds([*command, project], folder, **IDENTITY)
        shutil.rmtree(project)
        return took

    return measure


def main() -> None:
    """Measure and judge."""
    runs = number_of_runs(__doc__, 15)
    with tempfile.TemporaryDirectory() as scratch:
        folder, repository = Path(scratch), Path(scratch, "repository")
        repository.mkdir()
        make_repository(repository)
        data = [f"--data=recipes=[{', '.join(RECIPES)}]"]
        copier: list[str | Path] = [
            BIN / "copier",
            "copy",
            "--defaults",
            "--quiet",
            *data,
            repository,
        ]
        ptgen: list[str | Path] = [
            BIN / "ptgen",
            "new",
            "--recipes",
            ",".join(RECIPES),
            "--template",
            repository,
        ]
        measures = {
            "copier copy": into_new(copier, folder),
            "ptgen new": into_new(ptgen, folder),
            "ptgen new --no-git": into_new([*ptgen, "--no-git"], folder),
        }
        took = medians(measures, runs)
    base = took.pop("copier copy")
    leave(*[at_most(f"{name} / copier copy", took[name] / base, TARGET) for name in took])


if __name__ == "__main__":
    main()
