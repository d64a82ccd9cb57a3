"""A template that has been opened: each of its files is read, validated and compiled once.

`ptgen list` imports this module, so what takes long to import is imported where it is used.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ptgen.base.errors import Problems
from ptgen.base.names import did_you_mean
from ptgen.templates import registry

if TYPE_CHECKING:
    from ptgen.templates.catalogue import Catalogue, Facts
    from ptgen.templates.composer import Composer
    from ptgen.templates.config import Config
    from ptgen.templates.manifest import Manifest
    from ptgen.templates.presets import Preset

RULES = "composition/problems.jinja"
Answers = Mapping[str, Any]


@dataclass(frozen=True)
class Template:
    """A template as a plain folder, which is not a git repository and does not change.

    Attributes:
        folder: The folder.
        src_path: Where it can be had again, as Copier records it; None if that is not known.
        commit: Its tag or commit there, as Copier records it; None if it has none.
        is_changed: Whether it has changes that are not in that commit.
    """

    folder: Path
    src_path: str | None = None
    commit: str | None = None
    is_changed: bool = False
    _catalogues: "dict[str, Catalogue[Facts]]" = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @cached_property
    def config(self) -> "Config":
        """Its copier.yml.

        Raises:
            PtgenError: If there is none, or if the template would run code.
        """
        from ptgen.templates.config import Config

        return Config(self.folder)

    @cached_property
    def documents(self) -> list[registry.Document]:
        """Every manifest as it is written, sorted by the recipes' folders.

        Raises:
            Problems: If one is not YAML.
        """
        return registry.read(self.folder)

    @cached_property
    def raw_manifests(self) -> list[dict[str, Any]]:
        """The content of every manifest, which may not be valid, as Copier reads it."""
        return [document.data for document in self.documents if isinstance(document.data, dict)]

    @property
    def manifests(self) -> "list[Manifest]":
        """Every manifest, sorted by name.

        Raises:
            Problems: With every mistake of every manifest, each with file and line.
        """
        self.refuse_invalid()
        return self.valid_manifests

    @property
    def valid_manifests(self) -> "list[Manifest]":
        """The manifests that are valid in themselves, sorted by name."""
        return self._validated[0]

    def refuse_invalid(self) -> None:
        """Raise Problems if there is no task or if a manifest is not valid."""
        found, problems = self._validated
        if not problems and not any(entry.is_task for entry in found):
            problems = [
                "the template has no task; expected recipes/<task>/recipe.yml with kind: task"
            ]
        if problems:
            raise Problems(problems)

    @cached_property
    def _validated(self) -> "tuple[list[Manifest], list[str]]":
        from ptgen.templates import manifest

        valid, problems = manifest.validate(self.documents)
        return valid, list(map(str, problems))

    @cached_property
    def tasks(self) -> list[str]:
        """Names of the tasks, sorted."""
        return sorted(entry["name"] for entry in self.raw_manifests if entry["kind"] == "task")

    @cached_property
    def entries(self) -> "list[Facts]":
        """What the rules ask of the manifests, whichever version of ptgen they are written for."""
        from ptgen.templates.catalogue import Facts

        return [Facts.of(entry) for entry in self.raw_manifests]

    def catalogue(self, task: str) -> "Catalogue[Facts]":
        """Return what can be in a project of a task."""
        from ptgen.templates.catalogue import Catalogue

        if task not in self._catalogues:
            self._catalogues[task] = Catalogue(task, self.entries)
        return self._catalogues[task]

    @cached_property
    def presets(self) -> "list[Preset]":
        """The presets, sorted by name.

        Raises:
            Problems: With every mistake of every preset but for names that do not exist.
        """
        from ptgen.templates import presets

        return presets.read(self.folder)

    @cached_property
    def withdrawn(self) -> dict[str, str]:
        """Names of recipes that it had in earlier versions, with the reasons why they are gone.

        Raises:
            Problems: With all that is wrong with the file that says so.
        """
        from ptgen.templates import former_names

        name = former_names.WITHDRAWN
        text = self.config.text(name)
        return former_names.withdrawn(registry.parse(text or "", name, self.folder))

    def problems(self, answers: Answers) -> list[str]:
        """Return what is wrong with answers, in the words in which Copier refuses them.

        Args:
            answers: ``project_name``, ``package``, ``task`` and ``recipes``. Those left out are not
                looked at.
        """
        found = []
        task = answers.get("task")
        if task is not None and task not in self.tasks:
            hint = did_you_mean(task, self.tasks) or f"; there are: {', '.join(self.tasks)}"
            found.append(f'there is no task "{task}"{hint}')
        names = self._broken("project_name", answers)
        # A package that follows from a bad name is not a second mistake.
        if not names or answers.get("package") != self.config.default("package", answers):
            names += self._broken("package", answers)
        return [*names, *found, *self._broken("recipes", answers)]

    def render(self, answers: Answers, destination: Path) -> None:
        """Create a project with Copier.

        Args:
            answers: Those to the template's questions; where one is left out, its default holds.
            destination: Folder of the project, which is new or empty.

        Raises:
            PtgenError: If the template cannot be rendered or the project cannot be written.
        """
        from ptgen.templates.render import run_copier

        run_copier(self.config, answers, destination)

    def compose(self, answers: Answers) -> dict[str, bytes]:
        """Return the files of a project by path, but for its answers, without Copier.

        Args:
            answers: As in ``render``.

        Raises:
            PtgenError: If the template cannot be rendered.
        """
        return self.composer.compose(answers)

    @cached_property
    def composer(self) -> "Composer":
        """Renders projects and single files of them without Copier."""
        from ptgen.templates.composer import Composer

        return Composer(self.config, self.raw_manifests)

    def _broken(self, question: str, answers: Answers) -> list[str]:
        if question not in answers:
            return []
        context = {**answers, "registry": self.raw_manifests, "question": question}
        lines = self.config.render(RULES, context).splitlines()
        return [line.strip() for line in lines if line.strip()]
