"""Where a template comes from, and what is recorded of it in a project."""

import json
import os
import re
import subprocess
import sys
import zipfile
from contextlib import chdir
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from ptgen.base.errors import PtgenError
from ptgen.templates import Template, source

from .conftest import PARTS, ROOT, Ptgen, Tiny, commit_all, git


def recorded(project: str) -> tuple[str | None, str | None]:
    """Return what a project's answers say of its template."""
    answers = yaml.safe_load(Path(project, ".copier-answers.yml").read_text())
    return answers.get("_src_path"), answers.get("_commit")


@pytest.fixture
def versions(tiny: Tiny) -> Tiny:
    """A repository with the tags v1.9, v1.10, v2.0rc1 and nightly, and a commit after them."""
    for tag in ("v1.9", "v1.10", "v2.0rc1", "nightly", None):
        tiny.write("template/version.txt", f"{tag}\n")
        commit_all(tiny.folder, tag)
    return tiny


def test_the_newest_version_is_taken_and_no_prerelease(ptgen: Ptgen, versions: Tiny) -> None:
    ptgen("new", "one", "--template", versions.folder)
    assert Path("one/version.txt").read_text() == "v1.10\n"
    assert recorded("one") == (str(versions.folder), "v1.10")


@pytest.mark.parametrize(
    ("ref", "name"),
    [("v1.9", "v1.9"), ("v2.0rc1", "v2.0rc1"), ("nightly", r"v2.0rc1-1-g[0-9a-f]+")],
)
def test_ref_takes_another(ptgen: Ptgen, versions: Tiny, ref: str, name: str) -> None:
    ptgen("new", "one", "--template", versions.folder, "--ref", ref)
    assert Path("one/version.txt").read_text() == f"{ref}\n"
    address, commit = recorded("one")
    assert address == str(versions.folder)
    assert re.fullmatch(name, commit or "")


def test_ref_may_be_a_commit_or_a_branch(ptgen: Ptgen, versions: Tiny) -> None:
    commit = git("rev-parse", "v1.9", cwd=versions.folder).strip()
    ptgen("new", "one", "--template", versions.folder, "--ref", commit[:12])
    ptgen("new", "two", "--template", versions.folder, "--ref", "main")
    assert Path("one/version.txt").read_text() == "v1.9\n"
    assert Path("two/version.txt").read_text() == "None\n"


def test_head_is_what_lies_there_even_before_it_is_committed(ptgen: Ptgen, versions: Tiny) -> None:
    versions.write("template/version.txt", "changed\n")
    versions.write("template/new.txt", "new\n")
    versions.write("template/junk.log", "junk\n")
    versions.write(".gitignore", "*.log\n")
    ptgen("new", "one", "--template", versions.folder, "--ref", "HEAD")
    assert Path("one/version.txt").read_text() == "changed\n"
    assert Path("one/new.txt").exists()
    assert not Path("one/junk.log").exists()


def test_changes_that_no_version_has_are_told(ptgen: Ptgen, tiny: Tiny) -> None:
    commit_all(tiny.folder, "v1.0.0")
    said = ptgen("new", "one", "--template", tiny.folder, "--ref", "HEAD").stderr
    assert "warning" not in said
    tiny.write("notes.txt", "No part of a project.\n")
    said = ptgen("new", "two", "--template", tiny.folder, "--ref", "HEAD").stderr
    assert "warning" not in said
    tiny.write("template/new.txt", "Not committed.\n")
    said = ptgen("new", "three", "--template", tiny.folder, "--ref", "HEAD").stderr
    assert "warning: the template has changes that are not in v1.0.0, which updates" in said
    assert Path("three/new.txt").is_file()


def test_without_tags_it_is_head(ptgen: Ptgen, tiny: Tiny) -> None:
    commit_all(tiny.folder)
    commit = git("describe", "--always", cwd=tiny.folder).strip()
    ptgen("new", "one", "--template", tiny.folder)
    assert recorded("one") == (str(tiny.folder), commit)


