"""A recipe makes the difference to a project that it declares, and no other."""

from pathlib import Path
from typing import Any

import pytest

from ptgen.smoke.declared import undeclared
from ptgen.templates import Catalogue, Template

from .conftest import Tiny

LR: dict[str, Any] = {"name": "lr", "type": "float", "default": 0.1, "help": "Step"}
PARTS = {
    "slots/train.loss": "print('loss')",
    "slots/train.imports": "import json",
    "blocks/train.update": "print('other')",
}


def problems(template: Path, scratch: Path, name: str, task: str = "sorting") -> list[str]:
    """Return what is wrong with a recipe of a template."""
    opened = Template(template)
    catalogue = Catalogue(task, opened.manifests)
    chosen = catalogue.complete(frozenset([name]))
    assert chosen is not None
    required, together = sorted(chosen - {name}), catalogue.largest(chosen)
    return undeclared(opened, task, catalogue.recipes[name], required, together, scratch)


@pytest.fixture
def sound(tiny: Tiny) -> Tiny:
    """A template whose recipe ``x`` has one of everything, and requires another."""
    tiny.recipe("base", {"slots/train.loss": "print('base')"})
    tiny.write("recipes/x/files/package/ops/x.py", "X = 1\n")
    tiny.recipe(
        "x",
        PARTS,
        requires=["base"],
        files=["tests/test_x.py", "package/ops/x.py"],
        config=[LR],
        dependencies=["rich>=13"],
    )
    return tiny


def test_a_sound_recipe_has_no_problems(sound: Tiny, tmp_path: Path) -> None:
    assert problems(sound.folder, tmp_path / "one", "x") == []
    assert problems(sound.folder, tmp_path / "two", "base") == []


def test_the_template_stays_as_it_is(sound: Tiny, tmp_path: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in sound.folder.rglob("*")}
    problems(sound.folder, tmp_path / "scratch", "x")
    assert {path: path.stat().st_mtime_ns for path in sound.folder.rglob("*")} == before


@pytest.mark.parametrize(
    ("path", "text", "changed"),
    [
        ("template/train.py.jinja", "{% if 'x' in recipes %}print('x'){% endif %}", "train.py"),
        ("recipes/sorting/slots/train.loss", "{{ 'x' in recipes }}", "train.py"),
        ("recipes/base/slots/train.loss", "{{ recipes | length }}", "train.py"),
        ("template/README.md.jinja", "{{ 'x is known' if 'x' in recipes }}", "README.md"),
        ("template/{{ 'x.py' if 'x' in recipes }}", "X = 1\n", "x.py"),
    ],
)
def test_what_knows_a_recipe_is_found(
    sound: Tiny, tmp_path: Path, path: str, text: str, changed: str
) -> None:
    target = sound.folder / path
    sound.write(path, (target.read_text() if target.exists() else "") + text)
    assert problems(sound.folder, tmp_path / "scratch", "x")[-1:] == [
        f"{changed} of sorting changes with x even when its folder is empty; "
        "expected that nothing outside recipes/x knows it"
    ]


def test_a_readme_may_have_a_heading_for_a_recipe(sound: Tiny, tmp_path: Path) -> None:
    sound.write(
        "template/README.md.jinja",
        '{% from "composition/slots.jinja" import sections with context %}\n# It\n'
        '{% for r in recipes %}\n## {{ r }}\n\n{{ sections(r, ["Use it"]) }}\n{% endfor %}\n',
    )
    assert problems(sound.folder, tmp_path / "scratch", "x") == []


@pytest.mark.parametrize(
    ("fragment", "text"),
    [
        ("slots/train.loss", "{% if false %}print('loss'){% endif %}"),
        ("slots/train.loss", "{% if 'y' in recipes %}print('y'){% endif %}"),
        ("slots/train.lost", "print('loss')"),
        ("slots/train.imports", "import sys"),
        ("blocks/train.update", "{{ default }}"),
    ],
)
def test_a_fragment_without_effect_is_found(
    sound: Tiny, tmp_path: Path, fragment: str, text: str
) -> None:
    sound.write(f"recipes/x/{fragment}", text)
    assert problems(sound.folder, tmp_path / "scratch", "x") == [
        f"recipes/x/{fragment} is never reached on sorting; delete it, or mend its condition"
    ]


def test_a_fragment_for_another_recipe_is_reached_with_it(sound: Tiny, tmp_path: Path) -> None:
    sound.recipe("y")
    sound.write("recipes/x/slots/train.loss", "{% if 'y' in recipes %}print('y'){% endif %}")
    assert problems(sound.folder, tmp_path / "scratch", "x") == []


@pytest.mark.parametrize("condition", ["'y' in recipes", "'y' not in recipes"])
def test_a_fragment_for_another_task_is_reached_there(
    sound: Tiny, tmp_path: Path, condition: str
) -> None:
    sound.task("ranking")
    sound.recipe("y")
    text = f"{{{{ task if task == 'sorting' and {condition} }}}}"
    sound.write("recipes/x/slots/train.loss", text)
    assert problems(sound.folder, tmp_path / "scratch", "x", "ranking") == []


def test_a_fragment_that_no_task_reaches_is_found(sound: Tiny, tmp_path: Path) -> None:
    sound.task("ranking")
    sound.write("recipes/x/slots/train.loss", "{{ task if task == 'gan' }}")
    assert problems(sound.folder, tmp_path / "ranking", "x", "ranking") == [
        "recipes/x/slots/train.loss is never reached on ranking, sorting; "
        "delete it, or mend its condition"
    ]
    assert problems(sound.folder, tmp_path / "sorting", "x", "sorting") == []  # told once


def test_files_that_are_not_as_declared_are_found(sound: Tiny, tmp_path: Path) -> None:
    sound.write("template/{{ package }}/ops/x.py", "X = 1\n")
    sound.write("template/{{ 'lost.py' if 'x' not in recipes }}", "LOST = 1\n")
    sound.write("template/{{ 'new.py' if 'x' in recipes }}", "NEW = 1\n")
    place = "recipes/x/recipe.yml: files"
    assert problems(sound.folder, tmp_path / "scratch", "x")[:3] == [
        f"{place} has smoke/ops/x.py, but the recipe adds no such file to sorting",
        f"{place} lacks new.py, which the recipe adds to sorting",
        "lost.py of sorting is gone with x; expected that a recipe removes nothing",
    ]


def test_entries_that_a_project_lacks_are_found(sound: Tiny, tmp_path: Path) -> None:
    sound.edit("template/{{ package }}/config.py.jinja", "{{ setting(c) }}", "    # {{ c.name }}")
    sound.edit("template/pyproject.toml.jinja", '"])', '"], "none")')
    sound.edit("recipes/x/recipe.yml", "dependencies:", "dev_dependencies: [scipy]\ndependencies:")
    place = "recipes/x/recipe.yml:"
    assert problems(sound.folder, tmp_path / "scratch", "x") == [
        f"{place} config has lr, but config.py of sorting does not",
        f"{place} dependencies has rich>=13, but pyproject.toml of sorting does not",
        f"{place} dev_dependencies has scipy, but pyproject.toml of sorting does not",
    ]


@pytest.mark.parametrize("name", ["grad-clip", "hooks", "label-smoothing", "mixup", "warmup"])
def test_recipes_of_the_real_template_are_sound(template: Path, tmp_path: Path, name: str) -> None:
    assert problems(template, tmp_path / "scratch", name, "classification") == []
