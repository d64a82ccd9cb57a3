"""This repository by every tool, and the smoke runs of all its variants."""

import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from ptgen import manifest

from .conftest import ROOT

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
    needs = {line for entry in manifest.load(ROOT) for line in entry.dependencies}
    assert needs
    for need in map(Requirement, needs):
        version = importlib.metadata.version(need.name)  # else: add it to the group dev
        assert version in need.specifier, need


def test_every_task_and_every_recipe_learns_resumes_and_is_tested() -> None:
    command = [sys.executable, "-m", "ptgen", "smoke", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    trained = {(result["task"], *result["recipes"]) for result in json.loads(done.stdout)}
    entries = manifest.load(ROOT)
    for task in [entry.name for entry in entries if entry.is_task]:
        assert (task,) in trained
        for recipe in entries:
            if not recipe.is_task and recipe.applies_to(task):
                assert any(recipe.name in variant and task == variant[0] for variant in trained)
