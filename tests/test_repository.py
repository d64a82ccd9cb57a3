"""This repository by every tool, and the smoke runs of all its variants."""

import importlib.metadata
import itertools
import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from ptgen.templates import Template

from .conftest import ROOT, Ptgen

TOOLS = Path(sys.executable).parent


@pytest.mark.parametrize(
    "command",
    [
        ("ruff", "check"),
        ("ruff", "format", "--check"),
        ("mypy",),
        ("deptry", "generator"),
        ("lint-imports",),
        ("ptgen", "check"),
    ],
    ids=" ".join,
)
def test_every_tool_is_content(command: tuple[str, ...]) -> None:
    tool, *arguments = command
    done = subprocess.run(
        [str(TOOLS / tool), *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_this_environment_has_what_every_recipe_needs() -> None:
    entries = Template(ROOT).manifests
    needs = {line for e in entries for line in (*e.dependencies, *e.dev_dependencies)}
    assert needs
    for need in map(Requirement, needs):
        version = importlib.metadata.version(need.name)  # else: ptgen check --fix
        assert version in need.specifier, need


def test_the_first_command_installs_what_a_first_project_needs(ptgen: Ptgen) -> None:
    ptgen("new", "first", "--recipes", "mixup,ddp", "--no-git", "--template", ROOT)
    needs = tomllib.loads(Path("first/pyproject.toml").read_text())["project"]["dependencies"]
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    assert sorted(groups["dev"]) == sorted(needs)
    assert {"include-group": "recipes"} in groups["test"]


@pytest.mark.long
def test_every_variant_of_the_plan_passes_and_no_pair_is_left_out() -> None:
    """The matrix itself: every task, every recipe on it, and every pair of recipes."""
    command = [sys.executable, "-m", "ptgen", "smoke", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)
    template = Template(ROOT)
    tasks = template.tasks
    recipes = [entry for entry in template.manifests if entry.is_recipe]

    def possible(*names: str) -> bool:
        """Tell whether recipes, and no others, can be in one project of any task."""
        return any(not template.problems({"task": task, "recipes": list(names)}) for task in tasks)

    def rows(*extents: str) -> list[tuple[str, set[str]]]:
        return [(r["task"], set(r["recipes"])) for r in results if r["extent"] in extents]

    trained, everything = rows("full"), rows("full", "brief", "static")
    for task in tasks:
        assert (task, set()) in trained
    for recipe in recipes:
        for task in filter(recipe.applies_to, tasks):
            assert any(task == own and recipe.name in row for own, row in trained)
            assert recipe.requires or (task, {recipe.name}) in everything
    for one, other in itertools.combinations(recipes, 2):
        names = {one.name, other.name}
        for on in ({*names}, {one.name}, {other.name}):
            # Rules are read only where nothing was trained.
            assert any(row & names == on for _, row in trained) or not possible(*on), on
    parallel = {recipe.name for recipe in recipes if recipe.group == "parallel"}
    logs = [r["log"] for r in results if r["extent"] == "full" and parallel & set(r["recipes"])]
    assert logs
    for log in logs:
        assert any("torchrun --nproc-per-node 2" in line for line in log)


@pytest.mark.parametrize("name", ["ci", "smoke"])
def test_the_workflows_are_ones_of_github(name: str) -> None:
    command = [str(TOOLS / "check-jsonschema"), "--builtin-schema", "vendor.github-workflows"]
    path = ROOT / f".github/workflows/{name}.yml"
    done = subprocess.run([*command, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
