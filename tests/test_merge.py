"""What the owner did to the files that an add, a remove or an update changes."""

import os
import shutil
from pathlib import Path

import pytest

from ptgen.projects.update import Change

from .conftest import Ptgen, Tiny, commit_all, git, tree
from .owner import answers, keep, new

LONG = "".join(f"line {number}\n" for number in range(40))


def append(path: Path, text: str) -> None:
    """Write at the end of a file."""
    path.write_text(path.read_text() + text)


@pytest.fixture
def long(versions: Tiny) -> Tiny:
    """A template that brings a long file, of its own and with a recipe."""
    versions.write("template/{{ package }}/long.py", LONG)
    versions.recipe("bring", {"files/package/ops/bring.py": LONG}, files=["package/ops/bring.py"])
    commit_all(versions.folder, "v1.1.0")
    return versions


def test_a_file_that_is_edited_stays_when_its_recipe_goes(ptgen: Ptgen, long: Tiny) -> None:
    project = new(ptgen, long, "bring")
    mine = project / "mine/ops/bring.py"
    append(mine, "mine\n")
    keep(project)
    said = ptgen("remove", "bring", "--project", project, status=1).stderr
    assert "  conflict mine/ops/bring.py\n" in said
    assert mine.read_text() == LONG + "mine\n"
    assert "UD mine/ops/bring.py" in git("status", "--porcelain", cwd=project)
    assert answers(project)["recipes"] == []
    ptgen("undo", "--project", project)
    assert git("status", "--porcelain", cwd=project) == ""
    assert answers(project)["recipes"] == ["bring"]


@pytest.mark.parametrize("target", ["{{ package }}/other.py", None])
def test_an_edit_follows_a_file_that_the_template_renames_or_is_told(
    ptgen: Ptgen, long: Tiny, target: str | None
) -> None:
    project = new(ptgen, long)
    append(project / "mine/long.py", "mine\n")
    keep(project)
    old = long.folder / "template/{{ package }}/long.py"
    if target:
        (long.folder / "template" / target).write_text(LONG.replace("line 3\n", "three\n"))
    old.unlink()
    commit_all(long.folder, "v2.0.0")
    if target:
        ptgen("update", project)
        assert not (project / "mine/long.py").exists()
        text = (project / "mine/other.py").read_text()
        assert text == LONG.replace("line 3\n", "three\n") + "mine\n"
    else:
        said = ptgen("update", project, status=1).stdout
        assert "conflicts: mine/long.py" in said
        assert (project / "mine/long.py").read_text() == LONG + "mine\n"


def test_a_change_follows_a_file_that_the_owner_moves(ptgen: Ptgen, long: Tiny) -> None:
    project = new(ptgen, long)
    (project / "scripts").mkdir()
    git("mv", "train.py", "scripts/train.py", cwd=project)
    (project / "train.py").symlink_to("scripts/train.py")
    keep(project)
    ptgen("add", "cosine", "--project", project)
    assert 'print("cosine")' in (project / "scripts/train.py").read_text()
    assert (project / "train.py").is_symlink()


@pytest.mark.parametrize("now", ["nothing", "a link", "a folder", "below a file"])
def test_what_cannot_be_placed_is_named(ptgen: Ptgen, long: Tiny, now: str) -> None:
    project = new(ptgen, long)
    train = project / "train.py"
    train.unlink()
    if now == "a link":
        (project / "elsewhere.txt").write_text("mine\n")
        train.symlink_to("elsewhere.txt")
    elif now == "a folder":
        train.mkdir()
        (train / "notes.txt").write_text("mine\n")
    elif now == "below a file":
        train.write_text("import sys\n")
        shutil.rmtree(project / "tests")
        (project / "tests").write_text("mine\n")
    keep(project)
    before = tree(project)
    name = "tests/test_cosine.py" if now == "below a file" else "train.py"
    result = ptgen("add", "cosine", "--project", project, status=1)
    assert f"you have deleted or replaced {name}, so what the template changes" in result.stderr
    after = tree(project)
    changed = {".copier-answers.yml", "tests/test_cosine.py", "train.py"}
    assert {path for path in {*before, *after} if before.get(path) != after.get(path)} <= changed
    assert answers(project)["recipes"] == ["cosine"]


