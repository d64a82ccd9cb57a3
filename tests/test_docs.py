"""The page of slots says what the template offers."""

import re

from .conftest import ROOT

SOURCES = [
    path.read_text()
    for folder in (ROOT / "template", ROOT / "composition/shared", ROOT / "recipes")
    for path in folder.rglob("*")
    if path.is_file()
]


def names(macros: str) -> set[str]:
    """Return the names of the slots or blocks that the template offers."""
    return {name for text in SOURCES for name in re.findall(rf'\b(?:{macros})\("([a-z_.]+)"', text)}


def test_the_page_of_slots_names_every_slot_and_block() -> None:
    page = (ROOT / "docs/slots.md").read_text()
    tables = {"slot": set[str](), "block": set[str]()}
    for kind, table in re.findall(r"\| (slot|block) \| is \|\n\|---\|---\|\n((?:\|.*\n)+)", page):
        tables[kind] |= set(re.findall(r"^\| `([a-z_.]+)`", table, re.MULTILINE))
    assert tables == {"slot": names("slot|filled"), "block": names("block|expression")}
