"""Creates projects with Copier.

Importing this module takes most of a second.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import copier
from copier.errors import CopierError

from ptgen.base import git
from ptgen.base.errors import PtgenError, unwritable
from ptgen.templates.composer import unrendered
from ptgen.templates.config import MISTAKES, Config, rendering

# An installer may have compiled the template's Python files.
EXCLUDED = ("__pycache__", "*.py[co]")


def run_copier(config: Config, answers: Mapping[str, Any], destination: Path) -> None:
    """See ``Template.render``.

    A ``Config`` refuses to run code, even where the user's settings of Copier trust it.
    """
    try:
        with git.undisturbed(), rendering():
            copier.run_copy(
                str(config.folder),
                destination,
                data=config.known(answers),
                defaults=True,
                quiet=True,
                exclude=EXCLUDED,
            )
    except (CopierError, *MISTAKES) as error:
        raise unrendered(error) from error
    except OSError as error:
        raise unwritable(destination, error) from error
    _refuse_repositories(destination)


def _refuse_repositories(project: Path) -> None:
    """Refuse a template that writes into ``.git``, where it could place what git itself runs."""
    found = [path for path in project.rglob("*") if path.name.lower() == ".git"]
    if found:
        name = found[0].relative_to(project).as_posix()
        raise PtgenError(f"the template would write {name}, and so change what git does; refused")
