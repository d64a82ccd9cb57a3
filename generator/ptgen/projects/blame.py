"""Tells where each line of a project's file came from: the template, its task, a recipe, or you.

The origin of what the template renders is found by leaving out: the file is rendered again without
what one recipe brings, and the lines that are gone came from it. Marks in the template's texts, the
other way, would get into its sorting of imports, its length of lines and its comparisons of words,
and they could not tell of lines that stand in ``template/`` and are there because a recipe is, or
of those that a recipe only indents. Leaving out needs to know of none of this.

A recipe that is left out stays among the answers, so what others bring because of it stays, too:
lines for two recipes that meet are gone only without the one in whose folder they lie.

Whole projects, made by Copier, would take a third of a second for each recipe. So Copier makes one,
and the file alone is rendered here, in milliseconds. If that is not what Copier has made, line for
line, as where a template uses what only Copier has, Copier renders all of it after all.
"""

import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import Match, SequenceMatcher
from functools import cache, partial
from pathlib import Path
from typing import Any

import yaml
from jinja2 import FunctionLoader, Template, TemplateError
from jinja2.loaders import split_template_path

from ptgen.base.errors import PtgenError
from ptgen.projects.existing import ANSWERS, Project
from ptgen.templates import registry
from ptgen.templates.questions import Questions
from ptgen.templates.render import render, set_source

TEMPLATE, YOURS = "template", "yours"
# A name that Copier repeats for each entry of a list: {% yield f from files %}{{ f.path }}...
LOOP = re.compile(r"\{%-?\s*yield\s+(\w+)\s+from\s+(.+?)\s*-?%\}(.*)\{%-?\s*endyield\s*-?%\}")
MISTAKES = (TemplateError, yaml.YAMLError, TypeError, ValueError, LookupError, AttributeError)
# Renders a file of the project without the recipes, and the task, that are named first; the second
# tells whether they are there all the same, as strangers who bring nothing.
Renders = Callable[[frozenset[str], bool], list[str]]


@dataclass(frozen=True)
class Line:
    """A line of a file.

    Attributes:
        number: The first is 1.
        origin: ``template``, the name of the task or of a recipe, names with "+" between where
            several share the line, or ``yours``.
        text: The line, without its end.
    """

    number: int
    origin: str
    text: str


class Blame:
    """Tells of the lines of a project's files."""

    def __init__(self, project: Project, template: Path, room: Path) -> None:
        """Make the project again.

        Args:
            project: The project.
            template: Its template, at the version that the project is at.
            room: A folder to work in.

        Raises:
            PtgenError: If it cannot be made.
        """
        self._project = project
        self._by_copier = _ByCopier(project, template, room)
        self._made = self._by_copier.make(frozenset())
        self._alone = _Alone(project, template)

    def knows(self, file: Path) -> bool:
        """Tell whether the template brings a file of the project."""
        return (self._made / self._name(file)).is_file()

    def lines(self, file: Path) -> list[Line]:
        """Return the lines of a file of the project as it is.

        Raises:
            PtgenError: If the file is not text.
        """
        mine = read_lines(file)
        origins = [YOURS] * len(mine)
        if self.knows(file):
            made, found = self._origins(self._name(file))
            blocks = SequenceMatcher(None, mine, made, autojunk=False).get_matching_blocks()
            left = [found[block.b + step] for block in blocks for step in range(block.size)]
            for index, origin in zip(_left(mine, blocks), left, strict=True):
                origins[index] = origin
        numbered = enumerate(zip(origins, mine, strict=True), 1)
        return [Line(number, origin, text) for number, (origin, text) in numbered]

    def _name(self, file: Path) -> str:
        return _placed(file).relative_to(self._project.folder.resolve()).as_posix()

    def _origins(self, name: str) -> tuple[list[str], list[str]]:
        """Return the lines of a file as it is rendered, and the origin of each."""
        made = self._by_copier.render(name, frozenset(), True)
        for renderer in (self._alone, self._by_copier):
            renders = partial(renderer.render, name)
            try:
                if renders(frozenset(), False) == made:
                    return made, _by_leaving_out(renders, self._project)
            except MISTAKES:
                continue  # it uses what only Copier has
        raise PtgenError(f"{name} cannot be rendered without some of the recipes")


def project_around(file: Path) -> Project:
    """Return the project that a file is in.

    Raises:
        PtgenError: If there is no such file, or if it is in no project.
    """
    if file.is_dir():
        raise PtgenError(f"{file} is a folder; name a file")
    if not file.is_file():
        raise PtgenError(f"there is no file {file}; name one of a project")
    for folder in _placed(file).parents:
        if (folder / ANSWERS).is_file():
            return Project.open(folder)
    raise PtgenError(
        f"{file} is in no project: neither its folder nor one above it holds {ANSWERS}; "
        "make one with: ptgen new DEST"
    )


def read_lines(file: Path) -> list[str]:
    """Return the lines of a file without their ends.

    Raises:
        PtgenError: If it is not text.
    """
    try:
        text = file.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise PtgenError(f"{file} is not text in UTF-8; only text has lines to tell of") from error
    if "\0" in text:
        raise PtgenError(f"{file} is binary; only text has lines to tell of")
    return _lines(text)


