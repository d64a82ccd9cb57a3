"""``ptgen add``, ``remove``, ``update`` and ``status`` of a project that somebody works on."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import copier
import pytest
from jinja2 import TemplateNotFound

from ptgen.base import git as ptgen_git
from ptgen.base.errors import PtgenError
from ptgen.templates import Template

from .conftest import Ptgen, Tiny, commit_all, git, tree
from .owner import answers, keep, new

HERE = Path()


def next_version(versions: Tiny) -> None:
    """Make v2.0.0: another line in train.py, scale under another name, step withdrawn."""
    versions.edit("template/train.py.jinja", "import sys", "import sys\nimport time")
    versions.edit(
        "template/train.py.jinja", 'print("train"', 'print("v2", time.time())\nprint("train"'
    )
    shutil.rmtree(versions.folder / "recipes/scale")
    shutil.rmtree(versions.folder / "recipes/step")
    versions.recipe("factor", {"slots/train.loss": 'print("scale")'}, order=10, formerly=["scale"])
    versions.recipe("clip", {"slots/train.loss": 'print("clip")'}, requires=["factor"])
    versions.write("recipes/withdrawn.yml", "step: cosine does better\n")
    commit_all(versions.folder, "v2.0.0")


# add and remove


def test_what_is_added_is_as_if_it_had_been_there_from_the_start(
    ptgen: Ptgen, versions: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = new(ptgen, versions), new(ptgen, versions, "clip", name="other/mine")
    monkeypatch.chdir(one)
    said = ptgen("add", "clip").stderr
    assert tree(one) == tree(other)
    assert said.startswith(
        "also adding scale (required by clip)\nAdded clip, scale: 2 files added, 2 files changed."
    )
    keep(one)
    ptgen("remove", "clip,scale")
    keep(one)
    assert git("diff", "HEAD~2", cwd=one) == ""


HOOKS = (
    "post-checkout",
    "post-commit",
    "pre-commit",
    "prepare-commit-msg",
    "reference-transaction",
)


def test_the_settings_of_git_of_the_owner_and_of_a_hook_disturb_nothing(
    ptgen: Ptgen, versions: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions.write("template/.envrc", "export MINE=1\n")
    commit_all(versions.folder, "v1.0.1")
    calm = new(ptgen, versions, name="calm/mine")
    for arguments in (("add", "clip"), ("remove", "clip,scale")):
        ptgen(*arguments, "--project", calm)
        keep(calm)
    ran = tmp_path / "ran"
    for name in HOOKS:
        hook = tmp_path / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\ntouch {ran}\nexit 1\n")
        hook.chmod(0o755)
    (tmp_path / "hidden").write_text("*.py\n.envrc\n")
    (Path.home() / ".gitconfig").write_text(
        f"[core]\nhooksPath = {tmp_path}/hooks\nexcludesFile = {tmp_path}/hidden\n"
        "[clone]\ndefaultRemoteName = upstream\n[commit]\ngpgSign = true\n"
        "[gpg]\nprogram = false\n"
    )
    hurt = tmp_path / "hurt"
    git("init", "--quiet", "--template=", str(hurt), cwd=tmp_path)
    index = hurt / ".git/index"
    index.write_bytes(b"another repository's")

    def as_in_a_hook(*arguments: str | Path) -> None:
        with monkeypatch.context() as patch:
            patch.setenv("GIT_DIR", str(hurt / ".git"))
            patch.setenv("GIT_INDEX_FILE", str(index))
            patch.setenv("GIT_COMMON_DIR", str(hurt / ".git"))
            patch.setenv("GIT_CONFIG_COUNT", "1")
            patch.setenv("GIT_CONFIG_KEY_0", "core.abbrev")
            patch.setenv("GIT_CONFIG_VALUE_0", "9")
            ptgen(*arguments)
            assert os.environ["GIT_DIR"] == str(hurt / ".git")

    mine = tmp_path / "disturbed/mine"
    as_in_a_hook("new", mine, "--template", versions.folder)
    assert git("status", "--porcelain", "--ignored", cwd=mine) == ""
    for arguments in (("add", "clip"), ("remove", "clip,scale")):
        as_in_a_hook(*arguments, "--project", mine)
        git("-c", "core.excludesFile=/dev/null", "add", "--all", cwd=mine)
        unhooked = ("-c", "core.hooksPath=/dev/null", "-c", "commit.gpgSign=false")
        git(*unhooked, "commit", "--quiet", "--message", "Mine", cwd=mine)
    assert tree(mine) == tree(calm)
    assert not ran.exists()
    assert index.read_bytes() == b"another repository's"


def test_all_that_ties_git_to_a_repository_is_known() -> None:
    tied = git("rev-parse", "--local-env-vars", cwd=Path()).split()
    assert set(tied) - {"GIT_CONFIG_COUNT", "GIT_CONFIG_PARAMETERS"} <= set(ptgen_git.TIED)


def test_copier_by_hand_does_the_same(
    ptgen: Ptgen, versions: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = new(ptgen, versions, "cosine")
    other = Path(shutil.copytree(one, "other"))
    copier.run_update(
        other,
        data={"recipes": ["cosine", "scale"]},
        vcs_ref="v1.0.0",
        defaults=True,
        overwrite=True,
        quiet=True,
    )
    monkeypatch.chdir(one)
    ptgen("add", "scale")
    assert tree(one) == tree(Path("..", "other"))


def test_the_commands_that_are_named_show_keep_and_undo_all_of_it(
    ptgen: Ptgen, versions: Tiny
) -> None:
    project = new(ptgen, versions)
    (Path.home() / ".gitconfig").write_text("[user]\nname = Ada\nemail = ada@example.com\n")
    before = tree(project)

    def follow(word: str, said: str) -> str:
        line = next(line for line in said.splitlines() if line.startswith(word))
        command = line.removeprefix(word).strip() + (" -m Mine" if word == "Commit:" else "")
        command = re.sub("^ptgen", f"{sys.executable} -m ptgen", command)
        return subprocess.run(
            command, shell=True, check=True, capture_output=True, text=True
        ).stdout

    said = ptgen("add", "clip", "--project", project).stderr
    shown = follow("Review:", said)
    added = [line.split()[1] for line in said.splitlines() if line.startswith("  added")]
    assert added
    assert all(f"+++ b/{name}" in shown for name in added)
    follow("Undo:", said)
    assert tree(project) == before

    said = ptgen("add", "clip", "--project", project).stderr
    refused = ptgen("remove", "clip", "--project", project, status=1).stderr
    assert "first: git add --all && git commit" in refused
    follow("Commit:", said)
    assert git("status", "--porcelain", cwd=project) == ""
    said = ptgen("remove", "clip", "--project", project).stderr
    lines = follow("Review:", said).splitlines()
    assert [line for line in lines if line.startswith("-") and 'print("clip")' in line]


def test_it_is_found_from_any_folder_of_the_project(
    ptgen: Ptgen, versions: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = new(ptgen, versions)
    monkeypatch.chdir(project / "tests")
    ptgen("add", "scale")
    assert answers(project)["recipes"] == ["scale"]
    monkeypatch.chdir("/")
    keep(project)
    said = ptgen("remove", "scale", "--project", project).stderr
    assert f"git -C {project} diff" in said
    assert answers(project)["recipes"] == []


def test_a_project_in_a_folder_of_a_larger_repository(ptgen: Ptgen, versions: Tiny) -> None:
    git("init", "--quiet", cwd=HERE)
    Path("notes.txt").write_text("mine\n")
    project = new(ptgen, versions, name="parts/mine")
    keep(HERE.absolute())
    Path("notes.txt").write_text("changed outside of the project\n")
    ptgen("add", "scale", "--project", project)
    assert 'print("scale")' in (project / "train.py").read_text()
    assert Path("notes.txt").read_text() == "changed outside of the project\n"


def test_what_you_wrote_stays(ptgen: Ptgen, versions: Tiny) -> None:
    project = new(ptgen, versions, "scale")
    train = project / "train.py"
    train.write_text(train.read_text().replace("import sys", "import sys\nimport time as mine"))
    (project / "tests/test_scale.py").unlink()
    (project / "notes.txt").write_text("mine\n")
    (project / "train.sh").write_text("#!/bin/sh\n")
    (project / "train.sh").chmod(0o755)
    keep(project)
    (project / "unknown.txt").write_text("git does not know me\n")
    ptgen("add", "cosine", "--project", project)
    assert "import time as mine" in train.read_text()
    assert 'print("cosine")' in train.read_text()
    assert not (project / "tests/test_scale.py").exists()
    keep(project)
    ptgen("remove", "scale", "cosine", "--project", project)
    assert "import time as mine" in train.read_text()
    assert (project / "notes.txt").read_text() == "mine\n"
    assert (project / "unknown.txt").read_text() == "git does not know me\n"
    assert os.access(project / "train.sh", os.X_OK)


def test_the_same_lines_are_a_conflict_in_the_file_and_in_git(ptgen: Ptgen, versions: Tiny) -> None:
    project = new(ptgen, versions)
    train = project / "train.py"
    train.write_text(train.read_text().replace('print("update")', 'print("my update")'))
    keep(project)
    result = ptgen("add", "cosine", "--project", project, "--json", status=1)
    assert json.loads(result.stdout) == {
        "path": str(project),
        "version": "v1.0.0",
        "recipes": ["cosine"],
        "installed": ["cosine"],
        "added": ["tests/test_cosine.py"],
        "changed": [".copier-answers.yml", "train.py"],
        "removed": [],
        "conflicts": ["train.py"],
        "left_out": [],
    }
    assert "you and the template changed the same lines of train.py" in result.stderr
    assert train.read_text().splitlines()[-5:] == [
        "<<<<<<< yours",
        'print("my update")',
        "=======",
        'print("cosine")',
        ">>>>>>> template v1.0.0",
    ]
    assert "UU train.py" in git("status", "--porcelain", cwd=project)
    ptgen("undo", "--project", project)
    assert git("status", "--porcelain", cwd=project) == ""
    assert 'print("my update")' in train.read_text()


def test_a_dry_run_changes_nothing(ptgen: Ptgen, versions: Tiny) -> None:
    project = new(ptgen, versions)
    before = tree(project)
    said = ptgen("add", "scale", "--project", project, "--dry-run").stderr
    assert said == (
        "Would have added scale: 1 file added, 2 files changed.\n"
        "  added    tests/test_scale.py\n"
        "  changed  .copier-answers.yml\n"
        "  changed  train.py\n"
    )
    assert tree(project) == before
    assert git("status", "--porcelain", cwd=project) == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("add", "scall"), 'there is no recipe "scall"; did you mean scale?'),
        (("add", "sorting"), "sorting is a task, not a recipe: choose it with task"),
        (("add", "warmup"), "warmup needs one of cosine, step: add one, or leave warmup out"),
        (("add", "step"), 'cosine and step are both in the group "schedule"'),
        (("remove", "scale"), "clip requires scale; to remove both: ptgen remove clip scale"),
        (("remove", "step"), 'the project has no recipe "step"'),
    ],
)
def test_what_does_not_go_together_is_refused(
    ptgen: Ptgen, versions: Tiny, arguments: tuple[str, ...], words: str
) -> None:
    chosen = ["clip", "scale"] + ["cosine"] * (arguments != ("add", "warmup"))
    project = new(ptgen, versions, *chosen)
    before = tree(project)
    assert words in ptgen(*arguments, "--project", project, status=1).stderr
    assert tree(project) == before


def test_the_last_recipe_of_a_needed_group_stays(ptgen: Ptgen, versions: Tiny) -> None:
    project = new(ptgen, versions, "cosine", "warmup")
    said = ptgen("remove", "cosine", "--project", project, status=1).stderr
    assert "warmup requires cosine; to remove both: ptgen remove cosine warmup" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("remove", "scale"), "scale is there because clip requires it: ptgen remove clip"),
        (
            ("remove", "cosine"),
            "warmup requires cosine; to remove both: ptgen remove cosine warmup",
        ),
        (
            ("remove", "scale,cosine"),
            "scale is there because clip requires it: ptgen remove clip\n"
            "error: warmup requires cosine; to remove both: ptgen remove cosine scale warmup",
        ),
    ],
)
def test_what_is_required_stays(
    ptgen: Ptgen, versions: Tiny, arguments: tuple[str, ...], said: str
) -> None:
    project = new(ptgen, versions, "clip", "cosine", "warmup")
    before = tree(project)
    assert f"error: {said}\n" in ptgen(*arguments, "--project", project, status=1).stderr
    assert tree(project) == before


def test_what_only_a_removed_recipe_required_goes_with_it(ptgen: Ptgen, versions: Tiny) -> None:
    versions.recipe("blur", requires=["scale"])
    commit_all(versions.folder, "v1.1.0")
    project = new(ptgen, versions, "blur", "clip")
    result = ptgen("remove", "clip", "--project", project, "--json")
    assert json.loads(result.stdout)["installed"] == ["blur", "scale"]
    assert result.stderr.startswith("Removed clip: ")
    keep(project)
    assert ptgen("remove", "blur", "--project", project).stderr.startswith("Removed blur, scale: ")
    assert not (project / "tests/test_scale.py").exists()
    assert answers(project)["recipes"] == []


def test_what_came_along_can_be_asked_for_and_then_stays(ptgen: Ptgen, versions: Tiny) -> None:
    project = new(ptgen, versions, "clip")
    said = ptgen("add", "scale", "--project", project).stderr
    assert said.startswith("scale is already there\nChanged no recipe: 1 file changed.\n")
    assert answers(project)["recipes"] == ["clip", "scale"]
    keep(project)
    assert ptgen("remove", "clip", "--project", project).stderr.startswith("Removed clip: ")
    assert (project / "tests/test_scale.py").is_file()


def test_status_and_the_first_commit_name_what_is_required(ptgen: Ptgen, versions: Tiny) -> None:
    project = new(ptgen, versions, "clip")
    assert "recipes   clip, scale\n" in ptgen("status", "--project", project).stdout
    facts = json.loads(ptgen("status", "--project", project, "--json").stdout)
    assert (facts["recipes"], facts["installed"]) == (["clip"], ["clip", "scale"])
    assert "Recipes: clip, scale\n" in git("log", "--format=%B", cwd=project)


# update


def test_an_update_brings_what_is_newer_and_the_new_names(ptgen: Ptgen, versions: Tiny) -> None:
    project = new(ptgen, versions, "clip", "scale")
    train = project / "train.py"
    train.write_text(train.read_text() + "\nprint('mine')\n")
    keep(project)
    next_version(versions)
    monkey = ptgen("update", project)
    assert monkey.stderr == "1 updated\n"
    assert "scale is now called factor" in monkey.stdout
    assert answers(project)["_commit"] == "v2.0.0"
    assert answers(project)["_src_path"] == str(versions.folder)
    assert answers(project)["recipes"] == ["clip", "factor"]
    text = train.read_text()
    assert 'print("v2", time.time())' in text
    assert 'print("scale")\nprint("clip")' in text
    assert text.endswith("\nprint('mine')\n")
    assert git("branch", "--show-current", cwd=project) == "ptgen/v2.0.0\n"
    assert git("status", "--porcelain", cwd=project) == ""


def test_here_it_is_left_to_commit(
    ptgen: Ptgen, versions: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(new(ptgen, versions))
    assert ptgen("update").stderr == "mine is already at v1.0.0.\n"
    next_version(versions)
    said = ptgen("update").stderr
    assert said.startswith("Moved mine from v1.0.0 to v2.0.0: 2 files changed.")
    assert git("branch", "--show-current", cwd=HERE) == "main\n"
    assert git("status", "--porcelain", cwd=HERE) == " M .copier-answers.yml\n M train.py\n"


def test_a_version_can_be_named(
    ptgen: Ptgen, versions: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(new(ptgen, versions))
    next_version(versions)
    versions.write("template/three.txt", "3\n")
    commit_all(versions.folder, "v3.0.0")
    ptgen("update", "--to", "v2.0.0")
    assert answers(HERE)["_commit"] == "v2.0.0"
    keep(HERE)
    said = ptgen("update", "--to", "v1.0.0", status=1).stderr
    assert "v1.0.0 is older than v2.0.0, which the project is at; updates go forward only" in said
    said = ptgen("update", "--to", "v4", status=1).stderr
    assert 'has no tag, branch or commit "v4"; its newest tags: v3.0.0, v2.0.0' in said


def test_what_is_withdrawn_is_explained(
    ptgen: Ptgen, versions: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(new(ptgen, versions, "step"))
    next_version(versions)
    before = tree(HERE)
    said = ptgen("update", status=1).stderr
    assert said == (
        "error: step is not in that version of the template: cosine does better; "
        "first: ptgen remove step\n"
    )
    assert tree(HERE) == before
    ptgen("remove", "step")
    keep(HERE)
    ptgen("update")
    assert answers(HERE)["_commit"] == "v2.0.0"


def test_copier_by_hand_drops_no_recipe_silently(ptgen: Ptgen, versions: Tiny) -> None:
    project = new(ptgen, versions, "scale", "step")
    next_version(versions)
    with pytest.raises(TemplateNotFound, match="recipe scale is called factor now: use ptgen"):
        copier.run_update(project, defaults=True, overwrite=True, quiet=True)
    data = {"recipes": ["step"]}
    with pytest.raises(TemplateNotFound, match=r"recipe step is withdrawn, recipes/withdrawn\.yml"):
        copier.run_update(project, data, defaults=True, overwrite=True, quiet=True)
    assert git("status", "--porcelain", cwd=project) == ""
    for name, words in {
        "scale": "scale is now called factor: use factor",
        "step": "step was withdrawn: cosine does better; leave it out",
    }.items():
        said = ptgen("new", "other", "-r", name, "--template", versions.folder, status=1).stderr
        assert words in said
    data = {"recipes": ["factor"]}
    copier.run_update(project, data, defaults=True, overwrite=True, quiet=True)
    assert answers(project)["recipes"] == ["factor"]


def test_many_are_updated_and_one_failure_does_not_stop_the_rest(
    ptgen: Ptgen, versions: Tiny
) -> None:
    fine, edited, torn, stuck = (
        new(ptgen, versions, *recipes, name=name)
        for name, *recipes in (("fine", "scale"), ("edited",), ("torn",), ("stuck", "step"))
    )
    train = edited / "train.py"
    train.write_text(train.read_text().replace("import sys", "import sys  # mine"))
    keep(edited)
    (torn / "train.py").write_text("half done\n")
    next_version(versions)
    branch = "ptgen/v2.0.0"
    result = ptgen("update", "--json", fine, edited, torn, stuck, "nowhere", status=1)
    outcomes = json.loads(result.stdout)
    assert [one["status"] for one in outcomes] == [
        *("updated", "conflicts", "refused", "refused", "refused")
    ]
    assert outcomes[0] == {
        "path": str(fine),
        "status": "updated",
        "before": "v1.0.0",
        "after": "v2.0.0",
        "branch": branch,
        "files": 4,
        "conflicts": [],
        "left_out": [],
        "notes": ["scale is now called factor"],
    }
    assert outcomes[1]["conflicts"] == ["train.py"]
    assert "changes that are not committed: train.py" in outcomes[2]["notes"][0]
    assert "step is not in that version" in outcomes[3]["notes"][0]
    assert "nowhere holds no project" in outcomes[4]["notes"][0]
    assert result.stderr == "1 updated, 1 conflicts, 3 refused\n"
    branches = [git("branch", "--list", cwd=one).split() for one in (fine, edited, torn, stuck)]
    assert branches == [["main", "*", branch], ["main", "*", branch], ["*", "main"], ["*", "main"]]
    again = json.loads(ptgen("update", "--json", fine).stdout)
    assert (again[0]["status"], again[0]["branch"]) == ("current", None)


def test_a_branch_that_is_there_is_not_written_over(ptgen: Ptgen, versions: Tiny) -> None:
    project = new(ptgen, versions)
    git("branch", "ptgen/v2.0.0", cwd=project)
    next_version(versions)
    said = ptgen("update", project, status=1).stdout
    assert "its branch ptgen/v2.0.0 already exists; merge it, or delete it" in said


# What is refused


@pytest.mark.parametrize("command", [("add", "scale"), ("remove", "scale"), ("update",)])
def test_outside_of_a_project(ptgen: Ptgen, command: tuple[str, ...]) -> None:
    said = ptgen(*command, status=1).stderr
    assert "there is no .copier-answers.yml; create one with: ptgen new DEST" in said


def test_without_git_or_a_commit(ptgen: Ptgen, versions: Tiny) -> None:
    ptgen("new", "mine", "--no-git", "--template", versions.folder)
    said = ptgen("add", "scale", "--project", "mine", status=1).stderr
    assert "mine is not in git, which keeps your changes apart from the template's" in said
    git("init", "--quiet", cwd=Path("mine"))
    said = ptgen("add", "scale", "--project", "mine", status=1).stderr
    assert "has changes that are not committed: all of it" in said


@pytest.mark.parametrize(
    ("old", "new_text", "words"),
    [
        ("recipes: []", "recipes: [scall]", 'there is no recipe "scall"; did you mean scale?'),
        ("recipes: []", "recipes: scale", "recipes: 'scale' is not a list of names"),
        ("task: sorting", "task: sortin", 'there is no task "sortin"; did you mean sorting?'),
        ("task: sorting", "task: 3", "task: 3 is not the name of a task"),
        ("task: sorting", "task: [", "not YAML"),
        ("_commit: v1.0.0", "_commit: v0.9", 'has no tag, branch or commit "v0.9"'),
        ("_commit: v1.0.0\n", "", "has no _commit, so the version"),
    ],
)
def test_answers_that_were_edited_into_nonsense(
    ptgen: Ptgen, versions: Tiny, old: str, new_text: str, words: str
) -> None:
    project = new(ptgen, versions)
    path = project / ".copier-answers.yml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new_text))
    keep(project)
    before = tree(project)
    assert words in ptgen("add", "cosine", "--project", project, status=1).stderr
    assert tree(project) == before


def test_a_template_that_has_moved(ptgen: Ptgen, versions: Tiny, tmp_path: Path) -> None:
    project = new(ptgen, versions)
    moved = versions.folder.rename(tmp_path / "moved")
    said = ptgen("add", "scale", "--project", project, status=1).stderr
    gone = f"there is no template at {versions.folder} any more"
    assert f"{gone}; if it has moved, say where: --template URL" in said
    ptgen("add", "scale", "--project", project, "--template", moved)
    assert answers(project)["_src_path"] == str(moved)


def test_a_template_that_is_in_no_repository(ptgen: Ptgen, tiny: Tiny) -> None:
    ptgen("new", "mine", "--template", tiny.folder)
    said = ptgen("update", "mine", status=1).stdout
    assert f"the template {tiny.folder} is not a git repository" in said


@pytest.mark.parametrize("version", ["v1.0.0", "v2.0.0"])
def test_a_template_that_would_run_code(ptgen: Ptgen, versions: Tiny, version: str) -> None:
    """In the version that the project is at, or in the one that it is to move to."""
    project = new(ptgen, versions)
    path = versions.folder / "copier.yml"
    safe = path.read_text()
    path.write_text(safe + "\n_tasks: [touch pwned]\n")
    commit_all(versions.folder)
    git("tag", "--force", version, cwd=versions.folder)
    if version == "v1.0.0":
        path.write_text(safe)
        commit_all(versions.folder, "v2.0.0")
    said = ptgen("update", project, status=1).stdout
    assert "would run code of its own: copier.yml has _tasks" in said
    assert not (project / "pwned").exists()


def test_a_file_of_yours_that_is_in_the_way(ptgen: Ptgen, versions: Tiny) -> None:
    project = new(ptgen, versions)
    (project / "tests/test_scale.py").write_text("mine\n")
    said = ptgen("add", "scale", "--project", project, status=1).stderr
    assert "tests/test_scale.py is in the way" in said
    assert (project / "tests/test_scale.py").read_text() == "mine\n"
    assert git("status", "--porcelain", cwd=project) == "?? tests/test_scale.py\n"


# Whatever happens


def test_an_error_in_the_middle_takes_all_back(
    ptgen: Ptgen, versions: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = new(ptgen, versions, "cosine")
    same = versions.folder / "recipes/scale/files/tests/test_scale.py"
    (project / ".git/info/exclude").write_text("test_scale.py\n")
    (project / "tests/test_scale.py").write_bytes(same.read_bytes())
    before, copy = tree(project), shutil.copy2

    def failing(source: Path, target: Path) -> None:
        if Path(target).name == ".train.py.ptgen":
            raise OSError(28, "No space left on device")
        copy(source, target)

    with monkeypatch.context() as patch:
        patch.setattr("ptgen.projects.journal.shutil.copy2", failing)
        said = ptgen("add", "scale", "clip", "--project", project, status=1).stderr
    assert "No space left on device" in said
    assert tree(project) == before
    assert git("status", "--porcelain", cwd=project) == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_who_stops_an_update_finds_the_project_as_it_was(
    ptgen: Ptgen, versions: Tiny, tmp_path: Path, number: signal.Signals
) -> None:
    project = new(ptgen, versions)
    before, rooms = tree(project), tmp_path / "rooms"
    rooms.mkdir()
    command = [sys.executable, "-m", "ptgen", "add", "scale", "--project", str(project)]
    process = subprocess.Popen(
        command, env={**os.environ, "TMPDIR": str(rooms)}, stderr=subprocess.PIPE, text=True
    )
    while not list(rooms.glob("ptgen-*/before/train.py")):
        assert process.poll() is None
        time.sleep(0.005)
    process.send_signal(number)
    said = process.communicate()[1]
    assert process.returncode != 0
    assert tree(project) == before
    assert git("status", "--porcelain", cwd=project) == ""
    if number != signal.SIGKILL:
        assert "error: stopped; nothing half-made is left" in said
        assert not list(rooms.glob("ptgen-*"))


# status


def test_status(ptgen: Ptgen, versions: Tiny) -> None:
    project = new(ptgen, versions, "scale", "cosine")
    next_version(versions)
    (project / "train.py").write_text("mine\n")
    (project / "tests/test_scale.py").unlink()
    result = ptgen("status", "--project", project)
    assert result.stdout.splitlines() == [
        f"project   {project}",
        f"template  {versions.folder}",
        "version   v1.0.0",
        "newer     v2.0.0",
        "task      sorting",
        "recipes   cosine, scale",
        "edited    train.py",
        "deleted   tests/test_scale.py",
    ]
    assert result.stderr == "To move to the newest version: ptgen update\n"


def test_status_without_the_template(ptgen: Ptgen, versions: Tiny) -> None:
    project = new(ptgen, versions)
    shutil.rmtree(versions.folder)
    result = ptgen("status", "--project", project, "--json")
    facts = json.loads(result.stdout)
    assert facts["newer"] is facts["edited"] is facts["deleted"] is None
    assert "--template URL" in facts["unknown"]
    assert (facts["version"], facts["task"]) == ("v1.0.0", "sorting")


# The template that is inside a wheel


def test_an_installed_ptgen_needs_no_other_source_for_its_own_version(
    ptgen: Ptgen, versions: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = new(ptgen, versions)
    git("tag", "-d", "v1.0.0", cwd=versions.folder)
    wheel = Template(versions.folder, "https://example.com/gone.git", "v1.0.0")
    monkeypatch.setattr("ptgen.templates.source.packed", lambda: wheel)
    path = project / ".copier-answers.yml"
    path.write_text(path.read_text().replace(str(versions.folder), str(wheel.src_path)))
    keep(project)
    shutil.rmtree(versions.folder / ".git")
    ptgen("add", "scale", "--project", project)
    facts = answers(project)
    assert (facts["_commit"], facts["_src_path"]) == ("v1.0.0", "https://example.com/gone.git")
    assert facts["recipes"] == ["scale"]


def test_git_says_what_it_minds(tmp_path: Path) -> None:
    with pytest.raises(PtgenError, match="git commit failed"):
        ptgen_git.commit("Nothing", cwd=tmp_path)
