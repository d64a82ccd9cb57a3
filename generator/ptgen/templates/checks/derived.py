"""What follows from manifests and folders, and is written by ``ptgen check --fix``.

README sections are compared by the rules of READMEs; here are a manifest's ``files`` and the group
of dependencies, and the writing of all three.
"""

import os
import tomllib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ptgen.base.errors import unwritable
from ptgen.templates import dependencies
from ptgen.templates.checks.context import Context, Recipe
from ptgen.templates.codes import Code, Problem
from ptgen.templates.readme import FIX, Readme
from ptgen.templates.yaml_edit import with_list

PYPROJECT = "pyproject.toml"


def problems(context: Context) -> Iterator[Problem]:
    """Yield where a manifest's ``files`` and the group of dependencies are out of step."""
    for recipe in context.recipes:
        there, listed = recipe.below("files"), recipe.manifest.files
        for index, name in enumerate(listed):
            if name not in there:
                text = f"files: files/{name} is missing; add it, or {FIX}"
                where = recipe.document.where("files", index)
                yield Problem(where, Code.FILES_OUT_OF_STEP, text)
        for name in there:
            if name not in listed:
                place = f"recipes/{recipe.name}/files/{name}"
                text = f"is not among the files of recipe.yml; {FIX}"
                yield Problem(place, Code.FILES_OUT_OF_STEP, text)
    yield from _problems_of_group(context)


@dataclass(frozen=True)
class OutdatedGroup:
    """The group of dependencies, where it differs from what it should be.

    Attributes:
        text: Of pyproject.toml.
        lines: What the group holds.
        needed: What it should hold.
    """

    text: str
    lines: list[str]
    needed: list[str]


def _problems_of_group(context: Context) -> Iterator[Problem]:
    try:
        found = _outdated_group(context)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        yield Problem(PYPROJECT, Code.OUTDATED_GROUP, f"is not TOML in UTF-8: {error}")
        return
    if found is not None:
        differ = sorted({str(line) for line in found.lines}.symmetric_difference(found.needed))
        what = f"differs from the manifests in {', '.join(differ)}" if differ else "is not sorted"
        hint = FIX
        if dependencies.with_group(found.text, found.needed) is None:
            hint = f"write it below [dependency-groups] as {dependencies.GROUP} = [], then {FIX}"
        text = f"the group {dependencies.GROUP} {what}; {hint}"
        yield Problem(PYPROJECT, Code.OUTDATED_GROUP, text)


def _outdated_group(context: Context) -> OutdatedGroup | None:
    """Return the group if it is out of step; None if there is none, or a manifest is invalid."""
    path = context.folder / PYPROJECT
    if not path.is_file() or len(context.manifests) < len(context.documents):
        return None
    text = path.read_bytes().decode()
    group = dependencies.group_of(text)
    needed = dependencies.of_all(context.folder, context.manifests)
    return None if group is None or group == needed else OutdatedGroup(text, group, needed)


def write(context: Context) -> list[str]:
    """Write what is out of step, and return the paths of the files that were changed."""
    changed = []
    for path, update in _updates(context):
        with suppress(UnicodeDecodeError, tomllib.TOMLDecodeError):  # which is reported
            text = path.read_bytes().decode()
            if (new := update(text)) != text:
                _replace(path, new)
                changed.append(path.relative_to(context.folder).as_posix())
    return sorted(changed)


def _updates(context: Context) -> Iterator[tuple[Path, Callable[[str], str]]]:
    """Yield each file that follows from others in part, with what brings its text up to date."""
    for recipe in context.recipes:
        yield recipe.folder / "recipe.yml", partial(_with_files, recipe)
        if recipe.has("README.md"):
            yield recipe.folder / "README.md", partial(_with_sections, recipe)
    if (context.folder / PYPROJECT).is_file():
        yield context.folder / PYPROJECT, partial(_with_group, context)


def _with_files(recipe: Recipe, text: str) -> str:
    there = recipe.below("files")
    is_listed = set(there) == set(recipe.manifest.files)
    return text if is_listed else with_list(text, "files", there)


def _with_sections(recipe: Recipe, text: str) -> str:
    return Readme(text).updated(recipe.manifest)


def _with_group(context: Context, text: str) -> str:
    found = _outdated_group(context)
    return (dependencies.with_group(text, found.needed) or text) if found else text


def _replace(path: Path, text: str) -> None:
    """Write a file at once: it has the old text or the new one, whatever happens meanwhile."""
    new = path.with_name(f".{path.name}.ptgen-{os.getpid()}")
    try:
        new.write_bytes(text.encode())
        new.chmod(path.stat().st_mode)
        new.replace(path)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        new.unlink(missing_ok=True)
