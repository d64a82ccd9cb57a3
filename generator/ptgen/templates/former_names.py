"""Names that recipes had, and recipes that are gone."""

from collections.abc import Iterable, Mapping

from ptgen.base.errors import Problems
from ptgen.templates.catalogue import Facts
from ptgen.templates.registry import Document

WITHDRAWN = "recipes/withdrawn.yml"


def current(
    names: Iterable[str], entries: Iterable[Facts], withdrawn: Mapping[str, str]
) -> tuple[list[str], list[str]]:
    """Return recipes by the names they have now, sorted, and a line for each that has another.

    Args:
        names: The names that they had.
        entries: The recipes of the template.
        withdrawn: See ``withdrawn``.

    Raises:
        Problems: For each that is gone, with the reason where there is one.
    """
    entries = list(entries)
    known = {entry.name for entry in entries}
    now = {old: entry.name for entry in entries for old in entry.formerly}
    found, notes, problems = set[str](), list[str](), list[str]()
    for name in names:
        if name in known:
            found.add(name)
        elif name in now:
            found.add(now[name])
            notes.append(f"{name} is now called {now[name]}")
        else:
            reason = withdrawn.get(name, "no reason is given")
            problems.append(
                f"{name} is not in that version of the template: {reason}; "
                f"first: ptgen remove {name}"
            )
    if problems:
        raise Problems(problems)
    return sorted(found), notes


def withdrawn(document: Document) -> dict[str, str]:
    """Return the names of recipes that a template had in earlier versions, with the reasons.

    Args:
        document: Its file ``WITHDRAWN``.

    Raises:
        Problems: With all that is wrong with the file.
    """
    reasons = document.data or {}
    if not isinstance(reasons, dict):
        raise Problems([f"{document.where()}: expected a mapping, such as mixup: cutmix is better"])
    mistakes = [
        f"{document.where(name)}: {name}: expected the reason, in one line of text"
        for name, reason in reasons.items()
        if not isinstance(reason, str) or not reason.strip() or "\n" in reason.strip()
    ]
    if mistakes:
        raise Problems(mistakes)
    return {name: reason.strip() for name, reason in reasons.items()}