def test_a_file_of_the_owner_of_the_same_name_is_a_conflict(ptgen: Ptgen, long: Tiny) -> None:
    project = new(ptgen, long)
    (project / "tests/test_scale.py").write_text("mine\n")
    keep(project)
    ptgen("add", "scale", "--project", project, status=1)
    text = (project / "tests/test_scale.py").read_text()
    assert text.startswith("<<<<<<< yours\nmine\n=======\n")
    assert "AA tests/test_scale.py" in git("status", "--porcelain", cwd=project)


def test_what_is_made_once_is_left_alone(ptgen: Ptgen, versions: Tiny) -> None:
    append(versions.folder / "copier.yml", "\n_skip_if_exists: ['{{ package }}/once-*.txt']\n")
    versions.write("template/{{ package }}/once-a.txt", "one\n")
    commit_all(versions.folder, "v1.1.0")
    project = new(ptgen, versions)
    versions.write("template/{{ package }}/once-a.txt", "two\n")
    versions.write("template/{{ package }}/once-b.txt", "two\n")
    versions.write("template/{{ package }}/once-c.txt", "two\n")
    commit_all(versions.folder, "v2.0.0")
    (project / "mine/once-b.txt").write_text("mine\n")
    keep(project)
    ptgen("update", project)
    texts = [(project / f"mine/once-{letter}.txt").read_text() for letter in "abc"]
    assert texts == ["one\n", "mine\n", "two\n"]


@pytest.mark.parametrize("flag", ["--skip-worktree", "--assume-unchanged"])
def test_edits_that_git_hides_are_not_lost(ptgen: Ptgen, versions: Tiny, flag: str) -> None:
    project = new(ptgen, versions)
    git("update-index", flag, "train.py", cwd=project)
    append(project / "train.py", "# hidden\n")
    before = tree(project)
    said = ptgen("add", "cosine", "--project", project, status=1).stderr
    assert f"{project}/train.py is not as it is committed" in said
    assert tree(project) == before
    assert git("status", "--porcelain", cwd=project) == ""


