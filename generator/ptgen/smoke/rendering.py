"""The one place where ``ptgen smoke`` renders projects."""

from collections.abc import Iterable
from pathlib import Path

from ptgen.templates.render import render

NAME = "smoke"  # of every project and its package


def render_project(template: Path, task: str, recipes: Iterable[str], folder: Path) -> None:
    """Render a project of a template into a new folder.

    Raises:
        PtgenError: If the template cannot be rendered.
    """
    answers = {"project_name": NAME, "package": NAME, "task": task, "recipes": list(recipes)}
    render(template, answers, folder)
