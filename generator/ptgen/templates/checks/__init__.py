"""Finds what is wrong with the recipes of a template, all of it at once."""

from collections.abc import Callable, Iterable
from pathlib import Path

from ptgen.templates import manifest, registry
from ptgen.templates.checks import (
    derived,
    folders,
    fragments,
    manifests,
    presets,
    readmes,
    relations,
    rendered,
)
from ptgen.templates.checks.context import Context, read_documents
from ptgen.templates.codes import Code, Problem
from ptgen.templates.template import Template

Rule = Callable[[Context], Iterable[Problem]]
RULES: tuple[Rule, ...] = (
    *manifests.RULES,
    *relations.RULES,
    *folders.RULES,
    *fragments.RULES,
    *readmes.RULES,
    *presets.RULES,
    derived.problems,
)


def find(template: Path, *, rendering: bool = True) -> list[Problem]:
    """Return all that is wrong with the recipes, tasks, parts and presets of a template.

    Args:
        template: Folder of the template.
        rendering: Whether to look into rendered projects where nothing else is wrong.

    Raises:
        PtgenError: If the folder is not a template.
    """
    context, problems = _read(template)
    for rule in RULES:
        problems += rule(context)
    if rendering and not problems:  # else they would be told again, by what comes of them
        problems += rendered.problems(context)
    return sorted(
        set(problems), key=lambda problem: (problem.path, problem.line or 0, str(problem))
    )


def count(template: Path) -> int:
    """Return how many recipes, tasks and parts a template has."""
    return len(list(template.glob("recipes/*/recipe.yml")))


def fix(template: Path) -> list[str]:
    """Write what follows from manifests and folders, and return the paths of the changed files.

    Args:
        template: Folder of the template.
    """
    context, _ = _read(template)
    return derived.write(context)


def _read(folder: Path) -> tuple[Context, list[Problem]]:
    """Open a template, with what is wrong with each manifest by itself."""
    template = Template(folder)
    template.config.refuse_code()
    read = list(read_documents(folder))
    documents = [one for one in read if isinstance(one, registry.Document)]
    valid, problems = manifest.validate(documents)
    for error in read:
        if not isinstance(error, registry.Document):
            place, text = str(error).split(": ", 1)
            problems.append(Problem(place, Code.INVALID_YAML, text))
            name = place.split("/")[1]
            path = f"recipes/{name}/recipe.yml"
            documents.append(registry.Document(folder / "recipes" / name, path, None, None))
    return Context(template, documents, valid), problems
