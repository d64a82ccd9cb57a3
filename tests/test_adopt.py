"""``ptgen new`` in a folder that exists, and ``ptgen adopt`` in a repository that exists."""

import json
import os
import shutil
import signal
from pathlib import Path

import pytest

from ptgen.projects.create import complete_answers, create_project
from ptgen.templates import Template

from .conftest import Ptgen, Tiny, commit_all, git, tree
from .owner import answers, keep, new
from .test_journal import kills

# new in a folder that exists


def test_in_an_empty_folder(ptgen: Ptgen, versions: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = new(ptgen, versions, "scale")
    place = Path("there/mine").absolute()
    place.mkdir(parents=True)
    monkeypatch.chdir(place)
    said = ptgen("new", ".", "--template", versions.folder, "--recipes", "scale").stderr
    assert said.startswith("Created mine: ")
    assert "cd " not in said
    assert tree(place) == tree(fresh)
    assert git("status", "--porcelain", cwd=place) == ""
    assert git("log", "--format=%s", cwd=place).startswith("Start from ptgen")
    ptgen("add", "cosine")
    ptgen("undo")


@pytest.mark.parametrize("committed", [False, True])
def test_what_a_new_repository_begins_with_is_kept(
    ptgen: Ptgen, versions: Tiny, committed: bool
) -> None:
    versions.write("template/README.md", "# {{ project_name }}\n\n## Set up\n\nuv sync\n")
    versions.write("template/.gitignore", "runs/\n")
    commit_all(versions.folder, "v1.1.0")
    place = Path("mine").absolute()
    place.mkdir()
    git("init", "--quiet", cwd=place)
    (place / "README.md").write_text("# Faces\n\nMine.\n")
    (place / ".gitignore").write_text("*.bak\n")
    (place / "LICENSE").write_text("Mine.\n")
    if committed:
        keep(place)
    ptgen("new", "mine", "--template", versions.folder)
    assert (place / "README.md").read_text() == "# Faces\n\nMine.\n\n## Set up\n\nuv sync\n"
    assert (place / ".gitignore").read_text() == "*.bak\n\nruns/\n"
    assert (place / "LICENSE").read_text() == "Mine.\n"
    assert git("status", "--porcelain", cwd=place) == ""
    assert git("log", "--format=%h", cwd=place).count("\n") == 1 + committed
    versions.edit("template/README.md", "uv sync", "uv sync --all-groups")
    commit_all(versions.folder, "v1.2.0")
    ptgen("update", place)
    assert (place / "README.md").read_text().endswith("uv sync --all-groups\n")


def test_a_folder_with_files_of_its_own_is_refused(ptgen: Ptgen, versions: Tiny) -> None:
    place = Path("mine").absolute()
    place.mkdir()
    git("init", "--quiet", cwd=place)
    for name in ("a.py", "b.py", "c.py", "d.py", "README.md"):
        (place / name).write_text("mine\n")
    before = tree(place)
    said = ptgen("new", "mine", "--template", versions.folder, status=1).stderr
    assert f"{place} has files of its own: a.py, b.py, c.py and 1 more; name a folder that" in said
    assert "on a branch: ptgen adopt" in said
    assert tree(place) == before


@pytest.mark.parametrize("with_git", [True, False])
def test_killed_at_any_write_it_is_taken_back(
    ptgen: Ptgen, versions: Tiny, campaign: bool, with_git: bool
) -> None:
    template = Template(versions.folder, str(versions.folder), "v1.0.0")
    place = Path("mine").absolute()
    chosen = complete_answers(template, place, "sorting", ["clip"])
    option = () if with_git else ("--no-git",)

    def restore() -> None:
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        (place / "README.md").write_text("# Mine\n")

    def create() -> None:
        create_project(template, place, chosen, with_git=with_git)

    restore()
    create()
    whole = tree(place)
    for where in kills(create, restore, step=1 if campaign else 61):
        if not set(whole) <= set(tree(place)):
            ptgen("new", place, "-r", "clip", "--template", versions.folder, *option)
        ptgen("status", "--project", place)  # which tidies up
        assert tree(place) == whole, where
        assert not list(place.glob(".ptgen*")), where


# adopt


@pytest.fixture
def own(versions: Tiny) -> Path:
    """A repository of somebody who trains already."""
    versions.write("template/README.md", "# {{ project_name }}\n")
    versions.write("template/{{ package }}/ops/seeding.py", "SEED = 1\n")
    commit_all(versions.folder, "v1.1.0")
    folder = Path("faces").absolute()
    (folder / "data").mkdir(parents=True)
    (folder / "README.md").write_text("# My faces\n")
    (folder / "data/notes.txt").write_text("mine\n")
    (folder / "faces").write_text("a file where the package would be\n")
    git("init", "--quiet", "--initial-branch=main", cwd=folder)
    keep(folder)
    return folder


def test_a_repository_is_adopted_on_a_branch(
    ptgen: Ptgen, versions: Tiny, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tree(own)
    monkeypatch.chdir(own)
    arguments = ("--template", versions.folder, "--recipes", "scale")
    said = ptgen("adopt", "--dry-run", *arguments).stderr
    assert said.startswith("Would add ")
    assert tree(own) == before
    result = ptgen("adopt", *arguments, "--json")
    facts = json.loads(result.stdout)
    assert facts["branch"] == git("branch", "--show-current", cwd=own).strip() == "ptgen/adopt"
    assert facts["kept"] == ["README.md", "faces/config.py", "faces/ops/seeding.py"]
    assert "yours    README.md\n" in result.stderr
    after = tree(own)
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == set(facts["added"])
    assert git("status", "--porcelain", cwd=own) == ""
    assert answers(own)["recipes"] == ["scale"]

    assert "edited    README.md" in ptgen("status").stdout
    ptgen("add", "cosine")
    keep(own)
    assert "cosine" in ptgen("blame", "train.py").stdout
    versions.write("template/news.txt", "new\n")
    commit_all(versions.folder, "v1.2.0")
    ptgen("update")
    assert (own / "news.txt").read_text() == "new\n"
    keep(own)
    git("switch", "--quiet", "main", cwd=own)
    assert tree(own) == before


def test_what_cannot_be_adopted_is_refused(ptgen: Ptgen, versions: Tiny, own: Path) -> None:
    arguments = ("--template", versions.folder)
    (own / "data/notes.txt").write_text("not committed\n")
    assert "has changes that are not committed" in ptgen("adopt", own, *arguments, status=1).stderr
    git("checkout", "--quiet", "data", cwd=own)
    said = ptgen("adopt", own, *arguments, "-r", "scall", status=1).stderr
    assert 'there is no recipe "scall"; did you mean scale?' in said
    git("branch", "ptgen/adopt", cwd=own)
    said = ptgen("adopt", own, *arguments, status=1).stderr
    assert "its branch ptgen/adopt already exists; merge it, or delete it" in said
    git("branch", "-D", "ptgen/adopt", cwd=own)
    shutil.copytree(own, "plain", ignore=shutil.ignore_patterns(".git"))
    assert "plain is not in git" in ptgen("adopt", "plain", *arguments, status=1).stderr
    assert "there is no folder" in ptgen("adopt", "nowhere", *arguments, status=1).stderr
    ptgen("adopt", own, *arguments)
    assert "is a project already" in ptgen("adopt", own, *arguments, status=1).stderr


def test_an_adoption_that_fails_leaves_nothing(
    ptgen: Ptgen, versions: Tiny, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tree(own)

    def stop(*_: object, **__: object) -> None:
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr("ptgen.projects.adopt.git.commit", stop)
    said = ptgen("adopt", own, "--template", versions.folder, status=1).stderr
    assert "stopped; nothing half-made is left" in said
    assert tree(own) == before
    assert git("branch", "--list", cwd=own) == "* main\n"
    assert git("status", "--porcelain", cwd=own) == ""
