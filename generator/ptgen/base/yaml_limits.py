"""Limits of the YAML that is read: files of others may be made to take all time and memory."""

import yaml

from ptgen.base.errors import PtgenError

MAX_LENGTH = 1_000_000
MAX_DEPTH = 50
MAX_VALUES = 100_000
# Text that is shorter and has no alias cannot go far beyond the limits.
SHORT = 2_000
# The fast one, where PyYAML was built with it.
Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def refuse_unbounded(text: str, name: str) -> None:
    """Refuse YAML that is too long or too deep, or that grows too large by its aliases.

    Args:
        text: The YAML. Where it is none, nothing is said: who parses it will.
        name: What messages are to call it.

    Raises:
        PtgenError: If it goes beyond a limit.
    """
    if len(text) > MAX_LENGTH:
        raise PtgenError(f"{name}: has {len(text):,} characters; expected at most {MAX_LENGTH:,}")
    if len(text) <= SHORT and "*" not in text:
        return
    try:
        _refuse_growth(text, name)
    except yaml.YAMLError:
        return


def _refuse_growth(text: str, name: str) -> None:
    sizes: dict[str | None, int] = {}  # of what has an anchor, with its aliases replaced
    opened: list[tuple[str | None, int]] = []
    total = 0
    for event in yaml.parse(text, Loader):
        where = f"{name}:{event.start_mark.line + 1 if event.start_mark else 1}"
        if isinstance(event, yaml.CollectionEndEvent):
            anchor, before = opened.pop()
            sizes[anchor] = total - before
        elif isinstance(event, yaml.AliasEvent):
            if any(anchor == event.anchor for anchor, _ in opened):
                raise PtgenError(f"{where}: *{event.anchor} stands for what it is in")
            total += sizes.get(event.anchor, 1)
        elif isinstance(event, yaml.NodeEvent):
            total += 1
            sizes[event.anchor] = 1
        if isinstance(event, yaml.CollectionStartEvent):
            opened.append((event.anchor, total - 1))  # it counts itself
        if len(opened) > MAX_DEPTH:
            raise PtgenError(f"{where}: is nested more than {MAX_DEPTH} deep")
        if total > MAX_VALUES:
            raise PtgenError(
                f"{where}: has more than {MAX_VALUES:,} values, each alias counted as what it "
                "stands for"
            )
