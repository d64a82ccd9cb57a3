"""What the projects of a template need, and the group of pyproject.toml that holds it."""

import ast
import json
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from ptgen.templates.manifest import Manifest

GROUP = "recipes"
OWN_DEPENDENCIES = re.compile(r"\bdependency_list\((\[.*?\])[,)]", re.DOTALL)
# The array of the group: strings, comments and what is between them.
ARRAY = re.compile(
    rf"""^({GROUP}\s*=\s*)\[(?:"[^"\n]*"|'[^'\n]*'|\#[^\n]*|[^"'\#\]])*\]""", re.MULTILINE
)


def of_every_project(template: Path) -> list[str]:
    """Return the requirements that the sources of a template give to every project."""
    files = (path for path in sorted((template / "template").rglob("*")) if path.is_file())
    texts = (path.read_text(encoding="utf-8", errors="replace") for path in files)
    lists = [found for text in texts for found in OWN_DEPENDENCIES.findall(text)]
    return [line for found in lists for line in ast.literal_eval(found)]


def of_all(template: Path, manifests: Iterable[Manifest]) -> list[str]:
    """Return what any project of a template may need, once each, sorted by name."""
    lines = of_every_project(template)
    for manifest in manifests:
        lines += [*manifest.dependencies, *manifest.dev_dependencies]
    first: dict[str, str] = {}
    for line in lines:
        first.setdefault(name_of(line), line)
    return [first[name] for name in sorted(first)]


def name_of(requirement: str) -> str:
    """Return the normalised name of the package that is required."""
    return canonicalize_name(Requirement(requirement).name)


def group_of(text: str) -> list[str] | None:
    """Return what the group holds in the text of a pyproject.toml; None if it has no such group.

    Raises:
        tomllib.TOMLDecodeError: If the text is not TOML.
    """
    groups = tomllib.loads(text).get("dependency-groups", {})
    return groups.get(GROUP) if isinstance(groups, dict) else None


def with_group(text: str, requirements: Iterable[str]) -> str | None:
    """Return the text of a pyproject.toml with other requirements in the group, all else as it was.

    None if the group is not written in a way that can be replaced.
    """
    wanted = list(requirements)
    array = "".join(f"    {json.dumps(line)},\n" for line in wanted)
    start = text.find("[dependency-groups]")
    match = ARRAY.search(text, max(start, 0))
    if match is None:
        return None
    changed = f"{text[: match.start()]}{match[1]}[\n{array}]{text[match.end() :]}"
    try:
        return changed if group_of(changed) == wanted else None
    except tomllib.TOMLDecodeError:
        return None
