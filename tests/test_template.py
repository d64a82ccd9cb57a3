"""``ptgen template``: a team's own template, from its beginning to the projects that follow it."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import copier
import pytest
import yaml
from packaging.requirements import Requirement

from ptgen.base import git as own_git
from ptgen.teams import starter
from ptgen.teams.upstream import Record
from ptgen.templates import Template, source

from .conftest import PARTS, ROOT, Ptgen, Tiny, commit_all, git, tree

TOOLS = Path(sys.executable).parent
OWN = [".github/workflows/ci.yml", ".gitignore", "CHANGELOG.md", "README.md", "pyproject.toml"]


@pytest.fixture
def upstream(tiny: Tiny) -> Tiny:
    """A repository with a recipe ``amp`` and a recipe ``ema``, at v1.0.0."""
    tiny.recipe("amp", {"slots/train.loss": 'print("amp")\n'})
    tiny.recipe("ema", {"slots/train.loss": 'print("ema")\n'})
    tiny.write("LICENSE", "Do what you like.\n")
    tiny.write("generator/code.py", "print('no part of a project')\n")
    commit_all(tiny.folder, "v1.0.0")
    return tiny


@pytest.fixture
def team(ptgen: Ptgen, upstream: Tiny, tmp_path: Path) -> Tiny:
    """The team's template of it."""
    ptgen("template", "init", tmp_path / "acme", "--template", upstream.folder)
    return Tiny(tmp_path / "acme")


def release(template: Tiny, tag: str) -> None:
    """Commit all of a template and tag it."""
    commit_all(template.folder, tag)


def record(team: Tiny) -> dict[str, str]:
    """Return what upstream.yml says."""
    facts: dict[str, str] = yaml.safe_load((team.folder / "upstream.yml").read_text())
    return facts


def state(team: Tiny) -> tuple[object, ...]:
    """Return all that a failed sync leaves as it was."""
    refs = git("for-each-ref", cwd=team.folder)
    head = git("rev-parse", "HEAD", cwd=team.folder)
    return refs, head, git("status", "--porcelain", cwd=team.folder), tree(team.folder)


def test_init_makes_two_branches(ptgen: Ptgen, upstream: Tiny, tmp_path: Path) -> None:
    acme = tmp_path / "new" / "acme"
    result = ptgen("template", "init", acme, "--template", upstream.folder, "--json")

    facts = json.loads(result.stdout)
    assert (facts["path"], facts["template"]) == (str(acme), str(upstream.folder))
    assert facts["version"] == "v1.0.0"
    on_upstream = git("ls-tree", "-r", "--name-only", "-z", "upstream", cwd=acme).split("\0")[:-1]
    own = [*OWN, "upstream.yml"]
    assert facts["files"] == sorted([*on_upstream, *own]) == sorted(tree(acme))
    assert {path.split("/")[0] for path in on_upstream} == {
        "LICENSE", "composition", "copier.yml", "recipes", "template",
    }  # fmt: skip
    theirs = tree(upstream.folder)
    assert {path: content for path, content in tree(acme).items() if path not in own} == {
        path: content for path, content in theirs.items() if not path.startswith("generator/")
    }
    log = git("log", "--format=%s|%b", "upstream", cwd=acme)
    assert log.strip() == f"The template at v1.0.0|From {upstream.folder}"
    assert git("log", "--format=%s", "upstream..main", cwd=acme) == "Add what is the team's own\n"
    assert git("branch", "--show-current", cwd=acme) == "main\n"
    assert git("status", "--porcelain", cwd=acme) == ""
    assert [path.name for path in acme.parent.iterdir()] == ["acme"]


def test_a_project_of_it_is_the_same_with_and_without_ptgen(ptgen: Ptgen, team: Tiny) -> None:
    ptgen("new", "one", "--recipes", "amp", "--template", team.folder, "--no-git")
    data = {"project_name": "one", "recipes": ["amp"]}
    source_ = f"git+file://{team.folder}"
    copier.run_copy(source_, "two", data=data, vcs_ref="HEAD", defaults=True, quiet=True)
    one, two = tree(Path("one")), tree(Path("two"))
    for files in (one, two):
        del files[".copier-answers.yml"]  # it names the folder in two ways
    assert one == two
    assert "train.py" in one


