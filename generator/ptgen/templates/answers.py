"""Files of answers, those of projects and presets: what is wrong with them, and their source."""

import reprlib
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

import yaml

from ptgen.base.names import did_you_mean
from ptgen.templates.registry import Document
from ptgen.templates.template import Template

# What an answer must be.
KINDS = {
    "summary": "a line of text",
    "project_name": "a line of text",
    "package": "a line of text",
    "task": "the name of a task",
    "recipes": "a list of names, like [amp, ema]",
    "_src_path": "a line of text",
    "_commit": "a line of text",
}
OPTIONAL = ("_src_path", "_commit")


def mistakes(
    document: Document, required: Iterable[str], known: Collection[str] | None = None
) -> Iterator[str]:
    """Yield what is wrong with the keys of a file, and with the values of those in ``KINDS``.

    Args:
        document: The file.
        required: The keys that it must have.
        known: The keys that it may have, besides those that begin with ``_``; None for any.
    """
    data, where = document.data, document.where
    if not isinstance(data, dict):
        yield f"{where()}: expected keys and values: {', '.join(known or required)}"
        return
    for key in required:
        if key not in data:
            yield f"{where()}: {key}: is missing; expected {KINDS[key]}"
    for key, value in data.items():
        if known is not None and key not in known and not str(key).startswith("_"):
            hint = did_you_mean(str(key), known) or f"; expected {', '.join(known)}"
            yield f"{where(key)}: {key}: is not a known key{hint}"
        elif key in KINDS and not _fits(key, value):
            yield f"{where(key)}: {key}: {reprlib.repr(value)} is not {KINDS[key]}"
        elif key == "recipes":
            for index, name in enumerate(value):
                if not isinstance(name, str):
                    yield f"{where(key, index)}: {key}: {reprlib.repr(name)} is not a name"
                elif name in value[:index]:
                    yield f"{where(key, index)}: {key}: {name} is listed twice"


def record_source(project: Path, template: Template) -> None:
    """Write into a project's answers where its template came from, as Copier would have done.

    Copier has rendered a plain folder and recorded its temporary path.
    """
    path = project / template.config.answers_file
    if path.is_file():
        set_source(path, template.commit, template.src_path)


def set_source(path: Path, commit: str | None, src_path: str | None) -> None:
    """Change, in a file of answers, which version of which template they are for."""
    text = path.read_text(encoding="utf-8")
    values = {"_commit": commit, "_src_path": src_path}
    known = {key: value for key, value in values.items() if value is not None}
    lines = yaml.dump(known, indent=4, allow_unicode=True) if known else ""
    root = yaml.compose(text, yaml.SafeLoader)
    marks = [
        (key.start_mark.index, value.end_mark.index)
        for key, value in (root.value if isinstance(root, yaml.MappingNode) else ())
        if key.value in values
    ]
    first = min([start for start, _ in marks], default=root.start_mark.index if root else len(text))
    for start, end in reversed(marks):
        text = text[:start] + text[end:].removeprefix("\n")
    path.write_text(text[:first] + lines + text[first:], encoding="utf-8")


def _fits(key: str, value: object) -> bool:
    """Tell whether a value is what ``KINDS`` says; of a list, its entries are looked at later."""
    if key == "recipes":
        return isinstance(value, list)
    if key in OPTIONAL and value is None:
        return True
    return isinstance(value, str) and value.strip() != "" and "\n" not in value
