"""What the tests share: the real template, tiny ones made in place, and the command line."""

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from ptgen.base.staging import write_files
from ptgen.cli import app
from ptgen.templates import Template

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("template", "recipes", "presets", "composition")

Ptgen = Callable[..., Result]


def git(*arguments: str, cwd: Path) -> str:
    """Run git as somebody."""
    somebody = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.com"]
    command = ["git", *somebody, *arguments]
    return subprocess.run(command, cwd=cwd, check=True, capture_output=True, text=True).stdout


def commit_all(folder: Path, tag: str | None = None) -> None:
    """Commit all of a folder, which becomes a repository if it is none."""
    git("init", "--quiet", "--initial-branch=main", cwd=folder)
    git("add", "--all", cwd=folder)
    git("commit", "--quiet", "--allow-empty", "--message", "A version", cwd=folder)
    if tag:
        git("tag", tag, cwd=folder)


def tree(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Return mode and content of every file, but for the repository's own."""
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_mode, path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".git" not in path.parts
    }


def compose(template: Template, answers: Mapping[str, Any], project: Path) -> Path:
    """Write a project without its answers, in a tenth of the time that Copier takes."""
    write_files(project, template.compose(answers))
    return project


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add an option for what takes too long for every day."""
    parser.addoption("--campaign", action="store_true", help="try all of what is else sampled")


@pytest.fixture(scope="session")
def campaign(request: pytest.FixtureRequest) -> bool:
    """Tell whether all is to be tried of what is else sampled."""
    return bool(request.config.getoption("--campaign"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let each worker begin with what takes minutes, so that none is left with it at the end."""
    long = [item for item in items if item.get_closest_marker("long")]
    short = [item for item in items if item not in long]
    # Each of two workers is first given one half.
    middle = len(short) // 2
    items[:] = [*long[:1], *short[:middle], *long[1:], *short[middle:]]