def test_environment_and_settings_lead_to_it(
    ptgen: Ptgen, team: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    team.recipe("ours")
    release(team, "v1.0.0")
    monkeypatch.setenv("PTGEN_TEMPLATE", str(team.folder))
    ptgen("new", "one", "--recipes", "ours")
    answers = yaml.safe_load(Path("one/.copier-answers.yml").read_text())
    assert (answers["_src_path"], answers["_commit"]) == (str(team.folder), "v1.0.0")


def test_a_team_lives_with_it(ptgen: Ptgen, team: Tiny, upstream: Tiny) -> None:
    ptgen("recipe", "new", "ours", "--path", team.folder)
    team.edit("template/train.py.jinja", "import sys", "import os\nimport sys")
    shutil.rmtree(team.folder / "recipes/ema")
    release(team, "v1.0.0")
    copier.run_copy(
        f"git+file://{team.folder}",
        "project",
        data={"project_name": "project", "recipes": ["amp", "ours"]},
        defaults=True,
        quiet=True,
    )
    commit_all(Path("project"))

    upstream.edit("template/train.py.jinja", 'print("train",', 'print("newer",')
    upstream.write("recipes/amp/slots/train.loss", 'print("newer amp")\n')
    upstream.recipe("mixup", dependencies=["av>=17,<19"])
    release(upstream, "v2.0.0")
    result = ptgen("template", "sync", "--path", team.folder, "--json")

    facts = json.loads(result.stdout)
    assert (facts["before"], facts["after"], facts["conflicts"]) == ("v1.0.0", "v2.0.0", [])
    assert facts["changed"] == [
        "recipes/amp/slots/train.loss",
        "recipes/mixup/README.md",
        "recipes/mixup/files/tests/test_mixup.py",
        "recipes/mixup/recipe.yml",
        "template/train.py.jinja",
    ]
    assert facts["missing"] == ["av>=17,<19"]
    assert "Merged the upstream from v1.0.0 to v2.0.0: 5 files added" in result.stderr
    assert f"  uv run --directory {team.folder} ptgen check --fix\n" in result.stderr
    assert f"  git -C {team.folder} tag v1.1.0\n" in result.stderr

    train = (team.folder / "template/train.py.jinja").read_text()
    assert "import os" in train
    assert 'print("newer",' in train
    assert (team.folder / "recipes/ours/recipe.yml").is_file()
    assert not (team.folder / "recipes/ema").exists()
    assert git("status", "--porcelain", cwd=team.folder) == ""
    assert record(team)["version"] == "v2.0.0"
    assert git("rev-parse", "HEAD^2", cwd=team.folder).strip() == record(team)["snapshot"]
    assert git("rev-parse", "upstream", cwd=team.folder).strip() == record(team)["snapshot"]
    assert "upstream.yml" in git("show", "--first-parent", "--name-only", cwd=team.folder)
    assert ptgen("check", team.folder, "--fix").stderr == "Changed pyproject.toml\n"
    assert ptgen("check", team.folder).stdout == "4 recipes are valid\n"

    release(team, "v1.1.0")
    copier.run_update("project", defaults=True, overwrite=True, quiet=True)
    assert yaml.safe_load(Path("project/.copier-answers.yml").read_text())["_commit"] == "v1.1.0"
    project = Path("project/train.py").read_text()
    assert 'print("newer amp")' in project
    assert "import os" in project
    assert "ours_loss(loss" in project


def test_at_that_version_already(ptgen: Ptgen, team: Tiny) -> None:
    before = state(team)
    result = ptgen("template", "sync", "--path", team.folder)
    assert result.stderr == "acme is already at v1.0.0.\n"
    ptgen("template", "sync", "--path", team.folder / "recipes", "--to", "v1.0.0")
    assert state(team) == before


def test_a_version_with_nothing_new_for_projects(
    ptgen: Ptgen, team: Tiny, upstream: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    upstream.write("generator/code.py", "print('newer')\n")
    release(upstream, "v1.1.0")
    monkeypatch.chdir(team.folder)
    snapshot = record(team)["snapshot"]
    result = ptgen("template", "sync")
    assert "from v1.0.0 to v1.1.0: 0 files added" in result.stderr
    assert "\n  git tag v1.0.0\n" in result.stderr
    assert record(team) == {
        "template": str(upstream.folder),
        "version": "v1.1.0",
        "snapshot": snapshot,
    }
    assert git("rev-parse", "upstream", cwd=team.folder).strip() == snapshot


def conflict(team: Tiny, upstream: Tiny) -> None:
    """Let both change the same line, the upstream in v2, and commit that."""
    team.edit("template/train.py.jinja", 'print("train",', 'print("ours",')
    commit_all(team.folder)
    upstream.edit("template/train.py.jinja", 'print("train",', 'print("theirs",')
    upstream.recipe("mixup")
    release(upstream, "v2.0.0")


def test_a_conflict_is_told_and_can_be_settled(ptgen: Ptgen, team: Tiny, upstream: Tiny) -> None:
    conflict(team, upstream)

    result = ptgen("template", "sync", "--path", team.folder, status=1)

    assert result.stderr == (
        "error: the team and the upstream, from v1.0.0 to v2.0.0, both changed "
        "template/train.py.jinja; the merge is open\n"
        f"Resolve them, then: git -C {team.folder} add template/train.py.jinja "
        f"&& git -C {team.folder} commit --no-edit\n"
        f"Or abort:           git -C {team.folder} merge --abort\n"
    )
    text = (team.folder / "template/train.py.jinja").read_text()
    assert text.index("<<<<<<< HEAD") < text.index(">>>>>>> heads/upstream")
    result = ptgen("template", "sync", "--path", team.folder, status=1)
    assert result.stderr == (
        f"error: {team.folder} is in the middle of a merge; finish it: git commit, or abort it: "
        "git merge --abort\n"
    )
    ours = text.split("<<<<<<< HEAD\n")[0] + 'print("both", sys.argv)\n'
    team.write("template/train.py.jinja", ours + text.split(">>>>>>> heads/upstream\n")[1])
    git("add", "template/train.py.jinja", cwd=team.folder)
    git("commit", "--quiet", "--no-edit", cwd=team.folder)
    assert git("log", "-1", "--format=%s", cwd=team.folder) == "Merge the template at v2.0.0\n"
    assert record(team)["version"] == "v2.0.0"

    upstream.recipe("cutout")
    release(upstream, "v3.0.0")
    ptgen("template", "sync", "--path", team.folder)
    assert 'print("both"' in (team.folder / "template/train.py.jinja").read_text()
    assert (team.folder / "recipes/cutout").is_dir()


def test_one_that_is_given_up_can_be_done_again(ptgen: Ptgen, team: Tiny, upstream: Tiny) -> None:
    conflict(team, upstream)
    before = state(team)[1:]

    first = ptgen("template", "sync", "--path", team.folder, "--json", status=1)
    snapshot = git("rev-parse", "upstream", cwd=team.folder)
    git("merge", "--abort", cwd=team.folder)
    assert state(team)[1:] == before
    again = ptgen("template", "sync", "--path", team.folder, "--json", status=1)

    assert json.loads(first.stdout) == json.loads(again.stdout)
    assert json.loads(again.stdout)["conflicts"] == ["template/train.py.jinja"]
    assert git("rev-parse", "upstream", cwd=team.folder) == snapshot
    assert git("rev-list", "--count", "upstream", cwd=team.folder) == "2\n"

    git("merge", "--abort", cwd=team.folder)
    upstream.edit("template/train.py.jinja", 'print("theirs",', 'print("train",')
    release(upstream, "v2.0.1")
    ptgen("template", "sync", "--path", team.folder)
    assert 'print("ours"' in (team.folder / "template/train.py.jinja").read_text()
    assert (team.folder / "recipes/mixup").is_dir()
    assert record(team)["version"] == "v2.0.1"


def test_a_recipe_that_the_team_deleted_and_the_upstream_changed(
    ptgen: Ptgen, team: Tiny, upstream: Tiny
) -> None:
    shutil.rmtree(team.folder / "recipes/ema")
    commit_all(team.folder)
    upstream.write("recipes/ema/slots/train.loss", 'print("newer")\n')
    release(upstream, "v2.0.0")
    result = ptgen("template", "sync", "--path", team.folder, "--json", status=1)
    assert json.loads(result.stdout)["conflicts"] == ["recipes/ema/slots/train.loss"]
    git("rm", "--quiet", "recipes/ema/slots/train.loss", cwd=team.folder)
    git("commit", "--quiet", "--no-edit", cwd=team.folder)
    assert not (team.folder / "recipes/ema").exists()


def test_a_colleague_goes_on_in_a_clone(
    ptgen: Ptgen, team: Tiny, upstream: Tiny, tmp_path: Path
) -> None:
    conflict(team, upstream)
    git("clone", "--quiet", str(team.folder), "early", cwd=tmp_path)
    ptgen("template", "sync", "--path", team.folder, status=1)
    team.edit("template/train.py.jinja", "<<<<<<< HEAD", "{# settled #}")
    git("commit", "--quiet", "--all", "--no-edit", cwd=team.folder)
    upstream.recipe("cutout")
    release(upstream, "v3.0.0")

    # One who has neither branch, and one whose branch is that of the first day.
    git("clone", "--quiet", "--single-branch", str(team.folder), "late", cwd=tmp_path)
    early = tmp_path / "early"
    git("branch", "upstream", "origin/upstream", cwd=early)
    git("pull", "--quiet", cwd=early)
    for clone in (early, tmp_path / "late"):
        ptgen("template", "sync", "--path", clone)
        assert (clone / "recipes/cutout").is_dir()
        assert "{# settled #}" in (clone / "template/train.py.jinja").read_text()
        assert git("rev-list", "--count", "upstream", cwd=clone) == "3\n"


def test_a_squashed_merge_is_known_as_one(ptgen: Ptgen, team: Tiny, upstream: Tiny) -> None:
    conflict(team, upstream)
    git("switch", "--quiet", "--create", "newer", cwd=team.folder)
    ptgen("template", "sync", "--path", team.folder, status=1)
    team.edit("template/train.py.jinja", "<<<<<<< HEAD", "{# settled #}")
    git("commit", "--quiet", "--all", "--no-edit", cwd=team.folder)
    git("switch", "--quiet", "main", cwd=team.folder)
    git("merge", "--quiet", "--squash", "newer", cwd=team.folder)
    git("commit", "--quiet", "--message", "Version 2 of the template", cwd=team.folder)
    git("branch", "--quiet", "-D", "newer", cwd=team.folder)

    upstream.recipe("cutout")
    release(upstream, "v3.0.0")
    ptgen("template", "sync", "--path", team.folder)

    assert (team.folder / "recipes/cutout").is_dir()
    assert "{# settled #}" in (team.folder / "template/train.py.jinja").read_text()


def test_a_branch_upstream_that_is_not_here(
    ptgen: Ptgen, team: Tiny, upstream: Tiny, tmp_path: Path
) -> None:
    snapshot = record(team)["snapshot"]
    shutil.copytree(team.folder, tmp_path / "copy", ignore=shutil.ignore_patterns(".git"))
    commit_all(tmp_path / "copy")
    release(upstream, "v2.0.0")
    result = ptgen("template", "sync", "--path", tmp_path / "copy", status=1)
    assert result.stderr == (
        f"error: upstream.yml names the commit {snapshot[:12]} of branch upstream, which is not "
        "here; get it: git fetch origin upstream:upstream\n"
    )


def test_the_upstream_may_move(ptgen: Ptgen, team: Tiny, upstream: Tiny) -> None:
    moved = upstream.folder.rename(upstream.folder.with_name("moved"))
    before = state(team)
    result = ptgen("template", "sync", "--path", team.folder, status=1)
    assert str(upstream.folder) in result.stderr
    assert "if it has moved, say where: --template URL" in result.stderr
    assert state(team) == before
    Tiny(moved).recipe("mixup")
    commit_all(moved, "v2.0.0")
    ptgen("template", "sync", "--path", team.folder, "--template", os.path.relpath(moved))
    assert record(team)["template"] == str(moved)
    assert (team.folder / "recipes/mixup").is_dir()


def test_an_upstream_that_cannot_be_reached(ptgen: Ptgen, team: Tiny) -> None:
    before = state(team)
    url = "file:///nowhere.git"
    result = ptgen("template", "sync", "--path", team.folder, "--template", url, status=1)
    assert result.stderr.startswith(f"error: cannot get the template {url}: git clone failed: ")
    assert "if it has moved, say where: --template URL" in result.stderr
    assert state(team) == before


def test_versions_go_forward_only(ptgen: Ptgen, team: Tiny, upstream: Tiny) -> None:
    upstream.recipe("mixup")
    release(upstream, "v2.0.0")
    upstream.recipe("cutout")
    release(upstream, "v3.0.0")
    ptgen("template", "sync", "--path", team.folder, "--to", "v2.0.0")
    assert (team.folder / "recipes/mixup").is_dir()
    assert not (team.folder / "recipes/cutout").exists()
    result = ptgen("template", "sync", "--path", team.folder, "--to", "v1.0.0", status=1)
    assert result.stderr == (
        "error: v1.0.0 is older than v2.0.0, which is merged in here; a sync goes forward only\n"
    )
    result = ptgen("template", "sync", "--path", team.folder, "--to", "v9", status=1)
    assert 'has no tag, branch or commit "v9"; its newest tags: v3.0.0' in result.stderr


def test_from_a_version_after_the_newest_tag(ptgen: Ptgen, upstream: Tiny, tmp_path: Path) -> None:
    upstream.recipe("mixup")
    commit_all(upstream.folder)
    acme = tmp_path / "acme"
    ptgen("template", "init", acme, "--template", upstream.folder, "--ref", "main")
    result = ptgen("template", "sync", "--path", acme)
    assert "acme is already at v1.0.0-1-g" in result.stderr


def test_what_is_not_committed_is_refused(ptgen: Ptgen, team: Tiny, upstream: Tiny) -> None:
    upstream.recipe("mixup")
    release(upstream, "v2.0.0")
    team.write("template/train.py.jinja", "changed\n")
    before = state(team)
    result = ptgen("template", "sync", "--path", team.folder, status=1)
    assert result.stderr == (
        f"error: {team.folder} has changes that are not committed: template/train.py.jinja; "
        'first: git add --all && git commit --message "..." (or: git stash --include-untracked)\n'
    )
    assert state(team) == before


def test_a_file_in_the_way_is_not_overwritten(ptgen: Ptgen, team: Tiny, upstream: Tiny) -> None:
    upstream.recipe("mixup")
    release(upstream, "v2.0.0")
    team.write("recipes/mixup/README.md", "mine, and not in git\n")
    before = state(team)
    result = ptgen("template", "sync", "--path", team.folder, status=1)
    assert result.stderr.startswith("error: git merge failed: ")
    assert "recipes/mixup/README.md" in result.stderr
    assert state(team) == before


@pytest.mark.parametrize("broken", ["merge", "commit", "record"])
def test_all_is_as_it_was_after_a_failure(
    ptgen: Ptgen, team: Tiny, upstream: Tiny, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    upstream.recipe("mixup")
    release(upstream, "v2.0.0")
    before = state(team)
    run = own_git.run

    def failing(*arguments: str, **options: object) -> str:
        if broken in arguments and "--abort" not in arguments:
            raise OSError(28, "No space left on device", "/x")
        return run(*arguments, **options)  # type: ignore[arg-type]

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "/x")

    with monkeypatch.context() as patched:
        patched.setattr(own_git, "run", failing)
        if broken == "record":
            patched.setattr(Record, "write", full)
        result = ptgen("template", "sync", "--path", team.folder, status=1)
    assert result.stderr == "error: /x: No space left on device\n"
    assert state(team) == before
    ptgen("template", "sync", "--path", team.folder)


def test_a_template_that_would_run_code(ptgen: Ptgen, team: Tiny, upstream: Tiny) -> None:
    upstream.edit("copier.yml", "_subdirectory:", "_tasks: [touch owned]\n_subdirectory:")
    release(upstream, "v2.0.0")
    before = state(team)
    result = ptgen("template", "sync", "--path", team.folder, status=1)
    assert "would run code of its own: copier.yml has _tasks" in result.stderr
    assert state(team) == before
    assert (
        "_tasks" in ptgen("template", "init", "a", "--template", upstream.folder, status=1).stderr
    )
    assert list(Path().iterdir()) == []


def test_hooks_of_the_team_are_not_run(ptgen: Ptgen, team: Tiny, upstream: Tiny) -> None:
    for name in ("pre-commit", "post-merge", "pre-merge-commit", "commit-msg", "post-checkout"):
        hook = team.folder / ".git/hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text("#!/bin/sh\ntouch owned\nexit 1\n")
        hook.chmod(0o755)
    upstream.recipe("mixup")
    release(upstream, "v2.0.0")
    ptgen("template", "sync", "--path", team.folder)
    assert record(team)["version"] == "v2.0.0"
    assert not (team.folder / "owned").exists()


def test_sync_in_other_places(ptgen: Ptgen, team: Tiny) -> None:
    result = ptgen("template", "sync", status=1)
    assert result.stderr == (
        f"error: {Path().absolute()} is not a team's template: there is no upstream.yml; create "
        "one with: ptgen template init DEST\n"
    )
    git("switch", "--quiet", "upstream", cwd=team.folder)
    result = ptgen("template", "sync", "--path", team.folder, status=1)
    assert result.stderr == (
        f"error: {team.folder} is on branch upstream, which ptgen writes; go to your own: "
        "git switch main\n"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "is not YAML: "),
        ("template: 1", "template is 1; expected text; get it back as it was: git checkout -- "),
        ("snapshot: --exec=x", "snapshot is '--exec=x'; expected a commit; "),
        ("nothing", "snapshot is None; expected a commit; "),
    ],
)
def test_a_record_that_is_none(ptgen: Ptgen, team: Tiny, text: str, message: str) -> None:
    team.write("upstream.yml", text)
    commit_all(team.folder)
    assert message in ptgen("template", "sync", "--path", team.folder, status=1).stderr