def test_a_tag_that_is_moved_is_never_recorded(ptgen: Ptgen, tiny: Tiny) -> None:
    commit_all(tiny.folder, "nightly")
    first = git("rev-parse", "HEAD", cwd=tiny.folder).strip()
    ptgen("new", "one", "--template", tiny.folder, "--ref", "nightly")
    assert first.startswith(recorded("one")[1] or "none")

    tiny.edit("template/train.py.jinja", "import sys", "import sys\nimport time")
    commit_all(tiny.folder, "v1.0.0")
    git("tag", "--force", "nightly", cwd=tiny.folder)
    git("tag", "--annotate", "--message", "The latest", "latest", cwd=tiny.folder)
    git("tag", "v1.0.0rc1", cwd=tiny.folder)
    for name, ref in (("two", "latest"), ("three", "nightly"), ("four", "v1.0.0"), ("five", None)):
        ptgen("new", name, "--template", tiny.folder, *(("--ref", ref) if ref else ()))
        assert recorded(name)[1] == "v1.0.0"

    with chdir("one"):
        assert "v1.0.0" in ptgen("update").stderr
    assert recorded("one")[1] == "v1.0.0"
    git("tag", "v1.0.1", cwd=tiny.folder)  # of the same commit
    ptgen("new", "six", "--template", tiny.folder, "--ref", "v1.0.0")
    ptgen("new", "seven", "--template", tiny.folder)
    assert (recorded("six")[1], recorded("seven")[1]) == ("v1.0.0", "v1.0.1")


def test_unknown_ref(ptgen: Ptgen, versions: Tiny) -> None:
    result = ptgen("new", "one", "--template", versions.folder, "--ref", "v3", status=1)
    assert 'has no tag, branch or commit "v3"; its newest tags: ' in result.stderr


def test_a_folder_that_is_not_in_git(ptgen: Ptgen, tiny: Tiny) -> None:
    result = ptgen("new", "one", "--template", tiny.folder)
    assert recorded("one") == (str(tiny.folder), None)
    assert "warning: this template is not in git" in result.stderr

    result = ptgen("new", "two", "--template", tiny.folder, "--ref", "v1", status=1)
    assert "is not in git" in result.stderr


def test_a_relative_path_is_recorded_as_an_absolute_one(ptgen: Ptgen, tiny: Tiny) -> None:
    ptgen("new", "one", "--template", os.path.relpath(tiny.folder))
    assert recorded("one") == (str(tiny.folder), None)


@pytest.mark.parametrize(
    ("address", "src_path"),
    [
        ("gh:us/ours", "gh:us/ours"),
        ("gh:us/ours.git", "gh:us/ours.git"),
        ("https://github.com/us/ours", "https://github.com/us/ours"),
        ("https://github.com/us/ours.git", "https://github.com/us/ours.git"),
        ("git@github.com:us/ours.git", "git@github.com:us/ours.git"),
        ("git+https://example.com/us/ours", "git+https://example.com/us/ours"),
        ("https://example.com/us/ours", "git+https://example.com/us/ours"),
    ],
)
def test_addresses(
    ptgen: Ptgen,
    versions: Tiny,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    address: str,
    src_path: str,
) -> None:
    for name in ("ours", "ours.git"):
        served = tmp_path / "served" / "us" / name
        git("clone", "--quiet", "--bare", str(versions.folder), str(served), cwd=tmp_path)
    hosts = ("https://github.com/", "git@github.com:", "https://example.com/")
    monkeypatch.setenv("GIT_CONFIG_COUNT", str(len(hosts)))
    for number, host in enumerate(hosts):
        monkeypatch.setenv(f"GIT_CONFIG_KEY_{number}", f"url.{tmp_path}/served/.insteadOf")
        monkeypatch.setenv(f"GIT_CONFIG_VALUE_{number}", host)

    ptgen("new", "one", "--template", address)

    assert recorded("one") == (src_path, "v1.10")