@pytest.fixture(scope="session", autouse=True)
def types_of_torch(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Let mypy read PyTorch once for all tests: that takes ten seconds."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    os.environ["MYPY_CACHE_DIR"] = str(folder / "mypy")


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the settings of this machine's user out, and start in an empty folder."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
    monkeypatch.setenv("COPIER_CACHE_DIR", str(home / "cache"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name in ("PTGEN_TEMPLATE", "GIT_CONFIG_GLOBAL", "GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL"):
        monkeypatch.delenv(name, raising=False)
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)


@pytest.fixture
def ptgen() -> Ptgen:
    """Run ``ptgen`` in this process; the result has exit_code, stdout and stderr."""

    def run(*arguments: str | Path, status: int = 0) -> Result:
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        assert result.exit_code == status, result.output
        return result

    return run


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real template as a plain folder."""
    folder = tmp_path_factory.mktemp("template")
    for part in PARTS:
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "copier.yml", folder)
    return folder


@pytest.fixture(scope="session")
def repository(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The real template as a clean repository whose version is v1.0.0."""
    folder = tmp_path_factory.mktemp("repository") / "template"
    shutil.copytree(template, folder)
    commit_all(folder, "v1.0.0")
    return folder


@dataclass
class Tiny:
    """A small template with the real questions and rules, to which tests add recipes."""

    folder: Path

    def write(self, path: str, text: str) -> Path:
        """Write a file of the template."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        return target

    def edit(self, path: str, old: str, new: str) -> None:
        """Change a file of the template."""
        text = (self.folder / path).read_text()
        assert old in text
        self.write(path, text.replace(old, new))

    def recipe(self, name: str, parts: Mapping[str, str] | None = None, **keys: Any) -> Path:
        """Add a valid recipe and return its folder.

        Args:
            name: Of the recipe.
            parts: Further files in its folder, such as ``slots/train.loss``.
            keys: Entries of its manifest; None leaves one out.
        """
        module = name.replace("-", "_")
        test = f"tests/test_{module}.py"
        manifest: dict[str, Any] = {
            "name": name,
            "kind": "recipe",
            "summary": f"What {name} does",
            "category": "training",
            "tasks": "all",
            "order": 50,
            "files": [test],
            "source": {"paper": f"About {name}"},
            "status": "stable",
        } | keys
        manifest = {key: value for key, value in manifest.items() if value is not None}
        self.write(f"recipes/{name}/recipe.yml", yaml.safe_dump(manifest, sort_keys=False))
        self.write(f"recipes/{name}/README.md", readme(name, manifest.get("config", [])))
        if test in manifest.get("files", []):
            self.write(f"recipes/{name}/files/{test}", "def test_oracle() -> None:\n    pass\n")
        for path, text in (parts or {}).items():
            self.write(f"recipes/{name}/{path}", text)
        return self.folder / "recipes" / name

    def task(self, name: str, parts: Mapping[str, str] | None = None, **keys: Any) -> Path:
        """Add a valid task and return its folder."""
        floor = {"metric": "val_accuracy", "at_least": 0.9, "epochs": 3}
        facts = {"kind": "task", "category": "task", "tasks": [name], "floor": floor}
        return self.recipe(name, parts, **facts | keys)

    def part(self, name: str, parts: Mapping[str, str] | None = None, **keys: Any) -> Path:
        """Add a part and return its folder; it is valid if a recipe requires it."""
        folder = self.recipe(name, parts, **{"kind": "part", "source": None} | keys)
        self.write(f"recipes/{name}/README.md", f"# {name}\n\n## What it does\n\nA sentence.\n")
        return folder


def readme(name: str, config: list[dict[str, Any]]) -> str:
    """Return the README of a valid recipe."""
    texts = dict.fromkeys(["What it does", "Use it", "Composes with"], "A sentence.")
    if config:
        kinds = {"int": "whole numbers", "float": "numbers", "str": "text"}
        table = ["| flag | default | values | meaning |", "|---|---|---|---|"]
        for entry in config:
            flag = f"`--{entry['name'].replace('_', '-')}`"
            values = entry.get("range") or kinds.get(entry["type"], "")
            table.append(f"| {flag} | {entry['default']} | {values} | {entry['help']} |")
        texts["Settings"] = "\n".join(table)
    texts["Source"] = f"- Paper: About {name}"
    return f"# {name}\n" + "".join(f"\n## {title}\n\n{text}\n" for title, text in texts.items())


TRAIN = """\
{% from "composition/slots.jinja" import imports, slot, block with context %}
{% call imports("train") %}
import sys
{% endcall %}

print("train", sys.argv)
{{- slot("train.loss") }}
{{- slot("train.loss_scale") }}
{% call block("train.update") %}
print("update")
{% endcall +%}
"""
CONFIG = """\
{% from "composition/slots.jinja" import setting, manifests with context %}
class Config:
    epochs: int = 20
    {% for r in manifests %}
    {% for c in r.config or [] %}
{{ setting(c) }}
    {% endfor %}
    {% endfor %}
"""
PYPROJECT = """\
{% from "composition/slots.jinja" import dependency_list with context %}
[project]
name = "{{ project_name }}"
dependencies = [
{{ dependency_list(["numpy>=1.26"]) }}
]
"""


@pytest.fixture
def tiny(tmp_path: Path) -> Tiny:
    """A template with one task, ``sorting``, and no recipes."""
    return tiny_template(tmp_path / "tiny")


def tiny_template(folder: Path) -> Tiny:
    """Make a template with one task, ``sorting``, and no recipes."""
    ignore = shutil.ignore_patterns("shared")
    shutil.copytree(ROOT / "composition", folder / "composition", ignore=ignore)
    shutil.copy(ROOT / "copier.yml", folder)
    template = Tiny(folder)
    template.edit("copier.yml", "default: classification", "default: sorting")
    template.write("template/train.py.jinja", TRAIN)
    template.write("template/{{ package }}/config.py.jinja", CONFIG)
    template.write("template/pyproject.toml.jinja", PYPROJECT)
    template.write(
        "template/{{ _copier_conf.answers_file }}.jinja", "{{ _copier_answers | to_nice_yaml -}}\n"
    )
    loop = "{% yield f from files %}{{ f.path }}{% endyield %}"
    template.write(f"template/{loop}.jinja", "{% include f.source %}\n")
    template.task("sorting")
    return template


@pytest.fixture
def versions(tiny: Tiny) -> Tiny:
    """A template in git, at v1.0.0, with recipes that need each other."""
    tiny.recipe("scale", {"slots/train.loss": 'print("scale")'}, order=10)
    tiny.recipe("clip", {"slots/train.loss": 'print("clip")'}, requires=["scale"])
    tiny.recipe("cosine", {"blocks/train.update": 'print("cosine")'}, group="schedule")
    tiny.recipe("step", group="schedule")
    tiny.recipe("warmup", requires=["schedule"])
    commit_all(tiny.folder, "v1.0.0")
    return tiny
