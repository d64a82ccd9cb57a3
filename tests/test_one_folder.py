"""A recipe is one new folder: nothing else is edited for it, and everything knows it."""

import json
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from .conftest import ROOT, Ptgen, tree

DEPENDENCY = "hypothesis>=6.130,<7"
# What its author writes over the recipe that `ptgen recipe new` made.
MANIFEST = f"""\
name: input-noise
kind: recipe
summary: Add Gaussian noise to the inputs of each training batch
category: data
tasks: all
dev_dependencies: ["{DEPENDENCY}"]
config:
  - name: input_noise
    type: float
    default: 0.1
    range: "[0, inf)"
    help: Standard deviation of the noise
files:
  - package/ops/input_noise.py # the scaffold's
source: {{paper: "Bishop, Training with Noise is Equivalent to Tikhonov Regularization, 1995"}}
status: experimental
"""
README = """\
# input-noise

## What it does

Adds Gaussian noise to the inputs of each training batch.

## Use it

```
python train.py --input-noise 0.2
```

## Composes with

- `mixup`: mixes images with noise

## Source

The paper shows what this regularises.
"""
OPERATION = '''\
"""Gaussian noise (Bishop, Training with Noise is Equivalent to Tikhonov Regularization, 1995)."""

import torch
from torch import Tensor


def add_noise(inputs: Tensor, deviation: float) -> Tensor:
    """Add Gaussian noise.

    Args:
        inputs: (N, ...) float.
        deviation: Standard deviation, in [0, inf).

    Returns:
        (N, ...) float.
    """
    return inputs + deviation * torch.randn_like(inputs)
'''
TEST = '''\
"""The noise against the moments of the normal distribution."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from {{ package }}.ops.gaussian_noise import add_noise


@settings(max_examples=5, deadline=None)
@given(st.floats(0, 10))
def test_the_deviation_is_the_one_asked_for(deviation: float) -> None:
    torch.manual_seed(0)
    noise = add_noise(torch.zeros(10_000), deviation)
    torch.testing.assert_close(noise.std(), torch.tensor(deviation), rtol=0.05, atol=1e-6)
'''
REFERENCE = '''\
"""The same, sample by sample."""

from collections.abc import Sequence


def noisy(inputs: Sequence[float], normals: Sequence[float], deviation: float) -> list[float]:
    return [value + deviation * normal for value, normal in zip(inputs, normals, strict=True)]
'''
FILES = {
    "recipe.yml": MANIFEST,
    "README.md": README,
    "reference.py": REFERENCE,
    "slots/train.imports": "from {{ package }}.ops.gaussian_noise import add_noise\n",
    "slots/train.batch": "inputs = add_noise(inputs, config.input_noise)\n",
    "files/package/ops/gaussian_noise.py": OPERATION,
    "files/tests/test_gaussian_noise.py": TEST,
}


@pytest.fixture
def copy(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of this repository's template, which is the current folder."""
    folder = tmp_path / "starter"
    shutil.copytree(template, folder)
    shutil.copy(ROOT / "pyproject.toml", folder)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def read(ptgen: Ptgen) -> Callable[..., Any]:
    """Run ``ptgen`` and return the JSON that it prints."""

    def run(*arguments: str, status: int = 0) -> Any:
        return json.loads(ptgen(*arguments, "--json", status=status).stdout)

    return run


def write_recipe(ptgen: Ptgen, copy: Path) -> Path:
    """Start a recipe and write over it, as its author does."""
    ptgen("recipe", "new", "input-noise")
    folder = copy / "recipes/input-noise"
    for part in ("slots", "files"):
        shutil.rmtree(folder / part)
    for path, text in FILES.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


def test_nothing_else_is_edited(ptgen: Ptgen, read: Callable[..., Any], copy: Path) -> None:
    ptgen("check", "--fix")
    before = tree(copy)
    folder = write_recipe(ptgen, copy)
    assert [(p["path"], p["rule"]) for p in read("check", status=1)["problems"]] == [
        ("pyproject.toml", "outdated-group"),
        ("recipes/input-noise/README.md", "readme-headings"),
        ("recipes/input-noise/README.md", "source-out-of-step"),
        ("recipes/input-noise/files/package/ops/gaussian_noise.py", "files-out-of-step"),
        ("recipes/input-noise/files/tests/test_gaussian_noise.py", "files-out-of-step"),
        ("recipes/input-noise/recipe.yml", "files-out-of-step"),
    ]

    assert read("check", "--fix")["changed"] == [
        "pyproject.toml",
        "recipes/input-noise/README.md",
        "recipes/input-noise/recipe.yml",
    ]

    after = tree(copy)
    changed = {path for path in after if after[path] != before.get(path)}
    assert changed == {"pyproject.toml", *(f"recipes/input-noise/{path}" for path in FILES)}
    lines = before["pyproject.toml"][1].decode().splitlines()
    written = after["pyproject.toml"][1].decode().splitlines()
    assert sorted(written) == sorted([*lines, f'    "{DEPENDENCY}",'])
    readme = (folder / "README.md").read_text()
    row = "| `--input-noise` | 0.1 | [0, inf) | Standard deviation of the noise |\n"
    assert f"|---|---|---|---|\n{row}\n## Source\n\n- Paper: Bishop, " in readme
    assert readme.endswith("1995\n\nThe paper shows what this regularises.\n")


def test_everything_knows_it(ptgen: Ptgen, read: Callable[..., Any], copy: Path) -> None:
    write_recipe(ptgen, copy)
    ptgen("check", "--fix")

    listed = {entry["name"]: entry for entry in read("list")}
    assert listed["input-noise"]["category"] == "data"
    shown = ptgen("show", "input-noise", "--diff").stdout
    assert "+        inputs = add_noise(inputs, config.input_noise)\n" in shown

    variants = [set(one["recipes"]) for one in read("smoke", "--plan")["variants"]]
    for name in (name for name, entry in listed.items() if entry["kind"] == "recipe"):
        assert any({"input-noise", name} <= recipes for recipes in variants), name


def test_it_trains(
    ptgen: Ptgen, copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_recipe(ptgen, copy)
    ptgen("check", "--fix")
    project = tmp_path / "trial"
    ptgen("new", project, "--recipes", "input-noise", "--template", copy, "--no-git")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    for command in (
        ("train.py", "--epochs", "2", "--run", "runs/trial"),
        ("-m", "pytest", "-q", "tests/test_gaussian_noise.py"),
    ):
        subprocess.run([sys.executable, *command], cwd=project, check=True, capture_output=True)
    lines = (project / "runs/trial/metrics.jsonl").read_text().splitlines()
    assert json.loads(lines[-1])["val_accuracy"] > 0.8

    inputs = torch.linspace(0, 1, 7)
    torch.manual_seed(3)
    normals = torch.randn(7)
    noisy = runpy.run_path(str(folder / "reference.py"))["noisy"]
    torch.manual_seed(3)
    add_noise = runpy.run_path(str(project / "trial/ops/gaussian_noise.py"))["add_noise"]
    expected = torch.tensor(noisy(inputs.tolist(), normals.tolist(), 0.5))
    torch.testing.assert_close(add_noise(inputs, 0.5), expected)
