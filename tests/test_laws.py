"""Laws of ``add``, ``remove`` and ``update``, for any task and recipes and edits."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ptgen.base.staging import scratch
from ptgen.projects.create import complete_answers, create_project
from ptgen.projects.existing import Project
from ptgen.projects.update import prepare
from ptgen.templates import Template, Versions

from .conftest import commit_all, tiny_template, tree

CHECKS = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
# What the owner may have done: a path, and what is written at its end; None deletes it.
EDITS: Mapping[str, str | None] = {
    "mine/ops/seeding.py": "\n\nMINE = 1\n",
    "tests/test_runs.py": "\n\ndef test_mine() -> None:\n    assert True\n",
    "README.md": "\nMine, too.\n",
    "notes/mine.txt": "A file that the template does not know.\n",
    "tests/test_seeding.py": None,
    ".pre-commit-config.yaml": None,
}


def edit(folder: Path, edits: frozenset[str]) -> None:
    for name in edits:
        path, text = folder / name, EDITS[name]
        if text is None:
            path.unlink()
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_text((path.read_text() if path.exists() else "") + text)


def make(template: Template, task: str, recipes: frozenset[str], folder: Path) -> None:
    create_project(template, folder, complete_answers(template, folder, task, sorted(recipes)))


def change(versions: Versions, template: Template, folder: Path, recipes: frozenset[str]) -> None:
    """Give a project other recipes, and commit."""
    answers = {"recipes": sorted(recipes)}
    with Project.open_to_change(folder) as found, scratch() as workdir:
        commit = versions.commit(found.version())
        prepare(found, versions, template, template, commit, answers, "add", workdir).apply()
    commit_all(folder)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small template, quick to render, with every kind of recipe on two tasks."""
    tiny = tiny_template(tmp_path_factory.mktemp("small") / "template")
    tiny.task("counting", {"slots/train.loss": 'print("counting")'})
    tiny.recipe("line", {"slots/train.loss": 'print("line")'}, order=10)
    tiny.recipe("lines", {"slots/train.loss": 'print("more")\nprint("lines")'}, order=90)
    tiny.recipe("importing", {"slots/train.imports": "import json\nfrom os import path"})
    tiny.recipe(
        "block", {"blocks/train.update": "print('block')\n{{ default }}"}, tasks=["sorting"]
    )
    tiny.recipe("other-block", {"blocks/train.update": "pass"}, conflicts={"block": "one update"})
    tiny.recipe("needy", requires=["line"])
    tiny.recipe("meets", {"slots/train.loss": "{% if 'line' in chosen %}print('both'){% endif %}"})
    setting = {"name": "depth", "type": "int", "default": 3, "help": "How deep", "range": "[1, 9]"}
    tiny.recipe("setting", config=[setting], dependencies=["torch>=2.8"])
    tiny.recipe("file", {"files/package/ops/file.py": "FILE = 1\n"}, files=["package/ops/file.py"])
    for name in ("mine/ops/seeding.py", "tests/test_runs.py", "tests/test_seeding.py"):
        tiny.write(f"template/{name.replace('mine', '{{ package }}')}", "ORIGINAL = True\n")
    tiny.write("template/README.md", "# A project\n")
    tiny.write("template/.pre-commit-config.yaml", "repos: []\n")
    commit_all(tiny.folder, "v1.0.0")
    return tiny.folder


def hold(repository: Path, workdir: Path, data: st.DataObject) -> None:
    """Draw a project and what is to be added, and see that the laws hold for them."""
    shutil.rmtree(workdir, ignore_errors=True)
    workdir.mkdir()
    template = Template(repository, str(repository), "v1.0.0")
    catalogue = template.catalogue(data.draw(st.sampled_from(template.tasks), "task"))
    some = st.frozensets(st.sampled_from(catalogue.names), max_size=5)
    first = catalogue.complete(data.draw(some, "recipes")) or frozenset()
    both = catalogue.complete(first | data.draw(some, "added")) or first
    edits = data.draw(st.frozensets(st.sampled_from(sorted(EDITS))), "edits")

    versions = Versions.open(str(repository), None, workdir)
    plain = versions.checkout(versions.commit("v1.0.0"), workdir / "plain")
    mine, from_the_start = workdir / "mine", workdir / "other" / "mine"
    make(template, catalogue.task, first, mine)
    make(template, catalogue.task, both, from_the_start)
    for folder in (mine, from_the_start):
        edit(folder, edits)
        commit_all(folder)
    before = tree(mine)

    change(versions, plain, mine, both)
    assert tree(mine) == tree(from_the_start)
    change(versions, plain, mine, first)
    assert tree(mine) == before


# Each example makes two projects and changes one twice, with hundreds of calls of git.
FEW = settings(max_examples=2, deadline=None, derandomize=True, suppress_health_check=CHECKS)
MANY = settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=CHECKS)


@FEW
@given(data=st.data())
def test_recipes_of_this_template_come_and_go_without_a_trace_and_edits_stay(
    repository: Path, tmp_path: Path, data: st.DataObject
) -> None:
    hold(repository, tmp_path / "work", data)


@MANY
@given(data=st.data())
def test_recipes_of_every_kind_come_and_go_without_a_trace_and_edits_stay(
    small: Path, tmp_path: Path, data: st.DataObject
) -> None:
    hold(small, tmp_path / "work", data)
