"""The files of rendered projects: each must be what its name says."""

import ast
import json
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import PurePosixPath

import yaml

from ptgen.base.errors import PtgenError
from ptgen.templates.catalogue import Catalogue, Facts
from ptgen.templates.checks.context import Context
from ptgen.templates.codes import Code, Problem

NAME = "myproject"
# What reads a file, by the end of its name, and what it is then called.
READERS: Mapping[str, tuple[str, Callable[[str], object]]] = {
    ".py": ("Python", ast.parse),
    ".toml": ("TOML", tomllib.loads),
    ".json": ("JSON", json.loads),
    ".yaml": ("YAML", yaml.safe_load),
    ".yml": ("YAML", yaml.safe_load),
}


def problems(context: Context) -> Iterator[Problem]:
    """Yield what cannot be rendered or read, in projects that together have all recipes."""
    for task in context.tasks:
        for recipes in _rows(context.template.catalogue(task)):
            answers = {"project_name": NAME, "package": NAME, "task": task, "recipes": recipes}
            try:
                context.template.problems(answers)  # its rules, which have to render as well
                found = list(unreadable(context.template.compose(answers)))
            except PtgenError as error:
                found = [f"cannot be rendered: {error}"]
            what = f"with {', '.join(recipes)}" if recipes else "without recipes"
            for text in found:
                yield Problem(f"recipes/{task}", Code.INVALID_OUTPUT, f"a project {what}: {text}")


def unreadable(files: Mapping[str, bytes]) -> Iterator[str]:
    """Yield which files of a project are not what their names say, given by their paths."""
    for path, content in sorted(files.items()):
        suffix = PurePosixPath(path).suffix
        if suffix not in READERS:
            continue
        kind, read = READERS[suffix]
        try:
            read(content.decode())
        except SyntaxError as error:
            yield f"{path}:{error.lineno or 1} is not {kind}: {error.msg}"
        except (ValueError, yaml.YAMLError, RecursionError) as error:
            yield f"{path} is not {kind}: {' '.join(str(error).split())}"


def _rows(catalogue: Catalogue[Facts]) -> Iterable[list[str]]:
    """Yield sets of recipes, as few as it takes to have each in one; first none at all."""
    yield []
    left = set(catalogue.names)
    while left:
        row = catalogue.largest(catalogue.complete(frozenset([min(left)])) or frozenset())
        yield row
        left -= {min(left), *row}
