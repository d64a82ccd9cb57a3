"""``ptgen recipe import`` and ``update``: recipes of other repositories, and newer ones."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from ptgen.base.digest import tree_digest
from ptgen.base.errors import PtgenError
from ptgen.teams import import_recipes
from ptgen.templates import origins, source

from .conftest import Ptgen, Tiny, commit_all, git, tree

Bring = Callable[..., str]
Update = Callable[..., list[str]]

LOSS = {"slots/train.loss": 'print("one")\n\n\n\nprint("two")\n'}


@pytest.fixture
def theirs(tmp_path: Path) -> Tiny:
    """A repository with nothing but recipes, at v1.0."""
    shop = Tiny(tmp_path / "theirs")
    shop.recipe("glow", LOSS)
    shop.recipe("shine")
    commit_all(shop.folder, "v1.0")
    return shop


@pytest.fixture
def bring(ptgen: Ptgen, tiny: Tiny, theirs: Tiny) -> Bring:
    """Import recipes of ``theirs`` into ``tiny`` and return what was printed for people."""

    def run(*arguments: str, status: int = 0) -> str:
        command = ("recipe", "import", theirs.folder, *arguments, "--path", tiny.folder)
        return ptgen(*command, status=status).stderr

    return run


@pytest.fixture
def update(ptgen: Ptgen, tiny: Tiny) -> Update:
    """Update the imported recipes of ``tiny`` and return the lines that were printed."""

    def run(*arguments: str, status: int = 0) -> list[str]:
        result = ptgen("recipe", "update", *arguments, "--path", tiny.folder, status=status)
        return result.output.splitlines()

    return run


def record(tiny: Tiny) -> Any:
    return yaml.safe_load((tiny.folder / origins.RECORD).read_text())


def edit(shop: Tiny, old: str, new: str, tag: str | None = None) -> None:
    """Change the lines that glow brings, and make a version of it."""
    shop.edit("recipes/glow/slots/train.loss", old, new)
    if tag:
        commit_all(shop.folder, tag)


def loss(tiny: Tiny) -> str:
    return (tiny.folder / "recipes/glow/slots/train.loss").read_text()


def test_a_recipe_of_a_tagged_repository(
    ptgen: Ptgen, tiny: Tiny, theirs: Tiny, bring: Bring
) -> None:
    edit(theirs, "one", "not released")
    said = bring("glow")

    assert said.splitlines() == [
        f"Imported glow from {theirs.folder} at v1.0.",
        f"warning: {tiny.folder}/recipes/imported.yml names a folder of this machine; on other "
        "machines, ptgen recipe update will not find it",
        "To move to newer versions: ptgen recipe update",
    ]
    assert sorted(path.name for path in (tiny.folder / "recipes").iterdir()) == [
        "glow",
        "imported.yml",
        "sorting",
    ]
    text = (tiny.folder / origins.RECORD).read_text()
    assert text.startswith("# Kept by `ptgen recipe import` and `ptgen recipe update`")
    assert record(tiny) == {
        "glow": {
            "source": str(theirs.folder),
            "version": "v1.0",
            "digest": tree_digest(tiny.folder / "recipes/glow"),
        }
    }
    assert ptgen("check", tiny.folder).stdout == "2 recipes are valid\n"
    ptgen("new", "project", "-r", "glow", "--template", tiny.folder)
    assert 'print("one")' in Path("project/train.py").read_text()


def test_a_recipe_of_a_plain_folder(
    ptgen: Ptgen, tiny: Tiny, theirs: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(theirs.folder / ".git")
    theirs.write("recipes/glow/files/tests/__pycache__/test_glow.pyc", "compiled")
    monkeypatch.chdir(tiny.folder)  # the template is the one here

    ptgen("recipe", "import", "../theirs", "glow")

    assert (record(tiny)["glow"]["source"], record(tiny)["glow"]["version"]) == (
        str(theirs.folder),
        None,
    )
    assert not list(tiny.folder.rglob("__pycache__"))
    ptgen("check")


@pytest.mark.parametrize("ref", ["v1.0", "main", "HEAD"])
def test_another_version_than_the_newest(tiny: Tiny, theirs: Tiny, bring: Bring, ref: str) -> None:
    edit(theirs, "one", "three", "v2.0")
    edit(theirs, "three", "head")
    commit_all(theirs.folder)
    bring("glow", "--ref", ref)
    assert ("one" if ref == "v1.0" else "head") in loss(tiny)


def test_a_url_is_recorded_so_that_others_can_use_it_and_without_credentials(
    ptgen: Ptgen, tiny: Tiny, theirs: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_COUNT", "2")
    hosts = ("https://me:secret@example.com/us/", "https://example.com/us/")
    for number, host in enumerate(hosts):
        monkeypatch.setenv(f"GIT_CONFIG_KEY_{number}", f"url.{theirs.folder.parent}/.insteadOf")
        monkeypatch.setenv(f"GIT_CONFIG_VALUE_{number}", host)

    result = ptgen("recipe", "import", f"{hosts[0]}theirs", "glow", "--path", tiny.folder, "--json")

    assert record(tiny)["glow"]["source"] == "git+https://example.com/us/theirs"
    assert "secret" not in result.output
    assert "warning" not in result.stderr
    assert json.loads(result.stdout) == {
        "source": "git+https://example.com/us/theirs",
        "version": "v1.0",
        "recipes": ["glow"],
    }
    edit(theirs, "one", "three", "v2.0")
    ptgen("recipe", "update", "--path", tiny.folder)
    assert "three" in loss(tiny)


def test_a_task_comes_with_the_recipes_for_it(
    ptgen: Ptgen, tiny: Tiny, theirs: Tiny, bring: Bring
) -> None:
    theirs.task("searching")
    theirs.recipe("glow", tasks=["searching"])
    commit_all(theirs.folder, "v2.0")
    assert "tasks: there is no task searching" in bring("glow", status=1)
    bring("glow,searching")
    ptgen("new", "project", "-t", "searching", "-r", "glow", "--template", tiny.folder)


def test_what_a_recipe_needs_comes_along(
    ptgen: Ptgen, tiny: Tiny, theirs: Tiny, bring: Bring
) -> None:
    tiny.recipe("ddp", group="parallel")
    theirs.recipe("glow", requires=["shine", "parallel"])
    theirs.recipe("shine", requires=["base"])
    theirs.recipe("base")
    commit_all(theirs.folder, "v2.0")

    said = bring("glow").splitlines()

    assert said[:3] == [
        "also adding shine (required by glow)",
        "also adding base (required by shine)",
        f"Imported base, glow, shine from {theirs.folder} at v2.0.",
    ]
    assert list(record(tiny)) == ["base", "glow", "shine"]
    ptgen("check", tiny.folder)


def test_problems_that_were_there_before_do_not_matter(tiny: Tiny, bring: Bring) -> None:
    tiny.recipe("amp", {"slots/train.lost": "x = 1\n"}, summary="Mix.")
    bring("glow")


def test_an_imported_recipe_may_speak_of_recipes_of_its_own_repository(
    ptgen: Ptgen, tiny: Tiny, theirs: Tiny, bring: Bring
) -> None:
    tiny.recipe("amp")
    theirs.recipe("glow", conflicts={"shine": "too bright", "amp": "too loud"})
    theirs.recipe("shine", conflicts={"glow": "too bright"})
    theirs.edit("recipes/glow/README.md", "A sentence.", "- `shine`: too bright")
    commit_all(theirs.folder, "v2.0")

    bring("glow")

    ptgen("check", tiny.folder)
    command = ("new", "project", "-r", "amp,glow", "--template", tiny.folder)
    assert "amp and glow cannot be combined: too loud" in ptgen(*command, status=1).stderr


def test_show_tells_where_a_recipe_is_from(
    ptgen: Ptgen, tiny: Tiny, theirs: Tiny, bring: Bring
) -> None:
    bring("glow")
    shown = ptgen("show", "glow", "--template", tiny.folder).stdout
    assert f"imported   from {theirs.folder} at v1.0\n" in shown
    for name, imported in (
        ("glow", {"source": str(theirs.folder), "version": "v1.0"}),
        ("sorting", None),
    ):
        facts = json.loads(ptgen("show", name, "--json", "--template", tiny.folder).stdout)
        assert facts["imported"] == imported


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["glwo"], '{theirs} at v1.0 has no recipe "glwo"; did you mean glow?'),
        (["x", "../y"], '{theirs} at v1.0 has no recipe "x"; there are: glow, shine'),
        (["glow", "--ref", "v9"], 'the repository {theirs} has no tag, branch or commit "v9"; '),
    ],
)
def test_what_is_not_there(
    tiny: Tiny, theirs: Tiny, bring: Bring, names: list[str], message: str
) -> None:
    before = tree(tiny.folder)
    assert f"error: {message.format(theirs=theirs.folder)}" in bring(*names, status=1)
    assert tree(tiny.folder) == before


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("nowhere", "error: there is nothing at nowhere; expected a folder, a git URL or gh:"),
        ("file:///nowhere.git", "error: cannot get the repository file:///nowhere.git: git clone"),
        (".", "has no recipes; expected recipes/NAME/recipe.yml"),
    ],
)
def test_sources_that_are_none(ptgen: Ptgen, tiny: Tiny, where: str, message: str) -> None:
    result = ptgen("recipe", "import", where, "glow", "--path", tiny.folder, status=1)
    assert message in result.stderr


def test_a_version_of_a_plain_folder(theirs: Tiny, bring: Bring) -> None:
    shutil.rmtree(theirs.folder / ".git")
    said = bring("glow", "--ref", "v1.0", status=1)
    assert said == f"error: v1.0 is a version of a repository; {theirs.folder} is not one\n"


def test_recipes_that_are_there_already(
    ptgen: Ptgen, tiny: Tiny, theirs: Tiny, bring: Bring, tmp_path: Path
) -> None:
    tiny.recipe("shine")
    bring("glow")
    before = tree(tiny.folder)

    assert bring("glow", "shine", status=1).splitlines() == [
        f"error: glow was imported before, from {theirs.folder} at v1.0; run ptgen recipe update "
        "glow",
        "error: recipes/shine is the template's own; rename it first, or leave shine out",
    ]
    copy = tmp_path / "copy"
    shutil.copytree(theirs.folder, copy)
    result = ptgen("recipe", "import", copy, "glow", "--path", tiny.folder, status=1)
    assert result.stderr == (
        f"error: glow was imported from {theirs.folder} at v1.0; remove recipes/glow first, or "
        "leave it out\n"
    )
    assert tree(tiny.folder) == before

    shutil.rmtree(tiny.folder / "recipes/glow")
    ptgen("recipe", "import", copy, "glow", "--path", tiny.folder)
    assert record(tiny)["glow"]["source"] == str(copy)


@pytest.mark.parametrize(
    ("parts", "keys", "message"),
    [
        (
            {"slots/train.los": "x = 1\n"},
            {},
            "recipes/glow/slots/train.los: PT401 there is no slot train.los; did you mean "
            "train.loss?",
        ),
        (
            {},
            {"files": ["tests/test_glow.py", "../../evil.py"]},
            "recipes/glow/recipe.yml:9: PT108 files.1: '../../evil.py' would land outside the "
            "project; expected a plain path below it",
        ),
        (
            {"files/.git/config": "[core]\n"},
            {"files": ["tests/test_glow.py", ".git/config"]},
            "recipes/glow/recipe.yml:9: PT108 files.1: '.git/config' would change the git",
        ),
        (
            {"blocks/train.update": "x = 1\n"},
            {},
            "recipes/glow/blocks/train.update: PT403 amp replaces this block, too; declare a "
            "conflict on both sides, or put both into one group",
        ),
        (
            {},
            {"requires": ["glow"]},
            "recipes/glow/recipe.yml:13: PT202 requires: there is no other recipe, "
            "part or group glow",
        ),
        (
            {"slots/train.loss": "{% if %}\n"},
            {},
            "recipes/glow/slots/train.loss:1: PT404 is not valid Jinja: ",
        ),
        (
            {"slots/train.loss": "{{ 1 // 0 }}\n"},
            {},
            "recipes/glow: a project of the task sorting cannot be created: ",
        ),
        (
            {"slots/train.loss": '{% include "composition/nothing" %}\n'},
            {},
            "recipes/glow: a project of the task sorting cannot be created: ",
        ),
        (
            {"slots/train.loss": "x = (1\n"},
            {},
            "recipes/glow: a project of the task sorting: train.py:",
        ),
        (
            {"setup.py": "evil\n"},
            {},
            "recipes/glow/setup.py: PT301 is not part of a recipe; expected",
        ),
        ({}, {"tasks": []}, "recipes/glow/recipe.yml:5: PT104 tasks: "),
    ],
)
def test_what_does_not_fit(
    tiny: Tiny,
    theirs: Tiny,
    bring: Bring,
    parts: dict[str, str],
    keys: dict[str, Any],
    message: str,
) -> None:
    tiny.recipe("amp", {"blocks/train.update": "y = 2\n"})
    shutil.rmtree(theirs.folder / ".git")
    theirs.recipe("glow", parts, **keys)
    before, entries = tree(tiny.folder), sorted(tiny.folder.rglob("*"))

    said = bring("glow", "shine", status=1).splitlines()

    assert said[0] == "error: glow and shine do not fit the template; nothing was imported:"
    assert said[1].startswith(f"error: {message}")
    assert tree(tiny.folder) == before
    assert sorted(tiny.folder.rglob("*")) == entries


def test_all_problems_come_at_once(theirs: Tiny, bring: Bring) -> None:
    theirs.recipe("glow", {"slots/train.los": "x = 1\n"}, summary="Glow.")
    theirs.recipe("shine", {"slots/train.los": "x = 1\n"})
    commit_all(theirs.folder, "v2.0")
    assert len(bring("glow", "shine", status=1).splitlines()) == 4


@pytest.mark.parametrize("in_git", [True, False])
def test_links_are_refused(tiny: Tiny, theirs: Tiny, bring: Bring, in_git: bool) -> None:
    path = theirs.folder / "recipes/glow/files/tests/test_glow.py"
    path.unlink()
    path.symlink_to("/etc/passwd")
    commit_all(theirs.folder, "v2.0")
    if not in_git:
        shutil.rmtree(theirs.folder / ".git")
    before = tree(tiny.folder)
    assert bring("glow", status=1) == (
        "error: recipes/glow/files/tests/test_glow.py is a symbolic link; expected a file\n"
    )
    assert tree(tiny.folder) == before


def test_what_is_no_file_is_refused(theirs: Tiny, bring: Bring) -> None:
    shutil.rmtree(theirs.folder / ".git")
    os.mkfifo(theirs.folder / "recipes/glow/files/pipe")
    said = bring("glow", status=1)
    assert said == "error: recipes/glow/files/pipe is not a regular file; expected one\n"


def test_a_requirement_that_is_nowhere(tiny: Tiny, theirs: Tiny, bring: Bring) -> None:
    theirs.recipe("glow", requires=["sun", "parallel"])
    theirs.recipe("ddp", group="parallel")
    theirs.recipe("fsdp", group="parallel")
    commit_all(theirs.folder, "v2.0")
    before = tree(tiny.folder)
    assert bring("glow", status=1).splitlines() == [
        "error: glow needs one of ddp, fsdp: import one, too",
        f"error: glow requires sun, which neither the template nor {theirs.folder} at v2.0 has",
    ]
    assert tree(tiny.folder) == before


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "kind: recipe",
            "kind: x",
            "recipes/shine/recipe.yml:2: PT104 kind: expected 'recipe', 't",
        ),
        ("name: shine", "name: x", "recipes/shine/recipe.yml:1: PT110 name: 'x' differs from the"),
    ],
)
def test_what_comes_along_is_checked_too(
    tiny: Tiny, theirs: Tiny, bring: Bring, old: str, new: str, message: str
) -> None:
    theirs.recipe("glow", requires=["shine"])
    theirs.recipe("shine", requires=["sun"])
    theirs.edit("recipes/shine/recipe.yml", old, new)
    commit_all(theirs.folder, "v2.0")
    before = tree(tiny.folder)
    assert f"error: {message}" in bring("glow", status=1)
    assert tree(tiny.folder) == before


def test_a_folder_in_the_way_of_what_comes_along(tiny: Tiny, theirs: Tiny, bring: Bring) -> None:
    theirs.recipe("glow", requires=["shine"])
    commit_all(theirs.folder, "v2.0")
    tiny.write("recipes/shine/notes.txt", "mine\n")
    said = bring("glow", status=1)
    assert said == "error: glow requires shine, and recipes/shine has no recipe.yml\n"


@pytest.mark.parametrize("broken", ["name: [", "kind: nothing"])
def test_mistakes_of_the_template_come_first(tiny: Tiny, bring: Bring, broken: str) -> None:
    tiny.write("recipes/amp/recipe.yml", broken)
    said = bring("glow", status=1)
    assert said.startswith(f"error: {tiny.folder} has mistakes; fix them first:\n")
    assert "error: recipes/amp/recipe.yml:" in said


def test_a_mistake_of_a_recipe_that_is_not_imported_does_not_matter(
    theirs: Tiny, bring: Bring
) -> None:
    theirs.write("recipes/amp/recipe.yml", "name: [")
    theirs.write("recipes/shine/recipe.yml", "name: [")
    commit_all(theirs.folder, "v2.0")
    bring("glow")
    assert "recipes/shine/recipe.yml:2: not YAML" in bring("shine", status=1)


def test_what_is_installed_is_not_changed(
    ptgen: Ptgen, tiny: Tiny, theirs: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "PACKED", tiny.folder)
    for command in (("import", theirs.folder, "glow"), ("update",)):
        said = ptgen("recipe", *command, status=1).stderr
        assert said == (
            "error: there is no template here; go to the folder of one, or add --path\n"
        )


def test_a_folder_that_is_no_template(ptgen: Ptgen, theirs: Tiny) -> None:
    result = ptgen("recipe", "import", theirs.folder, "glow", "--path", ".", status=1)
    assert "is not a template: it has no copier.yml" in result.stderr


def failing_at(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Let the renaming of folders fail at a certain one."""
    real, count = Path.rename, 0

    def rename(path: Path, target: Path) -> Path:
        nonlocal count
        count += 1
        if count == number:
            raise OSError(28, "No space left on device", str(path))
        return real(path, target)

    monkeypatch.setattr(Path, "rename", rename)