def test_file_urls_and_bundles(ptgen: Ptgen, versions: Tiny, tmp_path: Path) -> None:
    bundle = tmp_path / "ours.bundle"
    git("bundle", "create", str(bundle), "--all", cwd=versions.folder)
    ptgen("new", "one", "--template", f"file://{versions.folder}")
    ptgen("new", "two", "--template", bundle)
    assert recorded("one") == (f"git+file://{versions.folder}", "v1.10")
    assert recorded("two") == (str(bundle), "v1.10")


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("nowhere", "there is no template at nowhere; expected a folder, a git URL"),
        ("file:///nowhere.git", "cannot get the template file:///nowhere.git: git clone failed: "),
        ("--upload-pack=touch owned", "there is no template at --upload-pack=touch owned"),
        ("ext::sh -c touch% owned", "there is no template at ext::sh"),
        ("ext::sh -c touch% owned .git", "fatal: transport 'ext' not allowed"),
        (".", "is not a template: it has no copier.yml"),
    ],
)
def test_no_template(ptgen: Ptgen, address: str, message: str) -> None:
    result = ptgen("new", "one", f"--template={address}", status=1)
    assert message in result.stderr
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(
    "path", ["template/link", "recipes/sorting/files/link", "composition/link"]
)
@pytest.mark.parametrize("in_git", [False, True])
def test_symbolic_links_are_refused(ptgen: Ptgen, tiny: Tiny, path: str, in_git: bool) -> None:
    (tiny.folder / path).symlink_to("/etc/passwd")
    if in_git:
        commit_all(tiny.folder, "v1.0.0")
    result = ptgen("new", "one", "--template", tiny.folder, status=1)
    assert result.stderr == f"error: {path} is a symbolic link; expected a file\n"


