"""Tells where each line of a project's file came from: the template, its task, a recipe, or you.

The origin of what the template renders is found by ablation: the file is rendered again without
what one recipe brings, and the lines that are gone came from it. Marks in the template's texts, the
other way, would get into its sorting of imports, its length of lines and its comparisons of words,
and they could not tell of lines that stand in ``template/`` and are there because a recipe is, or
of those that a recipe only indents. Ablation needs to know of none of this.

A recipe that is left out stays among the names of what is chosen, so what others bring because of
it stays, too: lines for two recipes that meet are gone only without the one in whose folder they
lie.

Whole projects, rendered by Copier, would take a third of a second for each recipe. So Copier
renders one, and a ``Composer`` the file alone, in milliseconds. If that is not what Copier has
rendered, line for line, as where a template uses what only Copier has, Copier renders all of it.
"""

import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import Match, SequenceMatcher
from functools import cache, partial
from pathlib import Path
from typing import Any

import yaml

from ptgen.base.errors import PtgenError
from ptgen.projects.existing import ANSWERS, Project
from ptgen.templates import Template
from ptgen.templates.answers import set_source
from ptgen.templates.composer import Context
from ptgen.templates.config import MISTAKES

TEMPLATE, YOURS = "template", "yours"
# Renders a file of the project without what is named first, of its task, recipes and parts; the
# second tells whether these are there all the same, as strangers who bring nothing.
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

    def __init__(self, project: Project, template: Template, workdir: Path) -> None:
        """Create the project again.

        Args:
            project: The project.
            template: Its template, at the version that the project is at.
            workdir: A folder to work in.

        Raises:
            PtgenError: If it cannot be created.
        """
        self._project = project
        chosen = template.catalogue(project.task).chosen(project.recipes)
        self._brought = sorted(name for name in chosen if name != project.task)
        self._by_copier = _CopierRenderer(project, template, workdir)
        self._made = self._by_copier.make(frozenset())
        self._by_jinja = _JinjaRenderer(project, template, chosen)

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
        for renderer in (self._by_jinja, self._by_copier):
            renders = partial(renderer.render, name)
            try:
                if renders(frozenset(), False) == made:
                    return made, _by_ablation(renders, self._project.task, self._brought)
            except (*MISTAKES, PtgenError):
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
        f"{file} is not in a project: neither its folder nor one above it holds {ANSWERS}; "
        "create one with: ptgen new DEST"
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


def _by_ablation(renders: Renders, task: str, everybody: Sequence[str]) -> list[str]:
    """Return the origin of each line of a file, by rendering it without each recipe and part."""
    rendered = cache(renders)
    made = rendered(frozenset(), False)

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
    """The names of what brings something. Those that are hidden are ``in`` it all the same."""

    def __init__(self, shown: Iterable[str], all_of_them: Iterable[str]) -> None:
        """List those shown."""
        super().__init__(shown)
        self._all = frozenset(all_of_them)

    def __contains__(self, name: object) -> bool:
        """Tell whether the project has a recipe."""
        return name in self._all or super().__contains__(name)


class _JinjaRenderer:
    """Renders files of a project one at a time."""

    def __init__(self, project: Project, template: Template, chosen: Sequence[str]) -> None:
        """Remember what to render."""
        self._project, self._template, self._chosen = project, template, chosen
        self._sources = cache(self._find_sources)

    def render(self, name: str, hidden: frozenset[str], counted: bool) -> list[str]:
        """Return the lines of a file, none if there is no such file; see ``Renders``."""
        source = self._sources(hidden, counted).get(name)
        return _lines(self._template.composer.content(*source).decode()) if source else []

    def _find_sources(
        self, hidden: frozenset[str], counted: bool
    ) -> dict[str, tuple[str, Context]]:
        """Return the sources of a project without what the hidden ones bring."""
        project, manifests = self._project, self._template.raw_manifests
        strangers = [
            {**_bringing_nothing(entry), "name": _strange(entry["name"])}
            for entry in manifests
            if counted and entry["name"] in hidden
        ]
        task = _strange(project.task) if project.task in hidden else project.task

        def shown(names: Iterable[str]) -> _Chosen:
            left = [task if name == project.task else name for name in names]
            known = [name for name in left if name not in hidden]
            return _Chosen([*known, *(entry["name"] for entry in strangers)], names)

        source = {"_commit": project.commit, "_src_path": project.src_path}
        recorded = {key: value for key, value in source.items() if value is not None}
        known = self._template.config.known(project.answers)
        answers = {**known, "task": task, "recipes": list(shown(project.recipes))}
        overrides = {
            "ablated": bool(hidden),
            "recipes": shown(project.recipes),
            "chosen": shown(self._chosen),
            "registry": [entry for entry in manifests if entry["name"] not in hidden] + strangers,
            "_copier_answers": {**answers, **recorded},
        }
        composer = self._template.composer
        return composer.sources(composer.context(answers, overrides))


class _CopierRenderer:
    """Renders files of a project as Copier does, with all the rest of the project."""

    def __init__(self, project: Project, template: Template, workdir: Path) -> None:
        """Remember what to render."""
        self._project, self._template, self._workdir = project, template, workdir
        self._made: dict[frozenset[str], Path] = {}

    def render(self, name: str, hidden: frozenset[str], counted: bool) -> list[str]:  # noqa: ARG002
        """Return the lines of a file; see ``Renders``. Those who are hidden always count."""
        path = self.make(hidden) / name
        try:
            return _lines(path.read_bytes().decode()) if path.is_file() else []
        except UnicodeDecodeError:
            return []

    def make(self, hidden: frozenset[str]) -> Path:
        """Create the project, unless that was done before, and return its folder."""
        if hidden not in self._made:
            made = self._workdir / f"made-{len(self._made)}"
            answers = {**self._project.answers, "ablated": bool(hidden)}
            self._without(hidden, made).render(answers, made)
            if (made / ANSWERS).is_file():
                set_source(made / ANSWERS, self._project.commit, self._project.src_path)
            self._made[hidden] = made
        return self._made[hidden]

    def _without(self, hidden: frozenset[str], made: Path) -> Template:
        """Return the template, where hidden recipes are known but bring nothing."""
        if not hidden:
            return self._template
        copy = made.with_name(f"{made.name}-of")
        shutil.copytree(self._template.folder, copy, symlinks=True)
        for document in Template(copy).documents:
            if document.data["name"] in hidden:
                shutil.rmtree(document.folder)
                document.folder.mkdir()
                text = yaml.safe_dump(_bringing_nothing(document.data), allow_unicode=True)
                (document.folder / "recipe.yml").write_text(text, encoding="utf-8")
        return Template(copy)


def _bringing_nothing(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return a manifest without what it brings to a project."""
    brought = ("files", "config", "dependencies", "dev_dependencies")
    return {key: value for key, value in facts.items() if key not in brought}


def _strange(name: str) -> str:
    """Return a name that no recipe has, at the same place in the alphabet."""
    return f"{name}\N{ZERO WIDTH SPACE}"