def test_a_folder_that_is_not_in_git_has_no_version(
    ptgen: Ptgen, tiny: Tiny, tmp_path: Path
) -> None:
    acme = tmp_path / "acme"
    result = ptgen("template", "init", acme, "--template", tiny.folder)
    assert "a sync will need --template URL" in result.stderr
    commit_all(tiny.folder)
    version = git("describe", "--always", cwd=tiny.folder).strip()
    result = ptgen("template", "sync", "--path", acme)
    assert f"from no version to {version}: 0 files added" in result.stderr


def test_places_where_none_can_be_made(ptgen: Ptgen, team: Tiny, upstream: Tiny) -> None:
    before = state(team)
    options = ("--template", upstream.folder)
    result = ptgen("template", "init", team.folder, *options, status=1)
    assert result.stderr == f"error: {team.folder} exists; name a folder that does not\n"
    result = ptgen("template", "init", team.folder / "a/b", *options, status=1)
    assert result.stderr == (
        f"error: {team.folder} is in a git repository, and a team's template is one of its own; "
        "name a folder outside\n"
    )
    assert state(team) == before


def test_nothing_is_left_of_one_that_could_not_be_made(
    ptgen: Ptgen, upstream: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starter, "TEXTS", Path("/nowhere"))
    result = ptgen("template", "init", "a/b", "--template", upstream.folder, status=1)
    assert "error: cannot write " in result.stderr
    assert list(Path().iterdir()) == []


