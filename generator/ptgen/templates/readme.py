"""The README of a recipe: headings in a fixed order, Settings and Source from the manifest."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from ptgen.base.names import did_you_mean
from ptgen.templates.codes import Code
from ptgen.templates.manifest import Manifest, Setting, Value

HEADINGS = ("What it does", "Use it", "Composes with", "Settings", "Source")
NAME = re.compile(r"`([a-z][a-z0-9]*(?:-[a-z0-9]+)*)`")
FIX = "run ptgen check --fix"


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


@dataclass(frozen=True)
class Derived:
    """The lines of a section that follow from the manifest; what follows them is the author's.

    Attributes:
        title: Of the section.
        lines: A table or a list.
        mark: What each of its lines begins with.
        code: The rule that the section breaks if it has other lines.
    """

    title: str
    lines: list[str]
    mark: str
    code: Code

    def block(self, section: Section) -> tuple[int, int]:
        """Return the first and the last line, numbered from 0, that these are to replace."""
        texts = [text for _, text in section.lines]
        start = next((i for i, text in enumerate(texts) if text.strip()), len(texts))
        if self.mark == "|":  # a table may follow a sentence; a list there is the author's
            start = next((i for i, text in enumerate(texts) if text.startswith("|")), start)
        end = start
        while end < len(texts) and texts[end].startswith(self.mark):
            end += 1
        return section.line + start, section.line + end

    def is_in(self, section: Section) -> bool:
        """Tell whether the section has these lines."""
        start, end = self.block(section)
        return self.lines == [text for n, text in section.lines if start < n <= end]


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
        self._text = text
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
    ) -> Iterator[tuple[int, Code, str]]:
        """Yield what is wrong, with the number of the line.

        Args:
            manifest: Of the recipe.
            known: Names of all recipes, tasks and groups; None if it may speak of others.
        """
        if self.title.title != manifest.name:
            text = f"the title is {self.title.title!r}; expected # {manifest.name}"
            yield self.title.line, Code.README_TITLE, text
        yield from self._wrong_headings(manifest)
        derived = {one.title: one for one in _derived(manifest)}
        for section in self.sections:
            if section.title in derived:
                if not derived[section.title].is_in(section):
                    text = f"{section.title} differs from recipe.yml; {FIX}"
                    yield section.line, derived[section.title].code, text
            elif section.is_empty:
                yield section.line, Code.EMPTY_SECTION, f"{section.title!r} is empty"
            elif section.title == "Composes with" and known is not None:
                yield from _unknown_names(section, known)

    def _wrong_headings(self, manifest: Manifest) -> Iterator[tuple[int, Code, str]]:
        titles = [section.title for section in self.sections]
        derived = {one.title for one in _derived(manifest)}
        expected = [title for title in HEADINGS if _is_expected(title, manifest, titles, derived)]
        if titles == expected:
            return
        pairs = zip(self.sections, expected, strict=False)
        place = next((section.line for section, title in pairs if section.title != title), 1)
        missing = [title for title in expected if title not in titles]
        text = f"the headings are {_quoted(titles)}; expected {_quoted(expected)}"
        hint = f"; {FIX}" if missing and derived.issuperset(missing) else ""
        yield place, Code.README_HEADINGS, text + hint

    def updated(self, manifest: Manifest) -> str:
        """Return the text with the lines that follow from the manifest."""
        text = self._text
        for one in reversed(_derived(manifest)):
            text = Readme(text)._with(one)
        return text

    def _with(self, derived: Derived) -> str:
        """Return the text with derived lines in their section, which is added if it is missing."""
        lines = self._text.splitlines()
        found = {section.title: section for section in self.sections}
        section = found.get(derived.title)
        if section is not None and derived.is_in(section):
            return self._text
        if section is None:
            source = found.get("Source") if derived.title == "Settings" else None
            place = source.line - 1 if source else len(lines)
            new = [f"## {derived.title}", "", *derived.lines]
            lines[place:place] = [*new, ""] if source else ["", *new]
        else:
            start, end = derived.block(section)
            if section.is_empty:
                start = end = section.line
            before = [] if section.line < start else [""]
            after = [""] if end < len(lines) and lines[end].strip() else []
            lines[start:end] = [*before, *derived.lines, *after]
        return "\n".join(lines) + "\n"


def _is_expected(
    title: str, manifest: Manifest, titles: Collection[str], derived: Collection[str]
) -> bool:
    """Tell whether a README is to have a heading, given those that it has."""
    if title == "Settings" or (title == "Source" and manifest.is_part):
        return title in derived
    # A part is not chosen, so that its README may leave these out.
    return title in titles or not manifest.is_part or title == "What it does"


def _derived(manifest: Manifest) -> list[Derived]:
    """Return what follows from a manifest, in the order of the headings."""
    table = [_row(setting) for setting in manifest.config]
    head = ["| flag | default | values | meaning |", "|---|---|---|---|"]
    sources = [
        f"- {key[0].upper()}{key[1:]}: {' '.join(text.split())}"
        for key, text in manifest.source.items()
    ]
    derived = [
        Derived("Settings", [*head, *table] if table else [], "|", Code.SETTINGS_OUT_OF_STEP),
        Derived("Source", sources, "- ", Code.SOURCE_OUT_OF_STEP),
    ]
    return [one for one in derived if one.lines]


def _row(setting: Setting) -> str:
    flag = f"`{setting.flag}`" + (f", `--no-{setting.flag[2:]}`" if setting.type == "bool" else "")
    if isinstance(setting.default, dict):
        default = ", ".join(f"{_shown(value)} ({task})" for task, value in setting.default.items())
    else:
        default = _shown(setting.default)
    cells = [flag, default, _values(setting), setting.help]
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


def _shown(value: Value) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value) or '""'


def _values(setting: Setting) -> str:
    """Return which values a setting takes."""
    if setting.choices:
        return ", ".join(map(str, setting.choices))
    kinds = {"int": "whole numbers", "float": "numbers", "str": "text", "path": "a path"}
    return setting.range or kinds.get(setting.type, "on, off")


def _unknown_names(section: Section, known: Collection[str]) -> Iterator[tuple[int, Code, str]]:
    """Look at what stands before the colon of each entry; after it, code is quoted, too."""
    for number, line in section.lines:
        entry = line.partition(":")[0] if line.startswith("- ") else ""
        for name in NAME.findall(entry):
            if name not in known:
                text = f"there is no recipe {name}{did_you_mean(name, known)}"
                yield number, Code.README_UNKNOWN_NAME, text


def _quoted(titles: list[str]) -> str:
    return ", ".join(repr(title) for title in titles) or "none"
