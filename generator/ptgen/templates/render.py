"""Creates projects with Copier, and records in their answers where their template came from."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import copier
import yaml
from copier.errors import CopierError
from jinja2 import TemplateSyntaxError

from ptgen.base.errors import PtgenError, unwritable
from ptgen.templates.composer import MISTAKES
from ptgen.templates.config import Config
from ptgen.templates.template import Template

# An installer may have compiled the template's Python files.
EXCLUDED = ("__pycache__", "*.py[co]")


def render(template: Path, answers: Mapping[str, Any], destination: Path) -> None:
    """See ``Template.render``; this is for who has a folder and not a template that is open."""
    Template(template).render(answers, destination)


def run_copier(config: Config, answers: Mapping[str, Any], destination: Path) -> None:
    """See ``Template.render``.

    A ``Config`` refuses to run code, even where the user's settings of Copier trust it.
    """
    try:
        copier.run_copy(
            str(config.folder),
            destination,
            data=dict(answers),
            defaults=True,
            quiet=True,
            exclude=EXCLUDED,
        )
    except TemplateSyntaxError as error:
        place = f"{error.name or 'copier.yml'}:{error.lineno}"
        raise PtgenError(f"{place}: the template has a mistake: {error.message}") from error
    except (CopierError, *MISTAKES) as error:
        raise PtgenError(f"the template cannot be rendered: {error}") from error
    except OSError as error:
        raise unwritable(destination, error) from error
    _refuse_repositories(destination)


def record_source(project: Path, template: Template) -> None:
    """Write into a project's answers where its template came from, as Copier would have done.

    Copier has rendered a plain folder and recorded its temporary path.
    """
    path = project / template.config.answers_file
    if path.is_file():
        set_source(path, template.commit, template.src_path)


def set_source(path: Path, commit: str | None, src_path: str | None) -> None:
    """Change, in a file of answers, which version of which template they are for."""
    text = path.read_text(encoding="utf-8")
    values = {"_commit": commit, "_src_path": src_path}
    known = {key: value for key, value in values.items() if value is not None}
    lines = yaml.dump(known, indent=4, allow_unicode=True) if known else ""
    root = yaml.compose(text, yaml.SafeLoader)
    marks = [
        (key.start_mark.index, value.end_mark.index)
        for key, value in (root.value if isinstance(root, yaml.MappingNode) else ())
        if key.value in values
    ]
    first = min([start for start, _ in marks], default=root.start_mark.index if root else len(text))
    for start, end in reversed(marks):
        text = text[:start] + text[end:].removeprefix("\n")
    path.write_text(text[:first] + lines + text[first:], encoding="utf-8")


def _refuse_repositories(project: Path) -> None:
    """Refuse a template that writes into ``.git``, where it could place what git itself runs."""
    found = [path for path in project.rglob("*") if path.name.lower() == ".git"]
    if found:
        name = found[0].relative_to(project).as_posix()
        raise PtgenError(f"the template would write {name}, and so change what git does; refused")
