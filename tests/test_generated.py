"""Generated projects: nothing unused, whatever they are called. `ptgen smoke` does the rest."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from ptgen.smoke.plan import Plan, Variant
from ptgen.templates import Template

from .conftest import ROOT, commit_all, compose

TEMPLATE = Template(ROOT)
# Every task bare, with as many recipes as go together, and with a few sets in which all pairs meet.
PLAN = Plan.of(TEMPLATE.manifests)
TASKS = [one.task for one in PLAN.tasks]
TOGETHER = {one.task: one.largest() for one in PLAN.tasks}
VARIANTS = [variant for variant in PLAN.variants if variant.extent == "full"]


def generate(task: str, recipes: Sequence[str], folder: Path) -> Path:
    answers = {"project_name": "project", "task": task, "recipes": [*recipes]}
    return compose(TEMPLATE, answers, folder / "project")


def run(project: Path, *command: str) -> None:
    """Run a tool of this environment in a project; its output is the message when it fails."""
    tools = str(Path(sys.executable).parent)
    path = os.pathsep.join([tools, os.environ["PATH"]])
    done = subprocess.run(
        command, cwd=project, env={**os.environ, "PATH": path}, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"


def imported(source: str) -> set[str]:
    """Return the last names of all modules that a file imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            names |= {(node.module or "").split(".")[-1], *(alias.name for alias in node.names)}
    return names


def fields_of(source: str, name: str) -> set[str]:
    """Return the fields of a dataclass."""
    classes = [node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)]
    body = next(node.body for node in classes if node.name == name)
    targets = [node.target for node in body if isinstance(node, ast.AnnAssign)]
    return {target.id for target in targets if isinstance(target, ast.Name)}


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_nothing_is_there_that_nobody_uses(variant: Variant, tmp_path: Path) -> None:
    project = generate(variant.task, variant.recipes, tmp_path)
    sources = {
        path: path.read_text() for path in project.rglob("*.py") if "tests" not in path.parts
    }
    config = project / "project/config.py"
    readers = "".join(text for path, text in sources.items() if path != config)
    fields = fields_of(sources[config], "Config")
    assert {name for name in fields if not re.search(rf"\bconfig\.{name}\b", readers)} == set()
    used = {name for text in sources.values() for name in imported(text)}
    modules = {path.stem for path in sources if path.parent != project and path.stem != "__init__"}
    assert modules - used == set()
    assert not [
        path for path in project.rglob("*") if path.is_file() and not path.read_bytes().strip()
    ]


@pytest.mark.parametrize("name", ["x", "a" * 50, "zebra_2"])
@pytest.mark.parametrize(
    ("task", "recipes"), [(task, some) for task in TASKS for some in ([], TOGETHER[task])]
)
def test_the_code_is_in_order_whatever_the_package_is_called(
    task: str, recipes: list[str], name: str, tmp_path: Path
) -> None:
    answers = {"project_name": name, "task": task, "recipes": recipes}
    compose(TEMPLATE, answers, tmp_path / name)
    run(tmp_path / name, "ruff", "check", "--no-cache")
    run(tmp_path / name, "ruff", "format", "--check", "--no-cache")


def test_pre_commit_runs_offline(tmp_path: Path) -> None:
    project = generate("classification", [], tmp_path)
    commit_all(project)
    run(project, "pre-commit", "run", "--all-files")
    (project / "train.py").write_text("import os\n" + (project / "train.py").read_text())
    with pytest.raises(AssertionError, match="Failed"):
        run(project, "pre-commit", "run", "--all-files")


def test_the_workflow_is_one_of_github(tmp_path: Path) -> None:
    project = generate("classification", [], tmp_path)
    schema = ("--builtin-schema", "vendor.github-workflows")
    run(project, "check-jsonschema", *schema, ".github/workflows/ci.yml")


@pytest.mark.parametrize("task", TASKS)
def test_train_is_short_enough_to_be_read(task: str, tmp_path: Path) -> None:
    bare = generate(task, [], tmp_path / "bare")
    full = generate(task, TOGETHER[task], tmp_path / "full")
    assert len((bare / "train.py").read_text().splitlines()) <= 140
    added = len((full / "train.py").read_text().splitlines()) - 140
    assert added < 4 * len(TOGETHER[task]), "a recipe adds few lines; the rest is in its modules"


def test_values_of_a_manifest_are_quoted_where_they_stand_in_code(
    template: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "template"
    shutil.copytree(template, folder)
    path = folder / "recipes/mixup/recipe.yml"
    facts = yaml.safe_load(path.read_text())
    texts = ["it's", 'a"b', "back\\slash", '"""', "{{ 1 }}"]
    help_text = 'x""" + str(__import__("os"))  #'
    facts["config"] += [
        {"name": "kind", "type": "str", "default": texts[1], "choices": texts, "help": help_text}
    ]
    facts["dependencies"] = ['numpy; os_name != "a"']
    path.write_text(yaml.safe_dump(facts))

    answers = {"project_name": "mine", "task": "classification", "recipes": ["mixup"]}
    files = Template(folder).compose(answers)

    module = ast.parse(files["mine/config.py"])
    classes = [node for node in module.body if isinstance(node, ast.ClassDef)]
    body = next(node.body for node in classes if node.name == "Config")
    fields = [getattr(getattr(node, "target", None), "id", "") for node in body]
    field, text = body[fields.index("kind") :][:2]
    assert isinstance(field, ast.AnnAssign)
    assert isinstance(field.annotation, ast.Subscript)
    assert ast.literal_eval(field.annotation.slice) == tuple(texts)
    assert field.value is not None
    assert ast.literal_eval(field.value) == texts[1]
    assert isinstance(text, ast.Expr)
    assert ast.literal_eval(text.value) == f"{help_text}."
    dependencies = tomllib.loads(files["pyproject.toml"].decode())["project"]["dependencies"]
    assert Requirement('numpy; os_name != "a"') in map(Requirement, dependencies)
