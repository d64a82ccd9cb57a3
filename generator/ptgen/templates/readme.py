"""The README of a recipe: headings in a fixed order, in step with the manifest."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from ptgen.base.names import did_you_mean
from ptgen.templates.manifest import Manifest

HEADINGS = (
    "What it does",
    "Use it",
    "What it changes",
    "Composes with",
    "Settings",
    "Source",
)
FLAG = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]*")
NAME = re.compile(r"`([a-z][a-z0-9]*(?:-[a-z0-9]+)*)`")


@dataclass
class Section:
    """A heading with the lines below it.

    Attributes:
        title: Without the signs before it.
        line: Number of its line.
        lines: The text below it, each with its number.
    """

    title: str
    line: int
    lines: list[tuple[int, str]] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing below the heading."""
        return not any(text.strip() for _, text in self.lines)


class Readme:
    """A README, split at its headings of the first and second level.

    Attributes:
        title: The heading of the first level.
        sections: Those of the second.
    """

    def __init__(self, text: str) -> None:
        """Split a text; what looks like a heading within ``` is code."""
        self.title = Section("", 1)
        self.sections: list[Section] = []
        in_code = False
        for number, line in enumerate(text.splitlines(), start=1):
            in_code ^= line.lstrip().startswith("```")
            if line.startswith("# ") and not in_code and not self.title.title:
                self.title = Section(line[2:].strip(), number)
            elif line.startswith("## ") and not in_code:
                self.sections.append(Section(line[3:].strip(), number))
            elif self.sections:
                self.sections[-1].lines.append((number, line))

    def problems(
        self, manifest: Manifest, known: Collection[str] | None
    ) -> Iterator[tuple[int, str]]:
        """Yield what is wrong, with the number of the line.

        Args:
            manifest: Of the recipe.
            known: Names of all recipes, tasks and groups; None if it may speak of others.
        """
        if self.title.title != manifest.name:
            yield self.title.line, f"the title is {self.title.title!r}; expected # {manifest.name}"
        expected = [title for title in HEADINGS if title != "Settings" or manifest.config]
        titles = [section.title for section in self.sections]
        if titles != expected:
            pairs = zip(self.sections, expected, strict=False)
            place = next((section.line for section, title in pairs if section.title != title), 1)
            yield place, f"the headings are {_quoted(titles)}; expected {_quoted(expected)}"
        for section in self.sections:
            if section.is_empty:
                yield section.line, f"nothing is written under {section.title!r}"
            elif section.title == "Composes with" and known is not None:
                yield from _unknown_names(section, known)
            elif section.title == "Settings":
                yield from _wrong_flags(section, {setting.flag for setting in manifest.config})


def _unknown_names(section: Section, known: Collection[str]) -> Iterator[tuple[int, str]]:
    """Look at what stands before the colon of each entry; after it, code is quoted, too."""
    for number, line in section.lines:
        entry = line.partition(":")[0] if line.startswith("- ") else ""
        for name in NAME.findall(entry):
            if name not in known:
                yield number, f"there is no recipe {name}{did_you_mean(name, known)}"


def _wrong_flags(section: Section, flags: set[str]) -> Iterator[tuple[int, str]]:
    named = {flag: number for number, line in section.lines for flag in FLAG.findall(line)}
    for flag, number in named.items():
        if flag not in flags:
            yield number, f"{flag} is no setting of this recipe{did_you_mean(flag, flags)}"
    for flag in sorted(flags - named.keys()):
        yield section.line, f"{flag} is not named under 'Settings'"


def _quoted(titles: list[str]) -> str:
    return ", ".join(repr(title) for title in titles) or "none"
