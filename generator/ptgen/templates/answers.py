"""Files of answers: those of a project, and presets; what is wrong with one, and where."""

import reprlib
from collections.abc import Collection, Iterable, Iterator

from ptgen.base.names import did_you_mean
from ptgen.templates.registry import Document

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


def _fits(key: str, value: object) -> bool:
    """Tell whether a value is what ``KINDS`` says; of a list, its entries are looked at later."""
    if key == "recipes":
        return isinstance(value, list)
    if key in OPTIONAL and value is None:
        return True
    return isinstance(value, str) and value.strip() != "" and "\n" not in value
