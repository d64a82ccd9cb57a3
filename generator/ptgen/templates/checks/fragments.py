"""Rules of slots, blocks and the Jinja in them."""

import ast
import itertools
import re
from collections.abc import Iterator
from pathlib import Path

from jinja2 import TemplateSyntaxError, nodes

from ptgen.base.names import did_you_mean
from ptgen.templates.checks.context import Context, Recipe, files_below
from ptgen.templates.checks.folders import REFERENCE
from ptgen.templates.codes import Code, Problem

SLOT = re.compile(r"""\b(?:slot|filled)\(\s*["']([^"']+)["']""")
IMPORTS = re.compile(r"""\bimports\(\s*["']([^"']+)["']""")
BLOCK = re.compile(r"""\b(?:block|expression)\(\s*["']([^"']+)["']""")
OWN_SETTING = re.compile(r"^    ([a-z]\w*): .+ = ", re.MULTILINE)


def settings_of_every_project(context: Context) -> set[str]:
    """Return the settings that the template itself has."""
    return {
        name
        for path, text in context.sources.items()
        if path.startswith("template/") and "setting(" in text
        for name in OWN_SETTING.findall(text)
    }


def _offered(context: Context, pattern: re.Pattern[str]) -> set[str]:
    return {name for text in context.sources.values() for name in pattern.findall(text)}


def _fragments_are_used(context: Context) -> Iterator[Problem]:
    slots = _offered(context, SLOT) | {f"{n}.imports" for n in _offered(context, IMPORTS)}
    offered = {"slots": slots, "blocks": _offered(context, BLOCK)}
    for recipe in context.recipes:
        for part, names in offered.items():
            for name, path in recipe.below(part).items():
                place = f"recipes/{recipe.name}/{part}/{name}"
                if name not in names:
                    hint = did_you_mean(name, names)
                    text = f"there is no {part.removesuffix('s')} {name}{hint}"
                    yield Problem(place, Code.UNKNOWN_SLOT, text)
                if not path.read_text(encoding="utf-8", errors="replace").strip():
                    text = "is empty; write what goes there, or delete it"
                    yield Problem(place, Code.EMPTY_FRAGMENT, text)


def _blocks_are_replaced_once(context: Context) -> Iterator[Problem]:
    for one, other in context.compatible_pairs:
        mine, theirs = one.below("blocks"), other.below("blocks")
        for name in sorted(mine.keys() & theirs.keys()):
            if any(
                one.manifest.applies_to(task)
                and other.manifest.applies_to(task)
                and _is_filled(context, mine[name], task)
                and _is_filled(context, theirs[name], task)
                for task in context.tasks
            ):
                text = (
                    f"{one.name} replaces this block, too; declare a conflict on both sides, or "
                    "put both into one group"
                )
                place = f"recipes/{other.name}/blocks/{name}"
                yield Problem(place, Code.BLOCK_REPLACED_TWICE, text)


def _is_filled(context: Context, fragment: Path, task: str) -> bool:
    """Tell whether a fragment has text in the projects of a task.

    One that is all within ``{% if task in [...] %}`` has none in those of others.
    """
    try:
        tree = context.environment.parse(fragment.read_text(encoding="utf-8", errors="replace"))
    except TemplateSyntaxError:
        return False  # reported by another rule
    parts = [node for node in tree.body if not _is_blank(node)]
    match parts:
        case [nodes.If(test=test, elif_=[], else_=[])]:
            return _holds(test, task)
    return True


def _is_blank(node: nodes.Node) -> bool:
    texts = node.nodes if isinstance(node, nodes.Output) else [node]
    return all(isinstance(text, nodes.TemplateData) and not text.data.strip() for text in texts)


def _holds(test: nodes.Node, task: str) -> bool:
    """Tell whether a comparison of ``task`` holds; True for whatever else is asked."""
    match test:
        case nodes.Compare(expr=nodes.Name(name="task"), ops=[nodes.Operand(op=op, expr=expr)]):
            asked = task in _strings(expr)
            return asked if op in ("eq", "in") else not asked
    return True


def _orders_are_of_filled_slots(context: Context) -> Iterator[Problem]:
    for recipe in context.recipes:
        order = recipe.manifest.order
        for slot in order if isinstance(order, dict) else ():
            if slot != "default" and not recipe.has(f"slots/{slot}"):
                hint = did_you_mean(slot, recipe.below("slots"))
                text = f"order: {recipe.name} does not fill the slot {slot}{hint}"
                yield Problem(recipe.document.where("order", slot), Code.UNFILLED_ORDER, text)


