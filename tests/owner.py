"""What the owner of a project does: creates it, and commits."""

from pathlib import Path
from typing import Any

import yaml

from .conftest import Ptgen, Tiny, git


def new(ptgen: Ptgen, versions: Tiny, *recipes: str, name: str = "mine") -> Path:
    """Make a project and return its folder."""
    chosen = ("--recipes", ",".join(recipes)) if recipes else ()
    ptgen("new", name, "--template", versions.folder, *chosen)
    return Path(name).absolute()


def keep(project: Path) -> None:
    """Commit all of a project."""
    git("add", "--all", cwd=project)
    git("commit", "--quiet", "--allow-empty", "--message", "Mine", cwd=project)


def answers(project: Path) -> dict[str, Any]:
    """Return what a project says of how it was made."""
    facts: dict[str, Any] = yaml.safe_load((project / ".copier-answers.yml").read_text())
    return facts
