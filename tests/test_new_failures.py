"""``ptgen new`` refuses in one clear message, and leaves nothing behind."""

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from ptgen.base import console

from .conftest import Ptgen, Tiny

HERE = Path()


def left_behind() -> list[str]:
    """Return what lies in the current folder."""
    return sorted(path.name for path in HERE.iterdir())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["1st"], '"1st" is not a valid project name'),
        (["a b"], '"a b" is not a valid project name'),
        (["json"], 'a package named "json" would shadow a module of the standard library'),
        (["one", "-d", "package=class"], '"class" is a Python keyword'),
        (["one", "-d", "package=../../up"], '"../../up" is not a valid package name'),
        (["one", "-d", "packages=x"], 'there is no question "packages"; did you mean package?'),
        (["one", "-d", "registry=[]"], 'there is no question "registry"'),
        (["one", "-t", "sortin"], 'there is no task "sortin"; did you mean sorting?'),
        (["one", "-t", "x"], 'there is no task "x"; there are: searching, sorting'),
        (["one", "-r", "mixpu"], 'there is no recipe "mixpu"; did you mean mixup?'),
        (["one", "-r", "sorting"], "sorting is a task, not a recipe"),
        (["one", "-r", "tsn"], "tsn does not apply to sorting: it applies to searching"),
        (["one", "-r", "sync"], "sync needs one of ddp, fsdp: add one, or leave sync out"),
        (["one", "-r", "ddp,fsdp"], 'ddp and fsdp are both in the group "parallel"'),
        (["foresee", "-r", "foresee"], 'a package named "foresee" would shadow foresee.py'),
        (["one", "-r", "mixup,cutout"], "cutout and mixup cannot be combined: labels are mixed"),
    ],
)
def test_bad_answers(ptgen: Ptgen, tiny: Tiny, arguments: list[str], message: str) -> None:
    tiny.task("searching")
    tiny.recipe("mixup", conflicts={"cutout": "labels are mixed"})
    tiny.recipe("cutout", conflicts={"mixup": "labels are mixed"})
    tiny.recipe("tsn", tasks=["searching"])
    tiny.recipe("ddp", group="parallel")
    tiny.recipe("fsdp", group="parallel")
    tiny.recipe("sync", requires=["parallel"])
    tiny.recipe("foresee", files=["foresee.py"], scripts=["foresee.py"])

    result = ptgen("new", *arguments, "--template", tiny.folder, status=1)

    assert f"error: {message}" in result.stderr
    assert result.stderr.count("error:") == 1
    assert left_behind() == []


