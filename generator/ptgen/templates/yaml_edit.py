"""Changes a list in the text of a YAML file, and leaves every other byte as it is."""

from collections.abc import Iterable, Iterator, Sequence

import yaml

Edit = tuple[int, int, str]


def with_list(text: str, key: str, values: Iterable[str]) -> str:
    """Return the text of a mapping in which the list under a key has other values.

    Values that stay keep their place and their comments, new ones follow them.

    Args:
        text: Of a valid YAML file whose content is a mapping.
        key: One of its keys; if it is not there, it goes before ``status``, or to the end.
        values: Those that the list is to have.
    """
    root = yaml.compose(text, yaml.SafeLoader)
    entries = {name.value: (name, value) for name, value in root.value} if root else {}
    wanted = list(values)
    if key not in entries:
        line = f"{key}: [{', '.join(map(_scalar, wanted))}]\n"
        if "status" in entries:
            return _apply(text, [(entries["status"][0].start_mark.index,) * 2 + (line,)])
        return text + ("" if text.endswith("\n") else "\n") + line
    name, node = entries[key]
    if not isinstance(node, yaml.SequenceNode):
        return text
    kept = [item for item in node.value if item.value in wanted]
    new = [_scalar(value) for value in wanted if value not in [item.value for item in kept]]
    if not kept and (node.flow_style or not new):
        end = node.value[-1].end_mark.index if node.value else node.end_mark.index - 1
        if node.flow_style:
            return _apply(text, [(node.start_mark.index + 1, end, ", ".join(new))])
        return _apply(text, [(name.end_mark.index + 1, end, " []")])
    in_text = _in_flow if node.flow_style else _in_block
    return _apply(text, in_text(text, node.value, kept, new))


def _in_flow(
    _: str, items: Sequence[yaml.Node], kept: Sequence[yaml.Node], new: Sequence[str]
) -> Iterator[Edit]:
    """Yield the edits of a list in brackets, some of whose items stay."""
    last = items.index(kept[-1])
    for index, item in enumerate(items[:last]):
        if item not in kept:
            yield item.start_mark.index, items[index + 1].start_mark.index, ""
    end = kept[-1].end_mark.index
    yield end, items[-1].end_mark.index, "".join(f", {value}" for value in new)


def _in_block(
    text: str, items: Sequence[yaml.Node], kept: Sequence[yaml.Node], new: Sequence[str]
) -> Iterator[Edit]:
    """Yield the edits of a list with an item on each line."""
    anchor = kept[-1] if kept else items[-1]
    start = anchor.start_mark.index
    dash = text[text.rfind("\n", 0, start) + 1 : start]
    for item in items:
        begin = text.rfind("\n", 0, item.start_mark.index) + 1
        found = text.find("\n", item.end_mark.index)
        end = len(text) if found < 0 else found + 1
        added = "".join(f"{dash}{value}\n" for value in new) if item is anchor else ""
        if item not in kept:
            yield begin, end, added
        elif added:
            yield end, end, ("\n" if found < 0 else "") + added


def _apply(text: str, edits: Iterable[Edit]) -> str:
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _scalar(value: str) -> str:
    """Return a string as YAML, with quotes only where it would be something else without."""
    plain = all(letter.isalnum() or letter in "_-./" for letter in value)
    if plain and yaml.safe_load(f"[{value}]") == [value]:
        return value
    return str(yaml.safe_dump(value, default_style='"', width=10**6)).strip()