def _jinja_can_be_read(context: Context) -> Iterator[Problem]:
    for recipe in context.recipes:
        for part in ("slots", "blocks", "files"):
            for name, path in recipe.below(part).items():
                place = f"recipes/{recipe.name}/{part}/{name}"
                try:
                    context.environment.parse(path.read_text(encoding="utf-8"))
                except TemplateSyntaxError as error:
                    text = f"is not valid Jinja: {error.message}"
                    yield Problem(f"{place}:{error.lineno}", Code.INVALID_JINJA, text)
                except UnicodeDecodeError:
                    yield Problem(place, Code.INVALID_JINJA, "is not text in UTF-8")


def _names_in_jinja(context: Context, text: str) -> Iterator[tuple[int, str, str]]:
    """Yield the line, the variable and the name of ``"mixup" in chosen`` and the like."""
    try:
        tree = context.environment.parse(text)
    except TemplateSyntaxError:
        return  # reported by another rule, or by whoever renders the template
    for compare in tree.find_all(nodes.Compare):
        sides = [compare.expr, *(operand.expr for operand in compare.ops)]
        for side in sides:
            if isinstance(side, nodes.Name) and side.name in ("recipes", "chosen", "task"):
                for name in itertools.chain.from_iterable(map(_strings, sides)):
                    yield compare.lineno, side.name, name


def _strings(node: nodes.Expr) -> list[str]:
    """Return a string, or the strings of a list, as they are written in an expression."""
    items = node.items if isinstance(node, (nodes.List, nodes.Tuple)) else [node]
    constants = [item.value for item in items if isinstance(item, nodes.Const)]
    return [value for value in constants if isinstance(value, str)]


def _the_template_names_no_recipe(context: Context) -> Iterator[Problem]:
    for name, path in files_below(context.folder / "template").items():
        for _, _, asked in _names_in_jinja(context, name):
            yield _named_in_template(f"template/{name}", asked)
        if name.endswith(".jinja"):
            text = path.read_text(encoding="utf-8", errors="replace")
            for line, _, asked in _names_in_jinja(context, text):
                yield _named_in_template(f"template/{name}:{line}", asked)


def _named_in_template(place: str, asked: str) -> Problem:
    text = f"names {asked}; expected a slot or block that {asked} fills"
    return Problem(place, Code.RECIPE_NAMED_IN_TEMPLATE, text)


def _recipes_name_others_where_they_meet(context: Context) -> Iterator[Problem]:
    for recipe in context.recipes:
        for part in ("slots", "blocks", "files"):
            for name, path in recipe.below(part).items():
                text = path.read_text(encoding="utf-8", errors="replace")
                for line, variable, asked in _names_in_jinja(context, text):
                    is_test = part == "files" and name.startswith("tests/")
                    problem = _wrong_name(context, recipe, is_test, variable, asked)
                    if problem:
                        place = f"recipes/{recipe.name}/{part}/{name}:{line}"
                        yield Problem(place, *problem)


def _wrong_name(
    context: Context, recipe: Recipe, is_test: bool, variable: str, asked: str
) -> tuple[Code, str] | None:
    """Return why a recipe's Jinja may not ask for a name, or None if it may."""
    is_own = asked == recipe.name or (variable == "task" and asked in recipe.manifest.tasks)
    if is_test and not is_own:
        return Code.RECIPE_NAMED_ELSEWHERE, (
            f"names {asked}; a test is of one recipe: let {asked} fill a slot of the tests"
        )
    if asked not in context.names and recipe.name not in context.imported:
        hint = did_you_mean(asked, context.names)
        return Code.UNKNOWN_NAME, f"there is no recipe {asked}{hint}"
    if variable == "recipes":
        return Code.ASKS_RECIPES, (
            f'"{asked}" in recipes misses required recipes; write "{asked}" in chosen'
        )
    return None


def _references_name_no_other_recipe(context: Context) -> Iterator[Problem]:
    others = context.names - context.parts
    for recipe in context.recipes:
        if recipe.has(REFERENCE):
            try:
                tree = ast.parse((recipe.folder / REFERENCE).read_bytes())
            except (SyntaxError, ValueError):
                continue  # reported by another rule
            for node in ast.walk(tree):
                value = getattr(node, "value", None) if isinstance(node, ast.Constant) else None
                if isinstance(value, str) and value in others - {recipe.name}:
                    place = f"recipes/{recipe.name}/{REFERENCE}:{getattr(node, 'lineno', 1)}"
                    text = f"names {value}; a reference is of one recipe: move this to {value}"
                    yield Problem(place, Code.RECIPE_NAMED_ELSEWHERE, text)


RULES = (
    _fragments_are_used,
    _blocks_are_replaced_once,
    _orders_are_of_filled_slots,
    _jinja_can_be_read,
    _the_template_names_no_recipe,
    _recipes_name_others_where_they_meet,
    _references_name_no_other_recipe,
)
