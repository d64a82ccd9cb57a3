"""What follows from manifests and folders, and is written by ``ptgen check --fix``.

README sections are compared by the rules of READMEs; here are a manifest's ``files`` and the group
of dependencies, and the writing of all three.
"""

import os
import tomllib
from collections.abc import Iterator
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


def _problems_of_group(context: Context) -> Iterator[Problem]:
    try:
        group = _group(context)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        text = f"is not TOML in UTF-8: {error}"
        yield Problem(PYPROJECT, Code.OUTDATED_GROUP, text)
        return
    if group is None or not _all_are_valid(context):
        return
    needed = dependencies.of_all(context.template, context.manifests)
    if group != needed:
        differ = sorted({str(line) for line in group}.symmetric_difference(needed))
        what = f"the group {dependencies.GROUP} differs from the manifests in {', '.join(differ)}"
        if not differ:
            what = f"the group {dependencies.GROUP} is not sorted by name"
        yield Problem(PYPROJECT, Code.OUTDATED_GROUP, f"{what}; {FIX}")


def _group(context: Context) -> list[str] | None:
    path = context.template / PYPROJECT
    return dependencies.group_of(path.read_text(encoding="utf-8")) if path.is_file() else None


def _all_are_valid(context: Context) -> bool:
    return len(context.manifests) == len(context.documents)


def write(context: Context) -> list[str]:
    """Write what is out of step, and return the paths of the files that were changed."""
    changed = []
    for path, text in _texts(context):
        if path.read_text(encoding="utf-8") != text:
            _replace(path, text)
            changed.append(path.relative_to(context.template).as_posix())
    return sorted(changed)


def _texts(context: Context) -> Iterator[tuple[Path, str]]:
    """Yield each file that follows from others in part, with the text it should have."""
    for recipe in context.recipes:
        yield from _texts_of(recipe)
    path = context.template / PYPROJECT
    if _all_are_valid(context) and path.is_file():
        text = path.read_text(encoding="utf-8")
        try:
            has_group = dependencies.group_of(text) is not None
        except tomllib.TOMLDecodeError:
            return  # a problem that is reported
        needed = dependencies.of_all(context.template, context.manifests)
        if has_group and (new := dependencies.with_group(text, needed)) is not None:
            yield path, new


def _texts_of(recipe: Recipe) -> Iterator[tuple[Path, str]]:
    path = recipe.folder / "recipe.yml"
    there = recipe.below("files")
    if set(there) != set(recipe.manifest.files):
        yield path, with_list(path.read_text(encoding="utf-8"), "files", there)
    path = recipe.folder / "README.md"
    if path.is_file():
        text = path.read_text(encoding="utf-8")
        yield path, Readme(text).updated(recipe.manifest)


def _replace(path: Path, text: str) -> None:
    """Write a file at once: it has the old text or the new one, whatever happens meanwhile."""
    new = path.with_name(f".{path.name}.ptgen-{os.getpid()}")
    try:
        new.write_text(text, encoding="utf-8")
        new.chmod(path.stat().st_mode)
        new.replace(path)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        new.unlink(missing_ok=True)