def test_order_of_option_environment_and_configuration(
    tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert source.asked_for() is None
    config = Path.home() / ".config" / "ptgen" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text('template = "gh:team/starter"\n')
    assert source.asked_for() == "gh:team/starter"
    monkeypatch.setenv("PTGEN_TEMPLATE", "gh:lab/starter")
    assert source.asked_for() == "gh:lab/starter"
    assert source.asked_for(str(tiny.folder)) == str(tiny.folder)


@pytest.mark.parametrize(
    ("text", "message"),
    [("template =", "is not TOML"), ("template = 1", "template is 1; expected text")],
)
def test_mistakes_in_the_configuration(ptgen: Ptgen, text: str, message: str) -> None:
    config = Path.home() / ".config" / "ptgen" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(text)
    assert message in ptgen("list", status=1).stderr


@pytest.mark.parametrize(
    ("record", "src_path"),
    [
        ({"url": "https://github.com/o/ptgen", "vcs_info": {}}, "https://github.com/o/ptgen"),
        ({"url": "https://example.com/ptgen", "vcs_info": {}}, "git+https://example.com/ptgen"),
        ({"url": ROOT.as_uri(), "dir_info": {"editable": True}}, str(ROOT)),
        (
            {"url": "file:///no/longer/there", "dir_info": {}},
            "https://built.example/ptgen.git",
        ),
        (
            {"url": "https://x/ptgen.whl", "archive_info": {}},
            "https://built.example/ptgen.git",
        ),
        (None, "https://built.example/ptgen.git"),
    ],
)
def test_own_template_of_a_wheel(
    tiny: Tiny,
    monkeypatch: pytest.MonkeyPatch,
    record: dict[str, object] | None,
    src_path: str,
) -> None:
    note = {"url": "https://built.example/ptgen.git", "commit": "v0.1.0"}
    tiny.write("source.json", json.dumps(note))
    monkeypatch.setattr(source, "own_folder", lambda: tiny.folder)
    installed = SimpleNamespace(read_text=lambda _: json.dumps(record) if record else None)
    monkeypatch.setattr("importlib.metadata.distribution", lambda _: installed)

    with source.open_template() as template:
        assert template == Template(tiny.folder, src_path, "v0.1.0")


def test_own_template_that_nobody_knows_the_origin_of(
    ptgen: Ptgen, tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "own_folder", lambda: tiny.folder)
    monkeypatch.setattr(source, "_installed_from", lambda: None)

    result = ptgen("new", "one")
    assert "updates will need --template URL" in result.stderr
    assert recorded("one") == (None, None)
    assert "--template URL" in ptgen("new", "two", "--ref", "v1", status=1).stderr


def test_own_template_of_a_checkout_is_what_lies_there(
    versions: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "own_folder", lambda: versions.folder)
    monkeypatch.setattr(source, "_installed_from", lambda: str(versions.folder))
    versions.write("template/version.txt", "changed\n")

    with source.open_template() as template:
        assert (template.folder / "template/version.txt").read_text() == "changed\n"
        assert not (template.folder / ".git").exists()
        assert template.src_path == str(versions.folder)
    assert not template.folder.exists()
    with source.open_template(ref="v1.9") as template:
        assert (template.folder / "template/version.txt").read_text() == "v1.9\n"


def test_a_catalogue_of_ones_own_is_read_where_it_lies(
    versions: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "own_folder", lambda: versions.folder)
    monkeypatch.setattr(source, "_installed_from", lambda: str(versions.folder))
    with source.open_catalogue() as template:
        assert template.folder == versions.folder
    with source.open_catalogue(ref="v1.9") as template:
        assert template.folder != versions.folder


def test_the_template_of_the_current_folder_is_tried_as_it_lies(
    ptgen: Ptgen, versions: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions.recipe("mine")
    monkeypatch.chdir(versions.folder)
    assert ptgen("smoke", "--plan").stdout == "full    sorting bare\nfull    sorting mine\n"
    (versions.folder / ".git").rename("../git")
    assert ptgen("smoke", "--plan").stdout == "full    sorting bare\nfull    sorting mine\n"
    assert "sorting" not in ptgen("smoke", "--plan", "--template", ROOT).stdout


def test_the_wheel_and_the_wheel_from_the_sdist_hold_the_template(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout = tmp_path / "checkout"
    git("clone", "--quiet", "--no-checkout", str(ROOT), str(checkout), cwd=tmp_path)
    for name in (*PARTS, "generator", "copier.yml", "pyproject.toml", "README.md", "LICENSE"):
        if (ROOT / name).exists():
            subprocess.run(["cp", "-r", str(ROOT / name), str(checkout)], check=True)
    commit_all(checkout, "v9.9.9")
    credentials = "https://me:secret@git.example/us/ptgen.git"
    git("remote", "set-url", "origin", credentials, cwd=checkout)

    def build(folder: Path, target: str, out: Path) -> None:
        command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(out)]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)

    build(checkout, "wheel", tmp_path / "direct")
    build(checkout, "sdist", tmp_path / "sdist")
    (sdist,) = (tmp_path / "sdist").glob("*.tar.gz")
    subprocess.run(["tar", "xf", str(sdist), "-C", str(tmp_path)], check=True)
    build(next(tmp_path.glob("ptgen-*")), "wheel", tmp_path / "indirect")

    trees = {}
    for kind in ("direct", "indirect"):
        (wheel,) = (tmp_path / kind).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            names = archive.namelist()
            trees[kind] = {name: archive.read(name) for name in names if "dist-info" not in name}
            archive.extractall(tmp_path / "installed")
    assert trees["direct"] == trees["indirect"]
    assert {f"ptgen/_template/{part}" for part in PARTS} <= {
        "/".join(name.split("/")[:3]) for name in trees["direct"]
    }

    # Some installers compile all Python files of a package.
    cache = tmp_path / "installed/ptgen/_template/template/{{ package }}/ops/__pycache__"
    cache.mkdir()
    (cache / "seeding.cpython-311.pyc").touch()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "installed"))
    command = [sys.executable, "-m", "ptgen", "new", "one", "--no-git"]
    subprocess.run(command, check=True, capture_output=True)

    assert recorded("one") == ("https://git.example/us/ptgen.git", "v9.9.9")
    assert Path("one/one/ops/seeding.py").is_file()
    assert list(Path("one").rglob("*.pyc")) == []


def test_a_template_may_name_its_answers_file(ptgen: Ptgen, tiny: Tiny) -> None:
    tiny.edit("copier.yml", "_subdirectory:", "_answers_file: .starter.yml\n_subdirectory:")
    ptgen("new", "one", "--template", tiny.folder)
    assert f"_src_path: {tiny.folder}\n" in Path("one/.starter.yml").read_text()


def test_errors_are_ptgens() -> None:
    with pytest.raises(PtgenError, match="there is no template"), source.open_template("nowhere"):
        pass
