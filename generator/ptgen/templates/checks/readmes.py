"""Rules of a recipe's README."""

from collections.abc import Iterator

from ptgen.templates.checks.context import Context
from ptgen.templates.codes import Code, Problem
from ptgen.templates.readme import Readme


def _readmes_are_complete(context: Context) -> Iterator[Problem]:
    known = context.names | context.groups
    for recipe in context.recipes:
        place = f"recipes/{recipe.name}/README.md"
        if not recipe.has("README.md"):
            yield Problem(place, Code.MISSING_README, "is missing; ptgen show prints it")
            continue
        text = (recipe.folder / "README.md").read_text(encoding="utf-8", errors="replace")
        names = None if recipe.name in context.imported else known
        for line, code, said in Readme(text).problems(recipe.manifest, names):
            yield Problem(f"{place}:{line}", code, said)


RULES = (_readmes_are_complete,)