@pytest.mark.parametrize("moment", ["before it is begun", "after it is begun"])
def test_what_is_saved_meanwhile_is_not_lost(
    ptgen: Ptgen, versions: Tiny, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    project = new(ptgen, versions)
    train = project / "train.py"
    mine = "# mine\n" + train.read_text()
    names = {"before it is begun": "Journal.write", "after it is begun": "Journal.apply"}
    from ptgen.projects.journal import Journal

    original = getattr(Journal, names[moment].removeprefix("Journal."))

    def saving(*arguments: object) -> object:
        train.write_text(mine)
        return original(*arguments)

    target = f"ptgen.projects.update.{names[moment]}"
    monkeypatch.setattr(target, saving)
    before = {**tree(project), "train.py": (train.stat().st_mode, mine.encode())}
    said = ptgen("add", "cosine", "--project", project, status=1).stderr
    assert f"{train} " in said
    assert "run the command again" in said
    assert tree(project) == before
    monkeypatch.undo()
    keep(project)
    ptgen("add", "cosine", "--project", project)
    assert "# mine" in train.read_text()


def test_one_command_at_a_time(
    ptgen: Ptgen, versions: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = new(ptgen, versions)
    apply = Change.apply

    def both(change: Change) -> None:
        said = ptgen("add", "scale", "--project", project, status=1).stderr
        assert f"another ptgen is changing {project}; when it is done, run the command" in said
        assert ptgen("status", "--project", project).stdout
        apply(change)

    monkeypatch.setattr(Change, "apply", both)
    ptgen("add", "cosine", "--project", project)
    assert answers(project)["recipes"] == ["cosine"]


@pytest.mark.parametrize("where", ["the user's settings", "the project's attributes"])
def test_other_ends_of_lines_are_no_edits(
    ptgen: Ptgen, versions: Tiny, tmp_path: Path, where: str
) -> None:
    made = new(ptgen, versions, "scale")
    project = tmp_path / "clone" / "mine"
    if where == "the user's settings":
        (Path.home() / ".gitconfig").write_text("[core]\nautocrlf = true\n")
    else:
        (made / ".gitattributes").write_text("* text eol=crlf\n")
        keep(made)
    git("clone", "--quiet", str(made), str(project), cwd=tmp_path)
    assert b"\r\n" in (project / "train.py").read_bytes()
    facts = ptgen("status", "--project", project).stdout
    assert "edited    nothing" in facts
    said = ptgen("add", "cosine", "--project", project).stderr
    assert "Added cosine: 1 file added, 2 files changed." in said
    text = (project / "train.py").read_bytes()
    assert b'print("cosine")\r\n' in text
    assert text.count(b"\n") == text.count(b"\r\n")
    assert git("diff", "--stat", cwd=project).count("|") == 2
    ptgen("undo", "--project", project)
    assert git("status", "--porcelain", cwd=project) == ""


def test_in_a_linked_work_tree(ptgen: Ptgen, versions: Tiny, tmp_path: Path) -> None:
    project = new(ptgen, versions)
    linked = tmp_path / "linked"
    git("worktree", "add", "--quiet", "-b", "other", str(linked), cwd=project)
    ptgen("add", "cosine", "--project", linked)
    assert 'print("cosine")' in (linked / "train.py").read_text()
    assert "there is no change" in ptgen("undo", "--project", project, status=1).stderr
    ptgen("undo", "--project", linked)
    assert git("status", "--porcelain", cwd=linked) == ""


def test_a_repository_with_sha_256(ptgen: Ptgen, versions: Tiny) -> None:
    ptgen("new", "mine", "--no-git", "--template", versions.folder)
    project = Path("mine").absolute()
    git("init", "--quiet", "--object-format=sha256", cwd=project)
    append(project / "train.py", "# mine\n")
    keep(project)
    ptgen("add", "scale", "--project", project)
    assert 'print("scale")' in (project / "train.py").read_text()
    keep(project)
    (project / "train.py").write_text("another\n")
    keep(project)
    ptgen("remove", "scale", "--project", project, status=1)
    assert "UU train.py" in git("status", "--porcelain", cwd=project)


def test_a_repository_with_names_that_are_not_utf_8(ptgen: Ptgen, versions: Tiny) -> None:
    project = new(ptgen, versions)
    Path(os.fsdecode(bytes(project) + b"/caf\xe9.txt")).write_text("mine\n")
    keep(project)
    ptgen("add", "scale", "--project", project)
    assert "edited    nothing" in ptgen("status", "--project", project).stdout
    ptgen("undo", "--project", project)


# diff and undo


def test_diff_shows_what_a_change_would_do(
    ptgen: Ptgen, versions: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = new(ptgen, versions, "scale")
    monkeypatch.chdir(project)
    before = tree(project)
    for command in (("add", "cosine"), ("remove", "scale")):
        patch = Path("../change.patch")
        patch.write_text(ptgen("diff", *command).stdout)
        assert tree(project) == before
        ptgen(*command)
        git("add", "--all", cwd=project)
        there = tree(project)
        git("reset", "--hard", "--quiet", cwd=project)
        git("apply", str(patch), cwd=project)
        assert tree(project) == there
        git("reset", "--hard", "--quiet", cwd=project)
        git("clean", "--quiet", "--force", cwd=project)
    assert ptgen("diff", "update").stdout == ""
    versions.write("template/news.txt", "new\n")
    commit_all(versions.folder, "v2.0.0")
    assert "+++ b/news.txt\n@@ -0,0 +1 @@\n+new\n" in ptgen("diff", "update").stdout
    assert "+++ b/news.txt" in ptgen("diff", "update", "--to", "v2.0.0").stdout


def test_undo(ptgen: Ptgen, versions: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    project = new(ptgen, versions)
    monkeypatch.chdir(project)
    before = tree(project)
    assert f"there is no change of ptgen to undo in {project}" in ptgen("undo", status=1).stderr
    ptgen("add", "cosine")
    git("add", "--all", cwd=project)  # as the advice says
    (project / "notes.txt").write_text("mine\n")
    assert ptgen("undo").stderr == "Undid ptgen add cosine: 3 files are as they were.\n"
    assert git("status", "--porcelain", cwd=project) == "?? notes.txt\n"
    (project / "notes.txt").unlink()
    assert tree(project) == before
    assert "there is no change" in ptgen("undo", status=1).stderr


def test_undo_loses_no_edit_and_no_commit(
    ptgen: Ptgen, versions: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = new(ptgen, versions)
    monkeypatch.chdir(project)
    ptgen("add", "cosine")
    append(project / "train.py", "# mine\n")
    before = tree(project)
    said = ptgen("undo", status=1).stderr
    assert f"{project}/train.py was edited since ptgen add cosine" in said
    assert tree(project) == before
    keep(project)
    said = ptgen("undo", status=1).stderr
    assert "something was committed since ptgen add cosine; to undo a commit: git revert" in said
    assert tree(project) == before
