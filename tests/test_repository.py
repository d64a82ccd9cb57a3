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

from ptgen.templates import manifest, rules

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
    entries = manifest.load(ROOT)
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
    trained = [(one["task"], set(one["recipes"])) for one in json.loads(done.stdout)]
    entries = manifest.load(ROOT)
    for task in [entry.name for entry in entries if entry.is_task]:
        assert (task, set()) in trained
        names = [m.name for m in entries if m.is_recipe and m.applies_to(task)]
        for pair in itertools.combinations(names, 2):
            if not rules.problems(ROOT, {"task": task, "recipes": list(pair)}):
                assert any(task == own and set(pair) <= row for own, row in trained), pair


@pytest.mark.parametrize("name", ["ci", "smoke"])
def test_the_workflows_are_ones_of_github(name: str) -> None:
    command = [str(TOOLS / "check-jsonschema"), "--builtin-schema", "vendor.github-workflows"]
    path = ROOT / f".github/workflows/{name}.yml"
    done = subprocess.run([*command, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
