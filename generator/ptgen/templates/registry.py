"""The manifests of a template as they are written, each with the lines it is written on.

This reads them without pydantic, whose import takes longer than all the rest of ``ptgen list``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import yaml

from ptgen.base.errors import Problems, PtgenError
from ptgen.base.yaml_limits import Loader, refuse_unbounded

# In the order of a listing.
Category = Literal[
    "task",
    "layers",
    "ops",
    "data",
    "losses",
    "optimisation",
    "training",
    "distributed",
    "logging",
    "visualisation",
    "evaluation",
    "export",
    "tooling",
]
CATEGORIES: tuple[str, ...] = get_args(Category)


@dataclass(frozen=True)
class Document:
    """A file of YAML, such as a recipe.yml.

    Attributes:
        folder: The folder it lies in, which is the recipe's.
        path: The file's name in messages: ``recipes/mixup/recipe.yml``.
        data: The content, a mapping if all is well.
        node: The content with its marks; None if the file is empty.
    """

    folder: Path
    path: str
    data: Any
    node: yaml.Node | None

    def where(self, *keys: str | int) -> str:
        """Return ``path:line`` of an entry, or of the nearest one around it that is there."""
        node = self.node
        line = node.start_mark.line if node else 0
        for key in keys:
            found = next((marks for marks in _children(node) if marks[0] == key), None)
            if found is None:
                break
            _, line, node = found
        return f"{self.path}:{line + 1}"


def read(template: Path) -> list[Document]:
    """Read every manifest of a template, sorted by the recipes' folders.

    Raises:
        Problems: When files are not YAML, one for each.
    """
    documents, problems = [], []
    for path in sorted(template.glob("recipes/*/recipe.yml")):
        try:
            documents.append(read_file(path, path.relative_to(template).as_posix()))
        except PtgenError as error:
            problems.append(str(error))
    if problems:
        raise Problems(problems)
    return documents


def read_file(path: Path, name: str) -> Document:
    """Read and parse a file; see ``parse``."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise PtgenError(f"{name}:1: not YAML in UTF-8: {error}") from error
    return parse(text, name, path.parent)


def parse(text: str, name: str, folder: Path) -> Document:
    """Parse the text of a file that messages are to call ``name``.

    Raises:
        PtgenError: If it is not YAML, or if it goes beyond the limits of what is read.
    """
    refuse_unbounded(text, name)
    try:
        return _parse(text, name, folder)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise PtgenError(f"{name}:{line}: not YAML: {error.problem}") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = str(error).splitlines()[0]
        raise PtgenError(f"{name}:1: not YAML in UTF-8: {reason}") from error


def _parse(text: str, name: str, folder: Path) -> Document:
    loader = Loader(text)
    try:
        node = loader.get_single_node()
        data = loader.construct_document(node) if node else None
    finally:
        loader.dispose()
    return Document(folder, name, data, node)


def _children(node: yaml.Node | None) -> Iterator[tuple[str | int, int, yaml.Node]]:
    """Yield the key or index, the line and the value of each entry."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield key.value, key.start_mark.line, value
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield index, value.start_mark.line, value