def test_credentials_are_not_written_down(
    ptgen: Ptgen, upstream: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = "https://me:hunter2@git.example/us/ptgen.git"
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", f"url.{upstream.folder}/.git.insteadOf")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", address)
    acme = tmp_path / "acme"
    ptgen("template", "init", acme, "--template", address)
    upstream.recipe("mixup")
    release(upstream, "v2.0.0")
    ptgen("template", "sync", "--path", acme, "--template", address)
    assert record(Tiny(acme))["template"] == "https://git.example/us/ptgen.git"
    assert (acme / "recipes/mixup").is_dir()
    assert all(b"hunter2" not in content for _, content in tree(acme).values())
    assert "hunter2" not in git("log", "--all", cwd=acme)


@pytest.mark.parametrize(
    ("origin", "requirement"),
    [
        ("https://me:pw@git.example/us/ptgen", "ptgen @ git+https://git.example/us/ptgen"),
        ("git+https://git.example/us/ptgen", "ptgen @ git+https://git.example/us/ptgen"),
        ("gh:us/ptgen", "ptgen @ git+https://github.com/us/ptgen.git"),
        (
            "git@git.example:us/ptgen.git",
            "ptgen @ git+ssh://git@git.example/us/ptgen.git",
        ),
        ("ssh://git@git.example/us/ptgen", "ptgen @ git+ssh://git@git.example/us/ptgen"),
        ("/home/me/ptgen", "ptgen"),
        ("file:///home/me/ptgen.git", "ptgen"),
        (None, "ptgen"),
    ],
)
def test_where_ptgen_itself_comes_from(
    upstream: Tiny, monkeypatch: pytest.MonkeyPatch, origin: str | None, requirement: str
) -> None:
    monkeypatch.setattr(source, "own_folder", lambda: upstream.folder)
    if origin:
        git("remote", "add", "origin", origin, cwd=upstream.folder)
    assert starter.own_requirement() == requirement
    monkeypatch.setattr(source, "packed", lambda: Template(upstream.folder, origin, "v1"))
    assert starter.own_requirement() == requirement
    assert Requirement(requirement).name == "ptgen"


