"""Names that recipes had, and recipes that are gone."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from ptgen.base.errors import Problems
from ptgen.templates import registry
from ptgen.templates.catalogue import Facts

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


def withdrawn(template: Path) -> dict[str, str]:
    """Return the names of recipes that a template had in earlier versions, with the reasons.

    Raises:
        Problems: With all that is wrong with the file.
    """
    if not (template / WITHDRAWN).is_file():
        return {}
    document = registry.read_file(template / WITHDRAWN, WITHDRAWN)
    if not isinstance(document.data or {}, dict):
        raise Problems([f"{document.where()}: expected a mapping, such as mixup: cutmix is better"])
    reasons = document.data or {}
    mistakes = [
        f"{document.where(name)}: {name}: expected the reason, in one line of text"
        for name, reason in reasons.items()
        if not isinstance(reason, str) or not reason.strip() or "\n" in reason.strip()
    ]
    if mistakes:
        raise Problems(mistakes)
    return {name: reason.strip() for name, reason in reasons.items()}
