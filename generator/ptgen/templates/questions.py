"""A template's copier.yml: its questions, their defaults, and a refusal of what would run code."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from jinja2 import FileSystemLoader, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from ptgen.base.errors import PtgenError

RUNS_CODE = ("_tasks", "_jinja_extensions", "_migrations")


class Questions:
    """The questions of a template.

    Attributes:
        config: All of copier.yml.
        environment: Renders the template's texts as Copier does, without access to anything else.
    """

    def __init__(self, template: Path) -> None:
        """Read copier.yml in the folder ``template``.

        Raises:
            PtgenError: If it is not there or not YAML, or if the template would run code.
        """
        self.config = _read(template)
        if found := [key for key in RUNS_CODE if self.config.get(key)]:
            raise PtgenError(
                f"{template} would run code of its own: copier.yml has {', '.join(found)}. "
                "ptgen uses templates without; take them out, or use copier copy --trust"
            )
        self.environment = SandboxedEnvironment(
            loader=FileSystemLoader(template), **self.config.get("_envops", {})
        )
        self.environment.filters["from_yaml"] = yaml.safe_load

    @property
    def public(self) -> list[str]:
        """Names of the questions that a person can answer."""
        return [
            name
            for name, question in self.config.items()
            if not name.startswith("_")
            and not (isinstance(question, dict) and question.get("when") is False)
        ]

    @property
    def answers_file(self) -> str:
        """Path in a project of the answers it was made with."""
        return str(self.config.get("_answers_file", ".copier-answers.yml"))

    def default(self, name: str, answers: Mapping[str, Any]) -> str:
        """Return the default of a question, given the answers to earlier ones.

        Raises:
            PtgenError: If the template does not ask it.
        """
        if name not in self.config:
            raise PtgenError(f"copier.yml of the template has no question {name}; expected one")
        question = self.config[name]
        value = question.get("default", "") if isinstance(question, dict) else question
        return self.environment.from_string(str(value)).render(answers)

    def render(self, path: str, context: Mapping[str, Any]) -> str:
        """Render a file of the template.

        Raises:
            PtgenError: If the file is not there or cannot be rendered.
        """
        try:
            return self.environment.get_template(path).render(context)
        except TemplateError as error:
            raise PtgenError(f"{path} of the template: {error}") from error


def _read(template: Path) -> dict[str, Any]:
    """Read copier.yml as Copier does: all its documents, and those they include, as one.

    What a question includes is left out: that is the registry, which is read elsewhere.
    """
    names = ("copier.yml", "copier.yaml")
    path = next((template / name for name in names if (template / name).is_file()), None)
    if path is None:
        raise PtgenError(
            f"{template} is no template: it has no copier.yml; expected copier.yml, template/, "
            "recipes/ and composition/"
        )
    config: dict[str, Any] = {}
    for document in _documents(template, path):
        config |= document
    return config


class _Loader(yaml.SafeLoader):
    """YAML in which ``!include`` stands for the pattern of the files."""


class _Include(str):
    """The pattern of included files."""


def _included(loader: _Loader, node: yaml.ScalarNode) -> _Include:
    return _Include(loader.construct_scalar(node))


_Loader.add_constructor("!include", _included)


def _documents(template: Path, path: Path) -> Iterator[dict[str, Any]]:
    try:
        documents = list(yaml.load_all(path.read_bytes(), _Loader))
    except yaml.YAMLError as error:
        raise PtgenError(f"{path} is not YAML: {error}") from error
    for document in documents:
        if isinstance(document, _Include):
            for included in sorted(template.glob(document)):
                yield from _documents(template, included)
        elif isinstance(document, dict):
            yield document
