"""A project's life: releases and recipes later, it holds what its owner wrote, and trains."""

import io
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from ptgen.base.git import is_root
from ptgen.templates.source import newest_tag

from .conftest import PARTS, ROOT, Ptgen, commit_all, git, tree

# Where there is no release yet, the one before differed from the present one in this.
OLDER = [
    ("template/train.py.jinja", "as ``config`` says and return", "and return"),
    ("template/{{ package }}/config.py.jinja", '"default": 0.003', '"default": 0.001'),
    ("template/README.md.jinja", "Ctrl-C and SIGTERM save a checkpoint and exit. ", ""),
    ("recipes/ema/recipe.yml", "order: ", "order: 1"),
]
LATER = ("recipes/tensorboard", "template/tests/test_checks.py.jinja")
EPOCHS = 'epochs: Annotated[int, Range("[1, inf)")] = '
RECIPES = "ema,grad-clip,warmup"


@pytest.fixture(scope="module")
def releases(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with the newest release at v1.0.0 and the present tree at v1.1.0."""
    folder = tmp_path_factory.mktemp("releases") / "template"
    folder.mkdir()
    if is_root(ROOT) and (tag := newest_tag(ROOT)):
        there = git("ls-tree", "--name-only", tag, cwd=ROOT).split()
        parts = [name for name in (*PARTS, "copier.yml") if name in there]
        archive = subprocess.run(["git", "archive", tag, *parts], cwd=ROOT, check=True, stdout=-1)
        with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as file:
            file.extractall(folder, filter="data")
    else:
        shutil.copytree(template, folder, dirs_exist_ok=True)
        for name, now, before in OLDER:
            text = (folder / name).read_text()
            assert now in text
            (folder / name).write_text(text.replace(now, before))
        shutil.rmtree(folder / LATER[0])
        (folder / LATER[1]).unlink()
    commit_all(folder, "v1.0.0")
    for path in folder.iterdir():
        if path.name != ".git":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copytree(template, folder, dirs_exist_ok=True)
    commit_all(folder, "v1.1.0")
    return folder


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))


def test_the_newest_release_moves_to_the_present_tree_with_edits_in_place(
    ptgen: Ptgen, releases: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ("--template", releases, "--recipes", RECIPES)
    ptgen("new", "fresh/mine", *arguments)
    ptgen("new", "mine", *arguments, "--ref", "v1.0.0")
    fresh = tree(Path("fresh/mine"))
    before = tree(Path("mine"))
    assert fresh != before
    monkeypatch.chdir("mine")
    edit(Path("mine/config.py"), f"{EPOCHS}20", f"{EPOCHS}7")
    Path("train.py").write_text(
        Path("train.py").read_text() + "\n\ndef mine() -> None:\n    pass\n"
    )
    edit(Path("README.md"), "# mine\n", "# mine\n\nIt is mine.\n")
    Path("tests/test_seeding.py").unlink()
    Path("notes.txt").write_text("Mine.\n")
    commit_all(Path())

    ptgen("update")

    after = tree(Path())
    theirs, mine = dict(fresh), dict(after)
    assert mine.pop("notes.txt")[1] == b"Mine.\n"
    del theirs["tests/test_seeding.py"]
    edited = {"mine/config.py", "train.py", "README.md"}
    assert {name for name in {*theirs, *mine} if theirs.get(name) != mine.get(name)} == edited
    for name, own, original in [
        ("mine/config.py", f"{EPOCHS}7", f"{EPOCHS}20"),
        ("train.py", "\n\ndef mine() -> None:\n    pass\n", ""),
        ("README.md", "# mine\n\nIt is mine.\n", "# mine\n"),
    ]:
        text = after[name][1].decode()
        assert own in text
        assert "<<<<<<<" not in text
        assert text.replace(own, original).encode() == fresh[name][1]


def train(*arguments: str) -> tuple[int, str]:
    """Run train.py for the run ``runs/r`` and return its status and what it printed."""
    command = [sys.executable, "train.py", "--run", "runs/r", "--device", "cpu", *arguments]
    done = subprocess.run(
        command,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def test_a_run_goes_on_with_other_recipes_and_a_newer_template_while_the_model_is_the_same(
    ptgen: Ptgen, releases: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ("--template", releases, "--ref", "v1.0.0", "--recipes", "mixup")
    ptgen("new", "mine", *arguments)
    monkeypatch.chdir("mine")
    assert train("--epochs", "1")[0] == 0

    ptgen("add", "ema", "grad-clip")
    commit_all(Path())
    ptgen("remove", "mixup")
    commit_all(Path())
    ptgen("update")
    commit_all(Path())
    status, said = train("--epochs", "2", "--resume")
    assert status == 0, said
    assert "runs/r/last.pt has no ema: it starts from the beginning" in said
    assert "epoch 1 " not in said
    assert "epoch 2  step 74 " in said
    assert "grad_norm" in said

    checkpoint = Path("runs/r/last.pt").read_bytes()
    ptgen("add", "self-attention")
    commit_all(Path())
    status, said = train("--epochs", "3", "--resume")
    assert status == 1
    assert "runs/r/last.pt does not fit the model of this project:\n" in said
    assert " is missing\n" in said
    assert Path("runs/r/last.pt").read_bytes() == checkpoint
