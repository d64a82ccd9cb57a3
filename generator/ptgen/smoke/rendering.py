"""The one place where ``ptgen smoke`` renders projects."""

from collections.abc import Iterable
from pathlib import Path

import yaml

from ptgen.base.staging import write_files
from ptgen.templates import Template

NAME = "smoke"  # of every project and its package


def compose(template: Template, task: str, recipes: Iterable[str]) -> dict[str, bytes]:
    """Return the files of a project by path, without its answers.

    Raises:
        PtgenError: If the template cannot be rendered.
    """
    return template.compose(_answers(task, recipes))


def render_project(template: Template, task: str, recipes: Iterable[str], folder: Path) -> None:
    """Render a project into a new folder.

    Raises:
        PtgenError: If the template cannot be rendered.
    """
    answers = _answers(task, recipes)
    files = template.compose(answers)
    files[template.config.answers_file] = yaml.safe_dump(answers).encode()
    write_files(folder, files)


def _answers(task: str, recipes: Iterable[str]) -> dict[str, object]:
    return {"project_name": NAME, "package": NAME, "task": task, "recipes": list(recipes)}