def _lines(text: str) -> list[str]:
    lines = text.replace("\r\n", "\n").split("\n")
    return lines if lines[-1] else lines[:-1]


def _placed(file: Path) -> Path:
    """Return where a file is, without links on the way; it may be one itself."""
    return file.absolute().parent.resolve() / file.name


def _left(lines: Sequence[str], blocks: Iterable[Match]) -> list[int]:
    """Return which lines match, in order.

    Where the lines between, which do not, can be moved up or down because they repeat what is
    around them, they go down, but to where they follow an empty line if there is such a place:
    a function or a section that was added begins with its own first line.
    """
    left = [False] * len(lines)
    for block in blocks:
        left[block.a : block.a + block.size] = [True] * block.size
    for first in reversed(range(len(lines))):
        if left[first] or (first and not left[first - 1]):
            continue
        start = end = first  # of lines that do not match
        while True:
            while end < len(lines) and not left[end]:
                end += 1
            if end == len(lines) or lines[start] != lines[end]:
                break
            left[start], left[end] = True, False
            start += 1
        up = 0
        while start - up and lines[start - up - 1]:
            if not left[start - up - 1] or lines[start - up - 1] != lines[end - up - 1]:
                up = 0
                break
            up += 1
        for _ in range(up):
            start, end = start - 1, end - 1
            left[start], left[end] = False, True
    return [index for index, there in enumerate(left) if there]


def _by_leaving_out(renders: Renders, project: Project) -> list[str]:
    """Return the origin of each line of a file, by rendering it without each recipe."""
    rendered = cache(renders)
    made, task, everybody = rendered(frozenset(), False), project.task, sorted(project.recipes)

    @cache
    def left(*hidden: str, counted: bool = False, indented: bool = True) -> frozenset[int]:
        """Return which lines stay; if not ``indented``, also where they are indented otherwise."""
        before, after = made, rendered(frozenset(hidden), counted)
        if before == after:
            return frozenset(range(len(made)))
        if not indented:
            before, after = ([line.strip() for line in lines] for lines in (before, after))
        blocks = SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
        return frozenset(_left(before, blocks))

    def owners(index: int, names: list[str]) -> list[str]:
        """Return, of recipes without which a line is another, those whose line it is most.

        That is not the one that brings the file, nor one that only indents.
        """
        fillers = [name for name in names if rendered(frozenset({name}), False)] or names
        return [name for name in fillers if index not in left(name, indented=False)] or fillers

    def enough(index: int) -> list[str]:
        """Return the recipes each of which would do, so that leaving out one leaves the line."""
        others = {name: [one for one in everybody if one != name] for name in everybody}
        return [name for name in everybody if index in left(*others[name])]

    def origin(index: int) -> str:
        names = [name for name in everybody if index not in left(name)]
        if len(names) == 1:
            return names[0]
        # It is there without any recipe, or tells of how many there are, not of which.
        alone = not names and index in left(*everybody)
        if alone or index in left(*everybody, counted=True):
            return TEMPLATE if index in left(*everybody, task, counted=True) else task
        return "+".join(owners(index, names) if names else enough(index)) or TEMPLATE

    return [origin(index) for index in range(len(made))]


class _Chosen(list[str]):
    """The recipes that bring something. Those that are hidden are ``in`` it all the same."""

    def __init__(self, shown: Iterable[str], all_of_them: Iterable[str]) -> None:
        """List those shown."""
        super().__init__(shown)
        self._all = frozenset(all_of_them)

    def __contains__(self, name: object) -> bool:
        """Tell whether the project has a recipe."""
        return name in self._all or super().__contains__(name)