@pytest.mark.parametrize("number", [1, 2])
def test_all_are_kept_or_none(
    tiny: Tiny, bring: Bring, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    before, entries = tree(tiny.folder), sorted(tiny.folder.rglob("*"))
    failing_at(monkeypatch, number)
    said = bring("glow", "shine", status=1)
    assert said == (
        f"error: cannot write {tiny.folder}/recipes: No space left on device; free some space and "
        "repeat\n"
    )
    assert tree(tiny.folder) == before
    assert sorted(tiny.folder.rglob("*")) == entries


def test_an_update_replaces_what_was_not_changed(
    ptgen: Ptgen,
    tiny: Tiny,
    theirs: Tiny,
    bring: Bring,
    update: Update,
) -> None:
    bring("glow", "shine")
    theirs.recipe("glow", {"slots/train.imports": "import os\n"}, order=60)
    (theirs.folder / "recipes/glow/slots/train.loss").unlink()
    commit_all(theirs.folder, "v1.10")
    git("tag", "v2.0rc1", cwd=theirs.folder)

    assert update() == [
        "updated  glow   v1.0 to v1.10",
        "current  shine  v1.0 to v1.10",
        "         shine is the same in both",
        "1 updated, 1 current",
    ]
    assert tree(tiny.folder / "recipes/glow") == tree(theirs.folder / "recipes/glow")
    assert [record(tiny)[name]["version"] for name in ("glow", "shine")] == ["v1.10", "v1.10"]
    assert [path.name for path in tiny.folder.iterdir() if path.name.startswith(".")] == []
    ptgen("check", tiny.folder)

    assert update() == ["current  glow   v1.10", "current  shine  v1.10", "2 current"]


def test_an_update_keeps_local_changes(
    tiny: Tiny, theirs: Tiny, bring: Bring, update: Update
) -> None:
    bring("glow")
    edit(tiny, "one", "mine")
    tiny.write("recipes/glow/files/tests/test_mine.py", "def test_mine() -> None:\n    pass\n")
    tiny.edit("recipes/glow/recipe.yml", "files:", "files:\n- tests/test_mine.py")
    edit(theirs, "two", "theirs", "v2.0")

    assert update() == ["merged   glow  v1.0 to v2.0", "1 merged"]

    assert loss(tiny) == 'print("mine")\n\n\n\nprint("theirs")\n'
    assert (tiny.folder / "recipes/glow/files/tests/test_mine.py").is_file()
    assert not (tiny.folder / "recipes/glow/.git").exists()
    assert record(tiny)["glow"]["digest"] == tree_digest(theirs.folder / "recipes/glow")
    edit(theirs, "theirs", "newer", "v3.0")
    update()
    assert loss(tiny) == 'print("mine")\n\n\n\nprint("newer")\n'


def test_an_update_refuses_conflicts_and_goes_on_with_the_others(
    tiny: Tiny, theirs: Tiny, bring: Bring, update: Update
) -> None:
    bring("glow", "shine")
    edit(tiny, "one", "mine")
    before = tree(tiny.folder / "recipes/glow")
    theirs.recipe("shine", order=70)
    edit(theirs, "one", "theirs", "v2.0")

    assert update(status=1) == [
        "refused  glow   v1.0",
        "         recipes/glow/slots/train.loss: you and v2.0 changed the same lines; take your "
        "changes there out, update, and make them anew",
        "updated  shine  v1.0 to v2.0",
        "1 refused, 1 updated",
    ]
    assert tree(tiny.folder / "recipes/glow") == before
    assert record(tiny)["glow"]["version"] == "v1.0"
    assert record(tiny)["shine"]["version"] == "v2.0"


def test_a_file_that_one_side_removed_is_a_conflict(
    tiny: Tiny, theirs: Tiny, bring: Bring, update: Update
) -> None:
    bring("glow")
    edit(tiny, "one", "mine")
    (theirs.folder / "recipes/glow/slots/train.loss").unlink()
    commit_all(theirs.folder, "v2.0")
    assert "recipes/glow/slots/train.loss: you and v2.0 changed" in "\n".join(update(status=1))
    assert "mine" in loss(tiny)


def test_an_update_to_a_certain_version_also_an_older_one(
    tiny: Tiny, theirs: Tiny, bring: Bring, update: Update
) -> None:
    edit(theirs, "one", "three", "v2.0")
    edit(theirs, "three", "four", "v3.0")
    bring("glow", "--ref", "v2.0")
    update("glow", "--to", "v1.0")
    assert "one" in loss(tiny)
    update("--to", "v3.0")
    assert "four" in loss(tiny)
    assert record(tiny)["glow"]["version"] == "v3.0"


def test_an_update_does_not_go_back_by_itself(
    tiny: Tiny, theirs: Tiny, bring: Bring, update: Update
) -> None:
    edit(theirs, "one", "head")
    commit_all(theirs.folder)
    bring("glow", "--ref", "main")
    version = record(tiny)["glow"]["version"]
    assert update() == [f"current  glow  {version}", "1 current"]
    assert "head" in loss(tiny)


def test_an_update_of_a_plain_folder(
    tiny: Tiny, theirs: Tiny, bring: Bring, update: Update
) -> None:
    shutil.rmtree(theirs.folder / ".git")
    bring("glow")
    assert update() == ["current  glow  no version", "1 current"]
    edit(theirs, "one", "three")
    assert update() == ["updated  glow  no version", "1 updated"]
    assert "three" in loss(tiny)

    edit(tiny, "two", "mine")
    edit(theirs, "three", "four")
    assert update(status=1)[1].lstrip() == (
        "you have changed glow, and what it was before cannot be had: "
        f"{theirs.folder} was not in git; move recipes/glow away, import it again, and make your "
        "changes anew"
    )


def test_versions_that_are_gone_or_others_than_they_were(
    tiny: Tiny, theirs: Tiny, bring: Bring, update: Update
) -> None:
    bring("glow")
    edit(tiny, "two", "mine")
    edit(theirs, "one", "three", "v2.0")
    git("tag", "--force", "v1.0", "v2.0", cwd=theirs.folder)
    assert f"{theirs.folder} at v1.0 holds another glow than it did; move" in update(status=1)[1]

    git("tag", "--delete", "v1.0", cwd=theirs.folder)
    assert 'has no tag, branch or commit "v1.0"; its newest tags: v2.0; move' in update(status=1)[1]
    assert 'has no tag, branch or commit "v7"' in update("--to", "v7", status=1)[1]

    edit(tiny, "mine", "two")  # as it was imported, so there is nothing to merge
    assert update()[0] == "updated  glow  v1.0 to v2.0"


def test_what_is_gone(tiny: Tiny, theirs: Tiny, bring: Bring, update: Update) -> None:
    bring("glow", "shine")
    shutil.rmtree(theirs.folder / "recipes/glow")
    commit_all(theirs.folder, "v2.0")
    shutil.rmtree(tiny.folder / "recipes/shine")
    assert update(status=1) == [
        "refused  glow   v1.0",
        f"         {theirs.folder} at v2.0 has no glow any more; to keep yours as the template's "
        "own, take it out of recipes/imported.yml",
        "refused  shine  v1.0",
        "         recipes/shine is not there; import it again, ptgen recipe import "
        f"{theirs.folder} shine, or take it out of recipes/imported.yml",
        "2 refused",
    ]

    shutil.rmtree(theirs.folder)
    said = update("glow", status=1)[1]
    assert said.lstrip() == (
        f"there is nothing at {theirs.folder}; expected a folder, a git URL or gh:owner/name; if "
        "it has moved, change source in recipes/imported.yml"
    )


def test_an_update_that_does_not_fit_is_refused_and_the_others_are_made(
    theirs: Tiny, bring: Bring, update: Update
) -> None:
    bring("glow", "shine")
    theirs.recipe("shine", order=70)
    theirs.write("recipes/glow/slots/train.los", "x = 1\n")
    commit_all(theirs.folder, "v2.0")
    assert update(status=1) == [
        "refused  glow   v1.0",
        "         glow does not fit the template; nothing was imported:",
        "         recipes/glow/slots/train.los: PT401 there is no slot train.los; did you mean "
        "train.loss?",
        "updated  shine  v1.0 to v2.0",
        "1 refused, 1 updated",
    ]


def test_recipes_that_fit_only_together_are_updated_together(
    ptgen: Ptgen,
    tiny: Tiny,
    theirs: Tiny,
    bring: Bring,
    update: Update,
) -> None:
    bring("glow", "shine")
    theirs.recipe("glow", conflicts={"shine": "too bright"})
    theirs.recipe("shine", conflicts={"glow": "too bright"})
    commit_all(theirs.folder, "v2.0")
    said = update("shine", status=1)
    assert "conflicts: shine is missing; it conflicts with glow" in said[2]
    assert update()[-1] == "2 updated"
    ptgen("check", tiny.folder)


def test_what_a_newer_version_needs_comes_along(
    tiny: Tiny, theirs: Tiny, bring: Bring, update: Update
) -> None:
    bring("glow")
    theirs.recipe("glow", requires=["shine"])
    commit_all(theirs.folder, "v2.0")
    assert "also adding shine (required by glow)" in update()
    assert record(tiny)["shine"]["version"] == "v2.0"


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_all_are_replaced_or_none(
    tiny: Tiny,
    theirs: Tiny,
    bring: Bring,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
) -> None:
    bring("glow", "shine")
    theirs.recipe("shine", conflicts={"glow": "too bright"})
    theirs.recipe("glow", conflicts={"shine": "too bright"})
    commit_all(theirs.folder, "v2.0")
    before, entries = tree(tiny.folder), sorted(tiny.folder.rglob("*"))
    failing_at(monkeypatch, number)
    outcomes, _ = import_recipes.update(tiny.folder)
    assert [outcome.status for outcome in outcomes] == ["refused", "refused"]
    assert tree(tiny.folder) == before
    assert sorted(tiny.folder.rglob("*")) == entries


def test_an_update_of_nothing_and_of_what_was_not_imported(bring: Bring, update: Update) -> None:
    assert update() == [
        "No recipes have been imported; import one with: ptgen recipe import SRC NAME"
    ]
    bring("glow")
    assert update("glo", "sorting", status=1) == [
        'error: there is no imported recipe "glo"; did you mean glow?',
        'error: there is no imported recipe "sorting"; there are: glow',
    ]


def test_an_update_as_json(ptgen: Ptgen, tiny: Tiny, theirs: Tiny, bring: Bring) -> None:
    bring("glow")
    edit(theirs, "one", "three", "v2.0")
    result = ptgen("recipe", "update", "--json", "--path", tiny.folder)
    assert json.loads(result.stdout) == [
        {
            "name": "glow",
            "source": str(theirs.folder),
            "before": "v1.0",
            "after": "v2.0",
            "status": "updated",
            "notes": [],
        }
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("glow: [", "is not YAML in UTF-8: "),
        ("- glow", "expected names of recipes, each with source, version and digest"),
        ("glow: {source: x, version: 1.0}", "glow: expected source, version and digest, each of"),
    ],
)
def test_a_record_that_cannot_be_read(ptgen: Ptgen, tiny: Tiny, text: str, message: str) -> None:
    tiny.write(origins.RECORD, text)
    with pytest.raises(PtgenError, match=message) as caught:
        import_recipes.update(tiny.folder)
    assert str(caught.value).startswith("recipes/imported.yml")
    said = ptgen("check", tiny.folder, status=1).stderr
    assert said.startswith(f"error: recipes/imported.yml: PT213 {message}")


