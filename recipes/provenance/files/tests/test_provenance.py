{% from "composition/slots.jinja" import imports with context %}
"""run.json: from its commit and its patch, the code comes back byte for byte."""

{% call imports("test_provenance") %}
import dataclasses
import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path
from typing import Any
import pytest
import torch
from {{ package }} import provenance
from {{ package }}.config import Config
from {{ package }}.errors import UserError
from {{ package }}.provenance import git, write_start
from train import train
{% endcall %}


CPU = torch.device("cpu")
NAME = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false")
NEEDS_GIT = pytest.mark.skipif(not git("--version"), reason="git is not installed")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in git, with two files committed."""
    folder = tmp_path / "a project"
    folder.mkdir()
    monkeypatch.setattr(provenance, "ROOT", folder)
    run_git(folder, "init", "-q")
    (folder / "model.py").write_text("width = 8\n")
    (folder / "weights.bin").write_bytes(bytes(range(256)))
    run_git(folder, "add", ".")
    run_git(folder, *NAME, "commit", "-qm", "first")
    return folder


def run_git(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def starts(run: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((run / "run.json").read_text())
    return found


@NEEDS_GIT
def test_the_code_of_a_start_comes_back_from_its_commit_and_its_patch(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_git(project, "config", "color.ui", "always")
    run_git(project, "config", "diff.noprefix", "true")
    run_git(project, "config", "diff.external", "false")
    (project / "model.py").write_text("width = 16\n")
    (project / "weights.bin").write_bytes(bytes(reversed(range(256))))
    (project / "staged.py").write_text("new = True\n")
    run_git(project, "add", "staged.py")
    run = tmp_path / "run"
    run.mkdir()
    write_start(run, CPU)

    (start,) = starts(run)
    assert start["commit"] == run_git(project, "rev-parse", "HEAD")
    assert start["changes"] == "changes-1.patch"
    assert f"commit {start['commit'][:10]} with changes" in capsys.readouterr().out
    again = tmp_path / "again"
    run_git(tmp_path, "clone", "-q", str(project), str(again))
    run_git(again, "apply", str(run / "changes-1.patch"))
    for name in ("model.py", "weights.bin", "staged.py"):
        assert (again / name).read_bytes() == (project / name).read_bytes()


@NEEDS_GIT
def test_a_clean_project_has_no_patch_and_nothing_is_said(
    project: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_start(tmp_path, CPU)
    (start,) = starts(tmp_path)
    assert (start["changes"], start["untracked"]) == (None, [])
    assert not list(tmp_path.glob("*.patch"))
    assert capsys.readouterr().out == ""


@NEEDS_GIT
def test_untracked_files_are_listed_but_not_those_of_the_run_and_ignored_ones(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / ".gitignore").write_text("data\n")
    (project / "data").write_text("")
    (project / "naïve.py").write_text("")
    run = project / "run"
    run.mkdir()
    write_start(run, CPU)
    write_start(run, CPU)
    assert [start["untracked"] for start in starts(run)] == [[".gitignore", "naïve.py"]] * 2
    assert "not track, listed in run.json: 2" in capsys.readouterr().out


@pytest.mark.parametrize("initialized", [False, pytest.param(True, marks=NEEDS_GIT)])
def test_without_a_commit_the_rest_is_written(
    initialized: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(provenance, "ROOT", tmp_path)
    if initialized:
        run_git(tmp_path, "init", "-q")
    write_start(tmp_path, CPU)
    assert starts(tmp_path)[0]["commit"] is None
    assert "run.json has no commit" in capsys.readouterr().out


def test_packages_machine_and_command_are_those_of_this_process(tmp_path: Path) -> None:
    write_start(tmp_path, CPU)
    (start,) = starts(tmp_path)
    assert start["packages"]["torch"] == importlib.metadata.version("torch")
    assert start["packages"]["pytest"] == pytest.__version__
    assert start["machine"]["device"] == "cpu"
    assert start["command"] == sys.orig_argv
    assert start["folder"] == str(Path.cwd())


def test_a_run_that_is_cut_is_told_with_the_way_out(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('[{"sta')
    with pytest.raises(UserError, match=r"run\.json is not JSON, or it is cut; remove it"):
        write_start(tmp_path, CPU)


def test_each_start_of_a_training_is_added(tmp_path: Path) -> None:
    config = Config(epochs=1, run=tmp_path / "run")
    train(config)
    train(dataclasses.replace(config, resume=True))
    first, second = starts(tmp_path / "run")
    assert first["started"] <= second["started"]
