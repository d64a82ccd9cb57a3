"""What the rules look at: the manifests, folders and sources of a template."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from jinja2.sandbox import SandboxedEnvironment

from ptgen.base.errors import PtgenError
from ptgen.templates import origins, registry
from ptgen.templates.manifest import Manifest
from ptgen.templates.template import Template


@dataclass(frozen=True)
class Recipe:
    """A valid manifest with the place it was read from."""

    manifest: Manifest
    document: registry.Document

    @property
    def name(self) -> str:
        """The recipe's name, which is its folder's."""
        return self.document.folder.name

    @property
    def folder(self) -> Path:
        """The recipe's folder."""
        return self.document.folder

    def below(self, part: str) -> dict[str, Path]:
        """Return the files below a part of the recipe's folder, by their relative paths."""
        return files_below(self.folder / part)

    def has(self, path: str) -> bool:
        """Tell whether there is a file of that path in the folder."""
        return (self.folder / path).is_file()


@dataclass(frozen=True)
class Context:
    """A template whose recipes are checked.

    Attributes:
        template: The template, whose manifests may not be valid.
        documents: Every manifest as written.
        manifests: Those that are valid.
    """

    template: Template
    documents: list[registry.Document]
    manifests: list[Manifest]

    @property
    def folder(self) -> Path:
        """Folder of the template."""
        return self.template.folder

    @property
    def environment(self) -> SandboxedEnvironment:
        """What reads the template's Jinja, with the settings of its copier.yml."""
        return self.template.config.environment

    @cached_property
    def recipes(self) -> list[Recipe]:
        """The tasks, recipes and parts whose manifests are valid, tasks first."""
        documents = {document.folder.name: document for document in self.documents}
        manifests = sorted(self.manifests, key=lambda entry: not entry.is_task)
        return [Recipe(m, documents[m.name]) for m in manifests if m.name in documents]

    @cached_property
    def by_name(self) -> dict[str, Recipe]:
        """The same by their names."""
        return {recipe.name: recipe for recipe in self.recipes}

    @cached_property
    def names(self) -> set[str]:
        """Names of all recipes, tasks and parts, those with mistakes too."""
        return {document.folder.name for document in self.documents}

    @cached_property
    def tasks(self) -> list[str]:
        """Names of the tasks."""
        return [entry.name for entry in self.manifests if entry.is_task]

    @cached_property
    def parts(self) -> set[str]:
        """Names of the parts."""
        return {entry.name for entry in self.manifests if entry.is_part}

    @cached_property
    def groups(self) -> set[str]:
        """Names of all groups."""
        return {entry.group for entry in self.manifests if entry.group}

    @cached_property
    def imported(self) -> dict[str, str]:
        """Names of the recipes from other repositories, each with where it is from.

        Such a recipe may speak of others that are there. If the record cannot be read, that is a
        problem of its own.
        """
        try:
            recorded = origins.read(self.folder)
        except PtgenError:
            return {}
        return {name: origin.source for name, origin in recorded.items()}

    @cached_property
    def withdrawn(self) -> dict[str, str]:
        """Names of recipes that are no more; if that cannot be read, it is a problem of its own."""
        try:
            return self.template.withdrawn
        except PtgenError:
            return {}

    @cached_property
    def sources(self) -> dict[str, str]:
        """Text of every file that projects are made of, by path."""
        files = [("template", self.folder / "template")]
        files += [("composition/shared", self.folder / "composition/shared")]
        files += [
            (f"recipes/{recipe.name}/{part}", recipe.folder / part)
            for recipe in self.recipes
            for part in ("files", "slots", "blocks")
        ]
        return {
            f"{prefix}/{name}": path.read_text(encoding="utf-8", errors="replace")
            for prefix, folder in files
            for name, path in files_below(folder).items()
        }

    @cached_property
    def compatible_pairs(self) -> list[tuple[Recipe, Recipe]]:
        """Each pair that can be in one project."""
        carriers = {recipe.name: self._carriers(recipe.manifest) for recipe in self.recipes}
        return [
            (one, other)
            for one, other in itertools.combinations(self.recipes, 2)
            if any(_go_together(a, b) for a in carriers[one.name] for b in carriers[other.name])
        ]

    def _carriers(self, entry: Manifest) -> list[Manifest]:
        """Return what brings a recipe into a project: itself, or for a part, what requires it."""
        found: dict[str, Manifest] = {}
        todo = [entry]
        while todo:
            one = todo.pop()
            if one.name not in found:
                found[one.name] = one
                todo += [m for m in self.manifests if one.is_part and one.name in m.requires]
        return [one for one in found.values() if not one.is_part or one.default_of]


def _go_together(one: Manifest, other: Manifest) -> bool:
    """Tell whether neither the rules nor the tasks keep two recipes apart."""
    apart = one.name in other.conflicts or other.name in one.conflicts
    groups = {one.group or one.default_of, other.group or other.default_of}
    rivals = one.name != other.name and len(groups) == 1 and groups != {None}
    return not apart and not rivals and share_a_task(one, other)


def share_a_task(one: Manifest, other: Manifest) -> bool:
    """Tell whether there is a task that both apply to."""
    if one.tasks == "all" or other.tasks == "all":
        return True
    return not set(one.tasks).isdisjoint(other.tasks)


def files_below(folder: Path) -> dict[str, Path]:
    """Return the files below a folder by relative path, without what Python compiles."""
    return {
        path.relative_to(folder).as_posix(): path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def read_documents(template: Path) -> Iterable[registry.Document | PtgenError]:
    """Yield each manifest of a template, or why it cannot be read."""
    for path in sorted(template.glob("recipes/*/recipe.yml")):
        try:
            yield registry.read_file(path, path.relative_to(template).as_posix())
        except PtgenError as error:
            yield error
