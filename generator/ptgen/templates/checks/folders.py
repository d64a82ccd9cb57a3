"""Rules of a recipe's folder: what lies in it, what it brings, and its test."""

import ast
import re
from collections.abc import Iterator

from ptgen.templates.checks.context import Context, Recipe, files_below
from ptgen.templates.codes import Code, Problem

REFERENCE, SMOKE = "reference.py", "smoke.py"
ENTRIES = ("README.md", "blocks", "files", "recipe.yml", REFERENCE, "slots", SMOKE)
TEST = re.compile(r"^\s*(async )?def test_", re.MULTILINE)


def _folders_hold_what_they_should(context: Context) -> Iterator[Problem]:
    for document in context.documents:
        top = f"recipes/{document.folder.name}"
        for path in sorted(document.folder.iterdir()):
            if path.name not in ENTRIES and path.name != "__pycache__":
                text = f"is not part of a recipe; expected {', '.join(ENTRIES)}"
                yield Problem(f"{top}/{path.name}", Code.UNEXPECTED_FILE, text)
        for path in sorted(document.folder.rglob("*")):
            name = f"{top}/{path.relative_to(document.folder).as_posix()}"
            if path.is_symlink():
                yield Problem(name, Code.SYMBOLIC_LINK, "is a symbolic link; expected a file")


def _folders_have_a_manifest(context: Context) -> Iterator[Problem]:
    for folder in sorted(context.folder.glob("recipes/*")):
        if folder.is_dir() and folder.name not in context.names:
            yield Problem(f"recipes/{folder.name}", Code.MISSING_MANIFEST, "has no recipe.yml")


def _files_do_not_collide(context: Context) -> Iterator[Problem]:
    own = {
        name.removesuffix(".jinja").replace("{{ package }}", "package")
        for name in files_below(context.folder / "template")
    }
    for recipe in context.recipes:
        for name in recipe.manifest.files:
            if name in own:
                text = f"files: {name} is a file of the template itself"
                yield Problem(_where(recipe, "files", name), Code.FILE_COLLISION, text)
    for one, other in context.compatible_pairs:
        for name in sorted(set(one.manifest.files) & set(other.manifest.files)):
            text = f"files: {one.name} brings {name}, too, and both can be in one project"
            yield Problem(_where(other, "files", name), Code.FILE_COLLISION, text)


def _scripts_are_files_on_top(context: Context) -> Iterator[Problem]:
    for recipe in context.recipes:
        for name in recipe.manifest.scripts:
            if name not in recipe.manifest.files:
                text = f"scripts: {name} is not among files"
            elif "/" in name or not name.endswith(".py"):
                text = f"scripts: {name} is not run as python {name.split('/')[-1]}; expected a "
                text += ".py file at the top of the project"
            else:
                continue
            yield Problem(_where(recipe, "scripts", name), Code.INVALID_SCRIPT, text)


def _where(recipe: Recipe, key: str, name: str) -> str:
    return recipe.document.where(key, getattr(recipe.manifest, key).index(name))


def _smoke_scripts_are_there(context: Context) -> Iterator[Problem]:
    for recipe in context.recipes:
        prepare = recipe.manifest.smoke.prepare
        if prepare and (prepare != SMOKE or not recipe.has(prepare)):
            where = recipe.document.where("smoke", "prepare")
            text = f"smoke.prepare: expected {SMOKE}, a file in recipes/{recipe.name}"
            yield Problem(where, Code.SMOKE_SCRIPT, text)
        elif recipe.has(SMOKE) and not prepare:
            text = f"is not used; expected smoke: {{prepare: {SMOKE}}} in recipe.yml"
            yield Problem(f"recipes/{recipe.name}/{SMOKE}", Code.SMOKE_SCRIPT, text)


def _scripts_beside_the_manifest_are_python(context: Context) -> Iterator[Problem]:
    for recipe in context.recipes:
        for name in (REFERENCE, SMOKE):
            if recipe.has(name):
                place = f"recipes/{recipe.name}/{name}"
                try:
                    ast.parse((recipe.folder / name).read_bytes())
                except (SyntaxError, ValueError) as error:
                    line = getattr(error, "lineno", None) or 1
                    reason = getattr(error, "msg", str(error))
                    text = f"is not valid Python: {reason}"
                    yield Problem(f"{place}:{line}", Code.INVALID_PYTHON, text)


def _recipes_have_a_test(context: Context) -> Iterator[Problem]:
    for recipe in context.recipes:
        tests = [
            path
            for name, path in recipe.below("files").items()
            if name.startswith("tests/test_") and name.endswith(".py")
        ]
        texts = (path.read_text(encoding="utf-8", errors="replace") for path in tests)
        if not recipe.manifest.is_part and not any(TEST.search(text) for text in texts):
            expected = f"files/tests/test_{recipe.name.replace('-', '_')}.py"
            text = f"has no test; expected one against an oracle in {expected}"
            yield Problem(f"recipes/{recipe.name}", Code.MISSING_TEST, text)


RULES = (
    _folders_hold_what_they_should,
    _folders_have_a_manifest,
    _files_do_not_collide,
    _scripts_are_files_on_top,
    _smoke_scripts_are_there,
    _scripts_beside_the_manifest_are_python,
    _recipes_have_a_test,
)