class _Alone:
    """Renders files of a project without Copier."""

    def __init__(self, project: Project, template: Path) -> None:
        """Read the template."""
        self._project = project
        questions = Questions(template)
        self._config = questions.config
        self._template = template
        self._suffix = str(self._config.get("_templates_suffix", ".jinja"))
        self._below = template / str(self._config.get("_subdirectory", ""))
        names = (path.relative_to(self._below) for path in self._below.rglob("*") if path.is_file())
        # Where there are two for one, Copier takes the one with the suffix: it comes last.
        self._names = sorted(
            (name.as_posix() for name in names), key=lambda name: name.endswith(self._suffix)
        )
        self._text: Callable[[str], str | None] = cache(self._read)
        self._environment = questions.environment.overlay(
            loader=FunctionLoader(self._text), cache_size=-1, auto_reload=False
        )
        nice_yaml = partial(yaml.safe_dump, indent=4, allow_unicode=True, default_flow_style=False)
        self._environment.filters["to_nice_yaml"] = nice_yaml
        self._manifests = [document.data for document in registry.read(template)]
        self._parse: Callable[[str], Template] = cache(self._environment.from_string)
        self._sources = cache(self._find_sources)

    def render(self, name: str, hidden: frozenset[str], counted: bool) -> list[str]:
        """Return the lines of a file, none if there is no such file; see ``Renders``."""
        sources = self._sources(hidden, counted)
        if name not in sources:
            return []
        source, context = sources[name]
        if not source.endswith(self._suffix):
            return _lines(self._text(source) or "")
        return _lines(self._environment.get_template(source).render(context))

    def _read(self, name: str) -> str | None:
        path = self._template.joinpath(*split_template_path(name))  # and a refusal of ".."
        return path.read_bytes().decode() if path.is_file() else None

    def _context(self, hidden: frozenset[str], counted: bool) -> dict[str, Any]:
        """Return what Copier knows when it renders, without what the hidden ones bring."""
        project = self._project
        shown = [name for name in project.recipes if name not in hidden]
        manifests = [facts for facts in self._manifests if facts["name"] not in hidden]
        strangers = [
            {**_bringing_nothing(facts), "name": _strange(facts["name"])}
            for facts in self._manifests
            if counted and facts["name"] in hidden
        ]
        task = _strange(project.task) if project.task in hidden else project.task
        answers = {**project.answers, "task": task, "recipes": shown}
        source = {"_commit": project.commit, "_src_path": project.src_path}
        source = {key: value for key, value in source.items() if value is not None}
        known = [*shown, *(facts["name"] for facts in strangers)]
        context: dict[str, Any] = {
            **answers,
            "recipes": _Chosen(known, project.recipes),
            "registry": manifests + strangers,
            "_copier_answers": {**answers, **source},
            "_copier_conf": {"answers_file": ANSWERS},
        }
        for name, question in self._config.items():
            if name in context or not isinstance(question, Mapping):
                continue
            if question.get("when") is False and "default" in question:
                context[name] = self._computed(question, context)
        return context

    def _computed(self, question: Mapping[str, Any], context: Mapping[str, Any]) -> Any:
        """Return the answer that the template gives itself."""
        default = question["default"]
        if not isinstance(default, str):
            return default
        text = self._parse(default).render(context)
        return text if question.get("type", "str") == "str" else yaml.safe_load(text)

    def _find_sources(
        self, hidden: frozenset[str], counted: bool
    ) -> dict[str, tuple[str, dict[str, Any]]]:
        """Return, for each file of the project, the template's, and what it is rendered with."""
        context = self._context(hidden, counted)
        found = {}
        for name in self._names:
            source = (self._below / name).relative_to(self._template).as_posix()
            for path, own in self._named(name.removesuffix(self._suffix), context):
                found[path] = source, {**context, **own}
        return found

    def _named(self, name: str, context: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
        """Yield what a file of the template is called in the project, which may be many names."""
        loop = LOOP.search(name)
        if loop is None:
            yield self._parse(name).render(context), {}
            return
        variable, entries, body = loop.groups()
        before, after = name[: loop.start()], name[loop.end() :]
        template = self._parse(before + body + after)
        for entry in self._environment.compile_expression(entries)(**context) or []:
            own = {variable: entry}
            yield template.render({**context, **own}), own


class _ByCopier:
    """Renders files of a project as Copier does, with all the rest of the project."""

    def __init__(self, project: Project, template: Path, room: Path) -> None:
        """Remember what to render."""
        self._project, self._template, self._room = project, template, room
        self._made: dict[frozenset[str], Path] = {}

    def render(self, name: str, hidden: frozenset[str], counted: bool) -> list[str]:  # noqa: ARG002
        """Return the lines of a file; see ``Renders``. Those who are hidden always count."""
        path = self.make(hidden) / name
        try:
            return _lines(path.read_bytes().decode()) if path.is_file() else []
        except UnicodeDecodeError:
            return []

    def make(self, hidden: frozenset[str]) -> Path:
        """Make the project, unless that was done before, and return its folder."""
        if hidden not in self._made:
            made = self._room / f"made-{len(self._made)}"
            render(self._without(hidden, made), self._project.answers, made)
            if (made / ANSWERS).is_file():
                set_source(made / ANSWERS, self._project.commit, self._project.src_path)
            self._made[hidden] = made
        return self._made[hidden]

    def _without(self, hidden: frozenset[str], made: Path) -> Path:
        """Return the template, where hidden recipes are known but bring nothing."""
        if not hidden:
            return self._template
        copy = made.with_name(f"{made.name}-of")
        shutil.copytree(self._template, copy, symlinks=True)
        for document in registry.read(copy):
            if document.data["name"] in hidden:
                shutil.rmtree(document.folder)
                document.folder.mkdir()
                text = yaml.safe_dump(_bringing_nothing(document.data), allow_unicode=True)
                (document.folder / "recipe.yml").write_text(text, encoding="utf-8")
        return copy


def _bringing_nothing(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return a manifest without what it brings to a project."""
    brought = ("files", "config", "dependencies", "dev_dependencies")
    return {key: value for key, value in facts.items() if key not in brought}


def _strange(name: str) -> str:
    """Return a name that no recipe has, at the same place in the alphabet."""
    return f"{name}\N{ZERO WIDTH SPACE}"
