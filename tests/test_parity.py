"""``ptgen new`` and plain ``copier copy`` make the same bytes."""

import subprocess
import sys
from pathlib import Path

import pytest

from ptgen.templates import Template

from .conftest import Ptgen, Tiny, commit_all, tree


@pytest.fixture(params=["no recipes", "one recipe", "as many as go together"])
def recipes(request: pytest.FixtureRequest, template: Path) -> list[str]:
    many = Template(template).catalogue("classification").largest()
    return {"no recipes": [], "one recipe": many[:1]}.get(request.param, many)


def copier(source: Path, destination: str, *options: str) -> str:
    """Run plain Copier without --trust and return what it says."""
    command = [sys.executable, "-m", "copier", "copy", "--defaults", *options]
    done = subprocess.run(
        [*command, str(source), destination], check=True, capture_output=True, text=True
    )
    return done.stderr


def test_same_bytes(ptgen: Ptgen, repository: Path, recipes: list[str]) -> None:
    ptgen("new", "my-project", "-r", ",".join(recipes), "--template", repository)
    Path("my-project").rename("ptgen")
    copier(repository, "my-project", "--data", f"recipes={recipes}")

    assert "_commit: v1.0.0\n" in Path("my-project/.copier-answers.yml").read_text()
    assert tree(Path("ptgen")) == tree(Path("my-project"))


def test_what_is_required_comes_along_alike(ptgen: Ptgen, tiny: Tiny) -> None:
    tiny.recipe("clip", {"slots/train.loss": 'print("clip")'}, requires=["shared"])
    tiny.recipe("mixup", requires=["clip"])
    tiny.recipe("shared", {"slots/train.loss": 'print("shared")'}, kind="part", files=[])
    commit_all(tiny.folder, "v1.0.0")

    said = ptgen("new", "one", "-r", "mixup", "--template", tiny.folder, "--no-git").stderr
    Path("one").rename("new")
    assert said.startswith(
        "also adding clip (required by mixup)\nCreated one: 7 files for sorting with mixup, clip.\n"
    )
    ptgen("new", "one", "--template", tiny.folder)
    said = ptgen("add", "mixup", "--project", "one").stderr
    subprocess.run(["rm", "-r", "one/.git"], check=True)
    Path("one").rename("added")
    assert said.startswith("also adding clip (required by mixup)\nAdded clip, mixup: ")
    said = copier(tiny.folder, "one", "--data", "recipes=[mixup]")
    assert "Created one for sorting with mixup, clip.\nRequired by others: clip.\n" in said

    assert tree(Path("one")) == tree(Path("new")) == tree(Path("added"))
    assert "recipes:\n- mixup\n" in Path("one/.copier-answers.yml").read_text()
    assert 'print("clip")\nprint("shared")\n' in Path("one/train.py").read_text()


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
