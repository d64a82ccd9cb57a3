"""Whenever ``ptgen`` is killed, a project is as before or as after, and nothing is left behind."""

import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ptgen.projects.create import complete_answers, create_project
from ptgen.projects.existing import Project
from ptgen.projects.recipes import prepare_recipes, with_added, without_removed
from ptgen.projects.undo import undo
from ptgen.projects.update import Change, prepare_update
from ptgen.templates import Template, Versions

from .conftest import Ptgen, Tiny, commit_all, git, tree
from .owner import keep, new

CHANGING = ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.chmod")
NOT_TORN = 3
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


def writes(event: str, arguments: tuple[object, ...]) -> bool:
    """Tell whether Python is about to change something on disk, or to run what may do so."""
    if event == "open":
        flags = arguments[2]
        return isinstance(flags, int) and bool(flags & WRITING)
    return event in CHANGING or event == "subprocess.Popen"


def killed_at(number: int, act: Callable[[], object], *, torn: bool) -> bool:
    """Run something in a process that is killed right before its write of a number, from 0.

    Args:
        number: The write.
        act: What to run.
        torn: Whether it is killed where a file is to be written, and leaves it there, empty.

    Returns:
        Whether it was killed.
    """
    child = os.fork()
    if child == 0:
        left = number

        def hook(event: str, arguments: tuple[object, ...]) -> None:
            nonlocal left
            if not writes(event, arguments):
                return
            if left == 0:
                left = -1
                if torn and event != "open":
                    os._exit(NOT_TORN)
                if torn:
                    os.close(os.open(str(arguments[0]), os.O_WRONLY | os.O_CREAT | os.O_TRUNC))
                os.kill(os.getpid(), signal.SIGKILL)
            left -= 1

        sys.addaudithook(hook)
        try:
            act()
        finally:
            os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, NOT_TORN, -signal.SIGKILL)
    return status == -signal.SIGKILL


def kills(act: Callable[[], object], restore: Callable[[], object], step: int = 1) -> Iterator[str]:
    """Kill something at each of its writes, from a fresh start each time, and say where."""
    number = 0
    while True:
        restore()
        if not killed_at(number, act, torn=False):
            return
        yield f"killed before write {number}"
        restore()
        if killed_at(number, act, torn=True):
            yield f"killed in write {number}"
        number += step


def state(project: Path) -> tuple[object, str]:
    """Return all that is to be as before or as after."""
    return tree(project), git("status", "--porcelain", cwd=project)


@pytest.fixture
def saved(tmp_path: Path) -> Callable[[Path], Callable[[], None]]:
    """Keep a folder as it is, and return what brings it back."""

    def save(folder: Path) -> Callable[[], None]:
        copy = tmp_path / "saved"
        shutil.copytree(folder, copy, symlinks=True)

        def restore() -> None:
            shutil.rmtree(folder)
            shutil.copytree(copy, folder, symlinks=True)

        return restore

    return save


@pytest.fixture(params=["add", "remove", "update with conflicts"])
def change(request: pytest.FixtureRequest, ptgen: Ptgen, versions: Tiny, tmp_path: Path) -> Change:
    """A change of a project that has been prepared."""
    project = new(ptgen, versions, "clip", "cosine")
    (project / "notes.txt").write_text("mine\n")
    if "conflicts" in request.param:
        train = project / "train.py"
        train.write_text(train.read_text().replace('print("train"', 'print("mine"'))
    keep(project)
    shutil.rmtree(project / ".git/hooks")
    opened = Versions.open(str(versions.folder), None, tmp_path)
    found = Project.open(project)
    if request.param == "add":
        return prepare_recipes(found, opened, with_added, ["step-two"], tmp_path).change
    if request.param == "remove":
        return prepare_recipes(found, opened, without_removed, ["clip"], tmp_path).change
    versions.edit("template/train.py.jinja", 'print("train"', 'print("v2"')
    versions.write("template/news/news.txt", "new\n")
    (versions.folder / "recipes/clip/files/tests/test_clip.py").unlink()
    versions.recipe("clip", {"slots/train.loss": 'print("two")'}, requires=["scale"], files=[])
    commit_all(versions.folder, "v2.0.0")
    shutil.rmtree(opened.folder)
    opened = Versions.open(str(versions.folder), None, tmp_path)
    return prepare_update(found, opened, None, tmp_path)[0]


CONFLICTS = pytest.mark.parametrize("change", ["update with conflicts"], indirect=True)


@pytest.fixture
def versions(versions: Tiny) -> Tiny:
    """The same with a recipe that brings a file into a folder of its own."""
    parts = {"slots/train.loss": 'print("two")', "files/more/two.txt": "2\n"}
    versions.recipe("step-two", parts, files=["tests/test_step_two.py", "more/two.txt"])
    commit_all(versions.folder, "v1.1.0")
    return versions


def test_a_change_that_is_killed_at_any_write_is_done_or_taken_back(
    change: Change, saved: Callable[[Path], Callable[[], None]]
) -> None:
    project = change.project.folder
    restore, before = saved(project), state(project)
    change.apply()
    after = state(project)
    assert after[0] != before[0]
    seen = set()
    for where in kills(change.apply, restore):
        was = state(project)
        seen.add("before" if was == before else "after" if was == after else "between")
        Project.open(project)  # as every command does
        assert state(project) in (before, after), where
        assert not list(project.rglob("*.ptgen")), where
        if state(project) == before:
            change.apply()
            assert state(project) == after, where
        undo(Project.open(project))
        assert state(project) == before, where
    assert seen == {"before", "between", "after"}


@CONFLICTS
def test_what_takes_back_can_be_killed_as_well(
    change: Change, saved: Callable[[Path], Callable[[], None]]
) -> None:
    project = change.project.folder
    restore, before = saved(project), state(project)
    writes_of_it = 0
    restore()
    while killed_at(writes_of_it, change.apply, torn=False):
        writes_of_it += 1
        restore()

    def begin() -> None:
        restore()
        assert killed_at(writes_of_it - 2, change.apply, torn=False)

    count = 0
    for where in kills(lambda: Project.open(project), begin):
        count += 1
        Project.open(project)
        assert state(project) == before, where
    assert count > len(change.files)


@CONFLICTS
def test_an_edit_after_a_kill_is_kept_and_told(
    change: Change, saved: Callable[[Path], Callable[[], None]], capsys: pytest.CaptureFixture[str]
) -> None:
    project = change.project.folder
    restore, before = saved(project), tree(project)
    edited = 0
    for _ in kills(change.apply, restore):
        if tree(project) == before:
            continue
        (project / "train.py").write_text("mine\n")
        Project.open(project)
        said = capsys.readouterr().err
        assert (project / "train.py").read_text() == "mine\n"
        if "was stopped in the middle" in said:
            assert f"{project}/train.py was edited since, and is left as it is" in said
            edited += 1
    assert edited


def test_a_new_project_is_there_or_not(versions: Tiny, tmp_path: Path, campaign: bool) -> None:
    template = Template(versions.folder, str(versions.folder), "v1.1.0")
    place = tmp_path / "place"
    project = place / "mine"
    answers = complete_answers(template, project, "sorting", ["clip"])

    def create() -> None:
        create_project(template, project, answers)

    def restore() -> None:
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()

    restore()
    create()
    whole = tree(project)
    for where in kills(create, restore, step=1 if campaign else 23):
        assert not project.exists(), where  # it appears with the last write, whole
        create()  # which clears away what is left
        assert tree(project) == whole
        assert [path.name for path in place.iterdir()] == ["mine"], where
