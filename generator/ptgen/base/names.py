"""Names that are close to a name that does not exist."""

import difflib
from collections.abc import Iterable

from ptgen.base.errors import PtgenError


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Return ``; did you mean mixup?``, or nothing if no name is near."""
    near = difflib.get_close_matches(name, list(names), n=1)
    return f"; did you mean {near[0]}?" if near else ""


def unknown(kind: str, name: str, names: Iterable[str]) -> PtgenError:
    """Return the refusal of a name that does not exist.

    Args:
        kind: What it should be a name of: ``task`` or ``recipe``.
        name: The name that was given.
        names: Those that exist.
    """
    names = sorted(names)
    hint = did_you_mean(name, names) or f"; there are: {', '.join(names) or 'none'}"
    return PtgenError(f'there is no {kind} "{name}"{hint}')
