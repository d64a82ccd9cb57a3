"""``ptgen new`` and plain ``copier copy`` make the same bytes."""

import subprocess
import sys
from pathlib import Path

import pytest

from ptgen.templates import manifest, rules

from .conftest import Ptgen, commit_all, tree


def as_many_as_fit(template: Path, backwards: bool) -> list[str]:
    """Return recipes that go together, taken greedily from one end of the list."""
    chosen: list[str] = []
    names = [entry.name for entry in manifest.load(template) if entry.is_recipe]
    for name in sorted(names, reverse=backwards) * 2:  # what is needed may come later
        wish = {"task": "classification", "recipes": [*chosen, name]}
        if name not in chosen and not rules.problems(template, wish):
            chosen.append(name)
    return chosen


@pytest.fixture(params=["no recipes", "one recipe", "from the first on", "from the last on"])
def recipes(request: pytest.FixtureRequest, template: Path) -> list[str]:
    many = as_many_as_fit(template, backwards=request.param == "from the last on")
    return {"no recipes": [], "one recipe": many[:1]}.get(request.param, many)


def copier(source: Path, destination: str, *options: str) -> None:
    """Run plain Copier without --trust."""
    command = [sys.executable, "-m", "copier", "copy", "--defaults", "--quiet", *options]
    subprocess.run([*command, str(source), destination], check=True, capture_output=True)


def test_same_bytes(ptgen: Ptgen, repository: Path, recipes: list[str]) -> None:
    ptgen("new", "my-project", "-r", ",".join(recipes), "--template", repository)
    Path("my-project").rename("ptgen")
    copier(repository, "my-project", "--data", f"recipes={recipes}")

    assert "_commit: v1.0.0\n" in Path("my-project/.copier-answers.yml").read_text()
    assert tree(Path("ptgen")) == tree(Path("my-project"))


def test_same_bytes_at_another_version(ptgen: Ptgen, repository: Path, tmp_path: Path) -> None:
    newer = tmp_path / "newer"
    subprocess.run(["git", "clone", "--quiet", str(repository), str(newer)], check=True)
    commit_all(newer)
    ptgen("new", "one", "--template", newer, "--ref", "main")
    Path("one").rename("ptgen")
    copier(newer, "one", "--vcs-ref", "main")

    assert "_commit: v1.0.0-1-g" in Path("one/.copier-answers.yml").read_text()
    assert tree(Path("ptgen")) == tree(Path("one"))


def test_what_ptgen_made_can_be_updated_by_plain_copier(ptgen: Ptgen, template: Path) -> None:
    repository = Path("template").absolute()
    subprocess.run(["cp", "-r", str(template), str(repository)], check=True)
    commit_all(repository, "v1.0.0")
    ptgen("new", "one", "--template", repository)
    (repository / "template" / "NEWS.md").write_text("It is newer.\n")
    commit_all(repository, "v1.1.0")

    command = [sys.executable, "-m", "copier", "update", "--defaults", "--quiet"]
    subprocess.run(command, cwd="one", check=True, capture_output=True)

    assert Path("one/NEWS.md").read_text() == "It is newer.\n"
    assert "_commit: v1.1.0\n" in Path("one/.copier-answers.yml").read_text()