def test_one_of_the_real_template(ptgen: Ptgen, repository: Path, tmp_path: Path) -> None:
    acme = tmp_path / "acme"
    ptgen("template", "init", acme, "--template", repository)

    assert ptgen("check", acme).stdout == ptgen("check", repository).stdout
    groups = tomllib.loads((acme / "pyproject.toml").read_text())["dependency-groups"]
    assert [Requirement(line).name for line in groups["dev"]] == ["ptgen"]
    lines = groups["recipes"]
    entries = Template(acme).manifests
    assert {line for e in entries for line in (*e.dependencies, *e.dev_dependencies)} <= set(lines)
    names = {Requirement(line).name for line in lines}
    assert len(names) == len(lines)
    expected = "torch numpy tqdm tyro ruff mypy deptry pytest types-tqdm"
    assert set(expected.split()) <= names
    assert groups["test"] == [{"include-group": "recipes"}, *starter.SMOKE]
    workflow = acme / ".github/workflows/ci.yml"
    command = [str(TOOLS / "check-jsonschema"), "--builtin-schema", "vendor.github-workflows"]
    done = subprocess.run([*command, str(workflow)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_its_ci_trains_as_ours_does() -> None:
    ours = yaml.safe_load((ROOT / ".github/workflows/smoke.yml").read_text())["jobs"]
    theirs = yaml.safe_load((starter.TEXTS / "ci.yml").read_text())
    assert theirs["jobs"]["check"]["steps"][-1] == {"run": "uv run ptgen check"}
    theirs["jobs"]["smoke"]["needs"] = "times"
    assert {name: theirs["jobs"][name] for name in ours} == ours


def test_an_installed_fork_makes_one_of_itself(tmp_path: Path) -> None:
    fork = tmp_path / "fork"
    for name in (*PARTS, "generator", "copier.yml", "pyproject.toml", "README.md", "LICENSE"):
        fork.mkdir(exist_ok=True)
        subprocess.run(["cp", "-r", str(ROOT / name), str(fork)], check=True)
    commit_all(fork, "v7.0.0")
    url = "https://git.example/acme/ptgen.git"
    git("remote", "add", "origin", url, cwd=fork)
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=fork, check=True, capture_output=True)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        wheel.extractall(tmp_path / "installed")

    command = [sys.executable, "-m", "ptgen", "template", "init", "acme"]
    env = {**os.environ, "PYTHONPATH": str(tmp_path / "installed")}
    subprocess.run(command, check=True, env=env, capture_output=True)

    acme = Tiny(Path("acme"))
    assert (record(acme)["template"], record(acme)["version"]) == (url, "v7.0.0")
    lines = tomllib.loads(Path("acme/pyproject.toml").read_text())["dependency-groups"]["dev"]
    assert lines[0] == f"ptgen @ git+{url}"
    snapshot = tree(Path("acme"))
    expected = {
        path: content
        for path, content in tree(fork).items()
        if path.split("/")[0] in (*PARTS, "copier.yml", "LICENSE") and "__pycache__" not in path
    }
    assert {path: snapshot.get(path) for path in expected} == expected
    assert set(snapshot) == {*expected, *OWN, "upstream.yml"}