def test_a_record_of_what_is_not_there(ptgen: Ptgen, tiny: Tiny, bring: Bring) -> None:
    bring("glow")
    shutil.rmtree(tiny.folder / "recipes/glow")
    assert ptgen("check", tiny.folder, status=1).stderr == (
        "error: recipes/imported.yml: PT213 there is no recipe glow; import it again, or "
        "take it out\n"
    )


def test_merging_does_not_depend_on_the_settings_of_git(
    tiny: Tiny, theirs: Tiny, bring: Bring, update: Update
) -> None:
    config = Path.home() / ".gitconfig"
    config.write_text(
        "[merge]\n ff = only\n verifySignatures = true\n[core]\n autocrlf = true\n"
        "[commit]\n gpgSign = true\n[tag]\n gpgSign = true\n"
    )
    files = ["tests/test_glow.py", ".gitattributes", ".gitignore", "a.log"]
    parts = {f"files/{name}": "* text eol=crlf\n*.log\n" for name in files[1:]}
    theirs.recipe("glow", {**LOSS, **parts}, files=files)
    config_without = config.read_text()
    config.unlink()
    git("add", "--all", "--force", cwd=theirs.folder)
    commit_all(theirs.folder, "v2.0")
    bring("glow")
    edit(tiny, "one", "mine")
    edit(theirs, "two", "theirs", "v3.0")
    config.write_text(config_without.replace(" autocrlf = true\n", ""))

    assert update()[0] == "merged   glow  v2.0 to v3.0"

    assert loss(tiny) == 'print("mine")\n\n\n\nprint("theirs")\n'
    assert (tiny.folder / "recipes/glow/files/a.log").is_file()