def test_all_problems_are_reported_at_once(
    ptgen: Ptgen, tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny.recipe("tsn", tasks=["searching"])
    tiny.task("searching")
    Path("class").touch()
    monkeypatch.setenv("PATH", "/nowhere")
    answers = ["-t", "sort", "-r", "tsn,mixup", "-d", "x=1"]

    result = ptgen("new", "class", *answers, "--template", tiny.folder, status=1)

    assert [line.split(";")[0].split(":")[1] for line in result.stderr.splitlines()] == [
        f" {Path('class').absolute()} exists and is not a folder",
        " git is not on PATH",
        ' there is no question "x"',
        ' "class" is a Python keyword',
        ' there is no task "sort"',
        ' there is no recipe "mixup"',
        " tsn does not apply to sort",
    ]


@pytest.mark.parametrize("kind", ["folder with a file", "file", "broken link"])
def test_what_exists_is_left_alone(ptgen: Ptgen, tiny: Tiny, kind: str) -> None:
    match kind:
        case "folder with a file":
            Path("one").mkdir()
            Path("one/mine.txt").write_text("mine")
        case "file":
            Path("one").write_text("mine")
        case _:
            Path("one").symlink_to("nowhere")

    result = ptgen("new", "one", "--template", tiny.folder, status=1)

    where = Path("one").absolute()
    if kind == "folder with a file":
        words = f"{where} has files of its own: mine.txt; name a folder that does not exist\n"
    else:
        words = f"{where} exists and is not a folder; name a folder\n"
    assert words in result.stderr
    assert left_behind() == ["one"]


@pytest.mark.parametrize("destination", ["..", "/"])
def test_folders_that_are_always_there_have_files(
    ptgen: Ptgen, tiny: Tiny, destination: str
) -> None:
    before = left_behind()
    result = ptgen("new", destination, "--template", tiny.folder, status=1)
    assert "has files of its own: " in result.stderr
    assert left_behind() == before


def test_a_file_is_no_place_for_a_project(ptgen: Ptgen, tiny: Tiny) -> None:
    Path("file").write_text("mine")
    result = ptgen("new", "file/one", "--template", tiny.folder, status=1)
    assert f"{Path('file').absolute()} is not a folder" in result.stderr


def test_no_permission_to_write(ptgen: Ptgen, tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # tests run as root, too
    result = ptgen("new", "sub/one", "--template", tiny.folder, status=1)
    assert f"no permission to write in {HERE.absolute()}" in result.stderr
    assert left_behind() == []


def test_without_git_there_is_no_git(
    ptgen: Ptgen, tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    result = ptgen("new", "one", "--template", tiny.folder, status=1)
    assert "git is not on PATH; install it, or add --no-git" in result.stderr

    ptgen("new", "one", "--template", tiny.folder, "--no-git")
    assert left_behind() == ["one"]


def test_training_needs_torch_or_uv(
    ptgen: Ptgen, tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    result = ptgen("new", "one", "--template", tiny.folder, "--train", status=1)
    assert "--train needs torch here or uv on PATH" in result.stderr
    assert left_behind() == []


def test_training_gets_what_the_recipes_need(
    ptgen: Ptgen, tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny.recipe("odd", dependencies=["no-such-package>=1"])
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "uv").write_text('#!/bin/sh\necho "$@" >> called\n')
    (programs / "uv").chmod(0o755)
    path = os.environ["PATH"]
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{path}")
    ptgen("new", "one", "-r", "odd", "--template", tiny.folder, "--no-git", "--train")
    called = Path("one/called").read_text().splitlines()
    assert [line.split()[:4] for line in called] == [
        ["run", "python", "train.py", "--epochs"],
        ["run", "python", "test.py", "--run"],
    ]

    monkeypatch.setenv("PATH", "/nowhere")
    arguments = ("new", "two", "-r", "odd", "--template", tiny.folder, "--no-git", "--train")
    said = "two was made, and needs no-such-package>=1, which this environment lacks"
    assert said in ptgen(*arguments, status=1).stderr


@pytest.mark.parametrize("calls_before", [0, 2, 4])
def test_a_full_disk(
    ptgen: Ptgen, tiny: Tiny, monkeypatch: pytest.MonkeyPatch, calls_before: int
) -> None:
    write_bytes, calls = Path.write_bytes, 0

    def fill(path: Path, data: Any) -> int:
        nonlocal calls
        calls += 1
        if calls > calls_before:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        return write_bytes(path, data)

    monkeypatch.setattr(Path, "write_bytes", fill)
    result = ptgen("new", "new/folders/one", "--template", tiny.folder, status=1)

    assert "No space left on device; free some space and repeat" in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert left_behind() == []


def test_a_commit_that_fails(ptgen: Ptgen, tiny: Tiny) -> None:
    (Path.home() / ".gitconfig").write_text("[core]\nautocrlf = true\nsafecrlf = true\n")
    result = ptgen("new", "one", "--template", tiny.folder, status=1)
    assert "error: git add failed: " in result.stderr
    assert left_behind() == []


def test_a_folder_that_appears_meanwhile_is_left_alone(
    ptgen: Ptgen, tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.rename

    def overtaken(path: Path, target: Path) -> Path:
        target.mkdir()
        (target / "theirs").touch()
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", overtaken)
    result = ptgen("new", "one", "--template", tiny.folder, status=1)

    assert "was created by another meanwhile" in result.stderr
    assert [path.name for path in Path("one").iterdir()] == ["theirs"]
    assert left_behind() == ["one"]


def test_a_template_that_does_not_render(ptgen: Ptgen, tiny: Tiny) -> None:
    tiny.write("template/x.py.jinja", "\n{% if %}\n")
    result = ptgen("new", "one", "--template", tiny.folder, status=1)
    assert "error: template/x.py.jinja:2: the template has a mistake: " in result.stderr
    assert left_behind() == []


@pytest.mark.parametrize("path", [".git/hooks/post-commit", "sub/.git/config"])
def test_a_template_that_writes_into_a_repository(ptgen: Ptgen, tiny: Tiny, path: str) -> None:
    hidden = path.replace(".git", "{{ '.git' }}")  # git itself tracks no such folder
    tiny.write(f"template/{hidden}", "touch /tmp/owned\n")
    result = ptgen("new", "one", "--template", tiny.folder, status=1)
    assert "and so change what git does; refused" in result.stderr
    assert left_behind() == []


@pytest.mark.parametrize("key", ["_tasks", "_migrations", "_jinja_extensions"])
def test_a_template_that_runs_code(ptgen: Ptgen, tiny: Tiny, key: str) -> None:
    tiny.edit("copier.yml", "_subdirectory:", f"{key}: [touch owned]\n_subdirectory:")
    settings = Path.home() / ".config" / "copier" / "settings.yml"
    settings.parent.mkdir(parents=True)
    settings.write_text(f"trust: [{tiny.folder}]\n")

    result = ptgen("new", "one", "--template", tiny.folder, status=1)

    assert f"would run code of its own: copier.yml has {key}" in result.stderr
    assert left_behind() == []


def test_every_mistake_of_every_manifest(ptgen: Ptgen, tiny: Tiny) -> None:
    tiny.recipe("mixup", tasks="some", summary="", order="first")
    tiny.recipe("ddp")
    tiny.edit("recipes/ddp/recipe.yml", "tests/test_ddp.py", "../../.bashrc")

    result = ptgen("new", "one", "--template", tiny.folder, status=1)

    assert result.stderr.splitlines() == [
        "error: recipes/ddp/recipe.yml:8: PT108 files.0: '../../.bashrc' would land outside the "
        "project; expected a plain path below it",
        "error: recipes/mixup/recipe.yml:3: PT104 summary: is empty",
        "error: recipes/mixup/recipe.yml:5: PT104 tasks: expected 'all' or a list: [one, other]",
        "error: recipes/mixup/recipe.yml:6: PT106 order: expected a whole number, or one for "
        "each slot: {train.batch: 40}",
    ]
    assert left_behind() == []


@pytest.mark.parametrize(
    "arguments", [[], ["one", "--data", "package"], ["one", "-d", "recipes=x"], ["--no-such"]]
)
def test_wrong_usage(ptgen: Ptgen, arguments: list[str]) -> None:
    result = ptgen("new", *arguments, status=2)
    assert result.stderr.startswith("Usage: ")
    assert left_behind() == []


def start(tiny: Tiny, *arguments: str) -> subprocess.Popen[str]:
    """Start ``ptgen new`` in another process and wait until it has begun to write."""
    command = [sys.executable, "-m", "ptgen", "new", *arguments, "--template", str(tiny.folder)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    while process.poll() is None and not list(HERE.rglob(".*.ptgen-*")):
        time.sleep(0.001)
    return process


def slow(tiny: Tiny) -> None:
    """Let the template take a second to render, with files before and after."""
    tiny.write("template/m.txt.jinja", "{% for i in range(99999) %}{{ i ** 99 }}{% endfor %}\n" * 9)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stopped(tiny: Tiny, stop: signal.Signals) -> None:
    slow(tiny)
    process = start(tiny, "new/folders/one")
    process.send_signal(stop)
    _, said = process.communicate(timeout=30)

    assert process.returncode == 1
    assert said == "error: stopped; nothing half-made is left\n"
    assert left_behind() == []


def test_killed_and_done_again(ptgen: Ptgen, tiny: Tiny) -> None:
    slow(tiny)
    process = start(tiny, "one")
    process.kill()
    process.communicate()
    assert not Path("one").exists()
    stale = left_behind()
    assert len(stale) == 1
    assert stale[0].startswith(f".one.ptgen-{process.pid}-")
    running = Path(f".one.ptgen-{os.getpid()}-0123abcd")
    running.mkdir()
    neighbour = Path(f".one.ptgen-{process.pid}-of-mine")
    neighbour.mkdir()

    tiny.write("template/m.txt.jinja", "")
    ptgen("new", "one", "--template", tiny.folder)

    assert left_behind() == sorted([neighbour.name, running.name, "one"])


def test_an_error_of_the_machine_has_no_traceback(
    ptgen: Ptgen, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", "/a/place")

    monkeypatch.setattr(console, "put", broken)
    assert ptgen("list", status=1).stderr == "error: /a/place: Permission denied\n"
