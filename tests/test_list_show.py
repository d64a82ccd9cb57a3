"""``ptgen list`` and ``ptgen show``: the catalogue."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Ptgen, Tiny, git, tree

ALPHA = {"name": "mixup_alpha", "type": "float", "default": 0.2, "help": "How much"}


@pytest.fixture
def catalogue(tiny: Tiny) -> Tiny:
    """Two tasks and three recipes."""
    tiny.task("searching")
    tiny.recipe("tsn", tasks=["searching"], category="data", status="experimental")
    tiny.recipe(
        "mixup",
        {"slots/train.loss": 'print("mixed")\n'},
        category="data",
        config=[ALPHA],
        dependencies=["scipy>=1.11"],
    )
    tiny.recipe("ddp", {"slots/train.loss": 'print("ddp")\n'}, group="parallel")
    tiny.recipe("fsdp", group="parallel", tasks=["searching"])
    tiny.recipe("sync", {"slots/train.loss": 'print("sync")\n'}, requires=["parallel"])
    return tiny


def test_parts_are_not_listed_because_nobody_chooses_them(ptgen: Ptgen, tiny: Tiny) -> None:
    tiny.recipe("mixing", kind="part")
    tiny.recipe("mixup", requires=["mixing"])
    listed = ptgen("list", "--template", tiny.folder).stdout
    assert "mixup" in listed
    assert "mixing" not in listed
    assert "mixing" in ptgen("list", "--json", "--template", tiny.folder).stdout
    assert "mixing" in ptgen("show", "mixing", "--template", tiny.folder).stdout
    said = ptgen("show", "mixing", "--diff", "--template", tiny.folder, status=1).stderr
    assert "mixing is a part, which comes with the recipes that require it" in said


def test_list(ptgen: Ptgen, catalogue: Tiny) -> None:
    assert ptgen("list", "--template", catalogue.folder).stdout == (
        "task\n"
        "  searching  What searching does\n"
        "  sorting    What sorting does\n"
        "data\n"
        "  mixup      What mixup does\n"
        "  tsn        What tsn does  [experimental; searching]\n"
        "training\n"
        "  ddp        What ddp does\n"
        "  fsdp       What fsdp does  [searching]\n"
        "  sync       What sync does\n"
    )


def test_list_of_a_task(ptgen: Ptgen, catalogue: Tiny) -> None:
    lines = ptgen("list", "--task", "sorting", "--template", catalogue.folder).stdout.splitlines()
    assert [line.split()[0] for line in lines if line.startswith(" ")] == [
        "sorting",
        "mixup",
        "ddp",
        "sync",
    ]


def test_list_of_an_unknown_task(ptgen: Ptgen, catalogue: Tiny) -> None:
    result = ptgen("list", "--task", "sortin", "--template", catalogue.folder, status=1)
    assert result.stderr == 'error: there is no task "sortin"; did you mean sorting?\n'


def test_list_as_json_is_the_manifests_with_their_defaults(ptgen: Ptgen, catalogue: Tiny) -> None:
    entries = json.loads(ptgen("list", "--json", "--template", catalogue.folder).stdout)
    assert [entry["name"] for entry in entries] == [
        "ddp",
        "fsdp",
        "mixup",
        "searching",
        "sorting",
        "sync",
        "tsn",
    ]
    assert entries[2] == {
        "name": "mixup",
        "formerly": [],
        "kind": "recipe",
        "summary": "What mixup does",
        "category": "data",
        "tasks": "all",
        "group": None,
        "requires": [],
        "conflicts": {},
        "order": 50,
        "dependencies": ["scipy>=1.11"],
        "dev_dependencies": [],
        "config": [{**ALPHA, "range": None, "choices": None}],
        "defaults": {},
        "files": ["tests/test_mixup.py"],
        "floor": None,
        "batches_per_update": 1,
        "neutral": False,
        "source": {"paper": "About mixup"},
        "default_of": None,
        "scripts": [],
        "smoke": {"arguments": [], "cpu_arguments": [], "prepare": None},
        "status": "stable",
    }


def test_list_of_broken_manifests(ptgen: Ptgen, catalogue: Tiny) -> None:
    catalogue.edit("recipes/mixup/recipe.yml", "summary: ", "sumary: ")
    assert ptgen("list", "--template", catalogue.folder, status=1).stderr.splitlines() == [
        "error: recipes/mixup/recipe.yml:1: PT102 summary: is missing",
        "error: recipes/mixup/recipe.yml:3: PT103 sumary: is not a known key; "
        "did you mean summary?",
    ]


def test_list_of_what_ptgen_brings(ptgen: Ptgen) -> None:
    assert "  classification " in ptgen("list").stdout


def test_show(ptgen: Ptgen, catalogue: Tiny) -> None:
    shown = ptgen("show", "mixup", "--template", catalogue.folder).stdout
    assert shown.startswith("# mixup\n\n## What it does\n")
    assert "installs   scipy>=1.11\n" in shown
    assert "flag       --mixup-alpha float = 0.2\n" in shown


def test_show_an_unknown_recipe(ptgen: Ptgen, catalogue: Tiny) -> None:
    result = ptgen("show", "mixpu", "--template", catalogue.folder, status=1)
    assert result.stderr == 'error: there is no recipe "mixpu"; did you mean mixup?\n'


def test_show_as_json(ptgen: Ptgen, catalogue: Tiny) -> None:
    shown = ptgen("show", "mixup", "--diff", "--json", "--template", catalogue.folder).stdout
    facts = json.loads(shown)
    assert facts["name"] == "mixup"
    assert facts["readme"].startswith("# mixup\n")
    assert '+print("mixed")\n' in facts["diff"]


def test_diff_has_exactly_the_lines_of_the_recipe(ptgen: Ptgen, catalogue: Tiny) -> None:
    shown = ptgen("show", "mixup", "--diff", "--template", catalogue.folder).stdout
    added = [line[1:] for line in shown.splitlines() if line.startswith("+")]
    assert added == [
        "++ b/.copier-answers.yml",
        "recipes:",
        "- mixup",
        "++ b/myproject/config.py",
        "    mixup_alpha: float = 0.2",
        '    """How much."""',
        "++ b/pyproject.toml",
        '    "scipy>=1.11",',
        "++ b/tests/test_mixup.py",
        "def test_oracle() -> None:",
        "    pass",
        "++ b/train.py",
        'print("mixed")',
    ]


def test_diff_leaves_out_what_the_recipe_requires(ptgen: Ptgen, catalogue: Tiny) -> None:
    shown = ptgen("show", "sync", "--diff", "--template", catalogue.folder).stdout
    assert '+print("sync")' in shown
    assert ' print("ddp")' in shown


def test_diff_can_be_applied(ptgen: Ptgen, repository: Path) -> None:
    ptgen("new", "myproject", "--template", repository)
    Path("myproject").rename("patched")
    ptgen("new", "myproject", "--template", repository, "-r", "mixup")
    changes = ptgen("show", "mixup", "--diff", "--template", repository).stdout

    subprocess.run(["git", "apply", "-"], cwd="patched", input=changes, text=True, check=True)

    assert tree(Path("patched")) == tree(Path("myproject"))
    assert git("status", "--porcelain", cwd=Path("myproject")) == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["sorting"], "sorting is a task, and adds all there is: ptgen new myproject --task sort"),
        (["tsn", "--task", "sorting"], "tsn does not apply to sorting: it applies to searching"),
        (["mixup", "--task", "sort"], 'there is no task "sort"; did you mean sorting?'),
    ],
)
def test_diffs_that_there_are_not(
    ptgen: Ptgen, catalogue: Tiny, arguments: list[str], message: str
) -> None:
    result = ptgen("show", *arguments, "--diff", "--template", catalogue.folder, status=1)
    assert message in result.stderr


def test_diff_for_the_first_task_that_a_recipe_applies_to(ptgen: Ptgen, catalogue: Tiny) -> None:
    shown = ptgen("show", "tsn", "--diff", "--template", catalogue.folder).stdout
    assert " task: searching\n" in shown


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("ptgen show m", ["mixup"]),
        ("ptgen list --task s", ["searching", "sorting"]),
        ("ptgen new one --recipes mixup,f", ["mixup,fsdp"]),
    ],
)
def test_the_shell_completes_names(
    catalogue: Tiny,
    monkeypatch: pytest.MonkeyPatch,
    words: str,
    completed: list[str],
) -> None:
    monkeypatch.setenv("PTGEN_TEMPLATE", str(catalogue.folder))
    monkeypatch.setenv("_PTGEN_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(len(words.split()) - 1))
    command = [sys.executable, "-m", "ptgen"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == completed


def test_version(ptgen: Ptgen) -> None:
    assert ptgen("--version").stdout.startswith("ptgen 0.")
