"""Machines, users and templates that are not as one would wish."""

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from ptgen import cli
from ptgen.base import console, git
from ptgen.templates import config

from .conftest import Ptgen, Tiny, commit_all
from .conftest import git as git_
from .owner import answers, keep, new

# Its time is spent between what it yields: else it could end in the file that includes it.
ENDLESS = "{% for i in range(9999) %}{{ range(99999) | sum }}{% endfor %}"


# What takes too long, or fails


@pytest.mark.parametrize(
    "path",
    ["template/train.py.jinja", "recipes/scale/slots/train.loss", "composition/problems.jinja"],
)
def test_a_rendering_without_end_is_stopped_and_says_where(
    ptgen: Ptgen, tiny: Tiny, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    tiny.recipe("scale", {"slots/train.loss": "pass"})
    monkeypatch.setattr(config, "SECONDS", 0.5)
    (tiny.folder / path).write_text((tiny.folder / path).read_text() + ENDLESS)
    said = ptgen("new", "mine", "-r", "scale", "--template", tiny.folder, status=1).stderr
    assert f"error: {path} of the template takes more than 0.5 s to render" in said
    assert not Path("mine").exists()
    said = ptgen("check", tiny.folder, status=1).output
    assert f"{path} of the template takes more than 0.5 s to render" in said


@pytest.mark.parametrize(
    "text",
    [
        "{{ 1 / 0 }}",
        "{{ 2.0 ** 5000 }}",
        "{% macro again() %}{{ again() }}{% endmacro %}{{ again() }}",
        "{{ nothing.at.all }}",
        "{{ 3 | length }}",
        "{{ '[' | from_yaml }}",
        "{{ 'x' | unknown }}",
        "{% include 'nowhere' %}",
    ],
)
@pytest.mark.parametrize("path", ["template/train.py.jinja", "composition/problems.jinja"])
def test_a_template_that_fails_is_told_in_a_line(
    ptgen: Ptgen, tiny: Tiny, path: str, text: str
) -> None:
    (tiny.folder / path).write_text((tiny.folder / path).read_text() + text)
    for arguments in (("new", "mine", "--template", tiny.folder), ("check", tiny.folder)):
        result = ptgen(*arguments, status=1)
        assert "this is a fault of ptgen" not in result.output
        assert len(result.stderr.splitlines()) <= 2
    assert not Path("mine").exists()


def test_what_nobody_expected_is_one_line_and_says_how_to_report_it(
    ptgen: Ptgen, tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("division\nby zero")

    monkeypatch.setattr("ptgen.projects.create_project", fail)
    said = ptgen("new", "mine", "--template", tiny.folder, status=1).stderr
    assert said == (
        "error: this is a fault of ptgen: ZeroDivisionError: division by zero; please report it, "
        "with what the same command prints after PTGEN_DEBUG=1\n"
    )
    monkeypatch.setenv("PTGEN_DEBUG", "1")
    with pytest.raises(AssertionError) as raised:
        ptgen("new", "mine", "--template", tiny.folder)
    assert raised.value
    assert isinstance(cli.fault(ValueError()), Exception)


# Machines


@pytest.fixture
def homeless(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user without a home folder."""

    def fail(*_: object) -> None:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CONFIG_HOME")
    monkeypatch.setattr(Path, "home", fail)
    monkeypatch.setattr(Path, "expanduser", lambda path: fail() if str(path)[0] == "~" else path)


@pytest.mark.usefixtures("homeless")
def test_without_a_home_folder(ptgen: Ptgen, versions: Tiny) -> None:
    project = new(ptgen, versions)
    ptgen("add", "scale", "--project", project)
    assert ptgen("status", "--project", project).stdout
    said = ptgen("new", "other", "--template", "~/template", status=1).stderr
    assert said == "error: ~/template: the home folder is not known; write the path in full\n"


def test_nothing_is_left_in_the_users_folders(
    ptgen: Ptgen, versions: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rooms = tmp_path / "rooms"
    rooms.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(rooms))
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    for name in (f"ptgen-{dead.pid}-0123abcd", "ptgen-notes", f"ptgen-{os.getpid()}-0123abcd"):
        (rooms / name).mkdir()
    project = new(ptgen, versions)
    ptgen("add", "scale", "--project", project)
    keep(project)
    ptgen("update", project)
    assert sorted(path.name for path in rooms.iterdir()) == [
        f"ptgen-{os.getpid()}-0123abcd",
        "ptgen-notes",
    ]
    assert list(Path.home().rglob("*")) == []


@pytest.mark.parametrize("variable", [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_colours_are_for_terminals_that_want_them(
    variable: tuple[str, str], tmp_path: Path
) -> None:
    command = f"{sys.executable} -m ptgen status --project {tmp_path}"
    plain = {name: text for name, text in os.environ.items() if name != "NO_COLOR"}
    for more, coloured in (({"TERM": "xterm"}, True), (dict([variable]), False)):
        done = subprocess.run(
            ["script", "--quiet", "--return", "--command", command, os.devnull],
            env={**plain, **more},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            check=False,
            timeout=60,
        )
        assert b"error: " in done.stdout
        assert (b"\x1b[3" in done.stdout) == coloured


def test_a_terminal_that_lacks_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(sys, name, io.TextIOWrapper(io.BytesIO(), encoding="cp1252"))

    class Context:
        color = None

    console.prepare(Context())
    console.put("├── \udce9 ü")
    sys.stdout.flush()
    assert isinstance(sys.stdout, io.TextIOWrapper)
    assert sys.stdout.buffer.getvalue() == b"\\u251c\\u2500\\u2500 \\udce9 \xfc\n"


def test_a_repository_of_another_user(
    ptgen: Ptgen, versions: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = new(ptgen, versions)
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")  # as git's own tests do
    said = ptgen("add", "scale", "--project", project, status=1).stderr
    assert "dubious ownership" in said
    assert f"git config --global --add safe.directory {project}" in said
    assert "git init" not in said
    said = ptgen("new", project / "nested", "--template", versions.folder, status=1).stderr
    assert "dubious ownership" in said
    assert not (project / "nested").exists()


# Templates in git


def test_a_template_without_a_work_tree(ptgen: Ptgen, versions: Tiny, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    git_("clone", "--quiet", "--bare", str(versions.folder), str(bare), cwd=tmp_path)
    ptgen("new", "mine", "--template", bare)
    project = Path("mine").absolute()
    assert answers(project)["_commit"] == "v1.0.0"
    ptgen("add", "scale", "--project", project)
    assert 'print("scale")' in (project / "train.py").read_text()


def test_a_template_with_parts_in_another_repository(
    ptgen: Ptgen, versions: Tiny, tmp_path: Path
) -> None:
    (Path.home() / ".gitconfig").write_text('[protocol "file"]\nallow = always\n')
    other = tmp_path / "other"
    other.mkdir()
    (other / "notes.txt").write_text("shared\n")
    commit_all(other)
    place = "template/shared"
    git_("submodule", "--quiet", "add", "../other", place, cwd=versions.folder)
    commit_all(versions.folder, "v1.1.0")
    ptgen("new", "mine", "--template", versions.folder)
    project = Path("mine").absolute()
    assert (project / "shared/notes.txt").read_text() == "shared\n"
    ptgen("add", "scale", "--project", project)
    assert "edited    .copier-answers" not in ptgen("status", "--project", project).stdout
    keep(project)
    (other / "notes.txt").write_text("newer\n")
    commit_all(other)
    git_("submodule", "--quiet", "update", "--remote", cwd=versions.folder)
    commit_all(versions.folder, "v2.0.0")
    ptgen("update", project)
    assert (project / "shared/notes.txt").read_text() == "newer\n"


# Answers


@pytest.mark.parametrize(
    "extra",
    [
        {"f": "x"},
        {"files": [{"path": "../out.txt", "source": "copier.yml"}]},
        {"registry": []},
        {"chosen": ["sorting", "nothing"]},
        {"namespace": 3, "range": "x", "_x": 1},
    ],
)
def test_answers_to_no_question_change_nothing(
    ptgen: Ptgen, versions: Tiny, extra: dict[str, object]
) -> None:
    project = new(ptgen, versions)
    path = project / ".copier-answers.yml"
    path.write_text(path.read_text() + yaml.safe_dump(extra))
    keep(project)
    assert "edited    nothing" in ptgen("status", "--project", project).stdout
    ptgen("add", "scale", "--project", project)
    assert 'print("scale")' in (project / "train.py").read_text()
    assert not (project.parent / "out.txt").exists()


def test_recipes_that_no_comma_separates(ptgen: Ptgen) -> None:
    said = ptgen("new", "one", "-r", "mixup", "amp", "ema", status=2).stderr
    assert "--recipes mixup,amp,ema" in re.sub(r"\s+", " ", said)


def test_the_recipes_of_the_project_are_offered_for_removal(
    ptgen: Ptgen, versions: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(new(ptgen, versions, "scale", "cosine"))
    monkeypatch.setenv("_PTGEN_COMPLETE", "complete_bash")
    for typed, offered in (("ptgen remove ", "cosine\nscale"), ("ptgen remove s", "scale")):
        done = subprocess.run(
            [sys.executable, "-m", "ptgen"],
            env={
                **os.environ,
                "_PYTHON_-M_PTGEN_COMPLETE": "complete_bash",
                "_PTGEN_COMPLETE": "complete_bash",
                "COMP_WORDS": typed,
                "COMP_CWORD": "2",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stdout.strip() == offered, done.stderr
    assert git.available()
