"""``ptgen check``: find what is wrong with recipes."""

from pathlib import Path
from typing import Annotated

import typer

from ptgen.base import console


def check(
    path: Annotated[
        Path | None,
        typer.Argument(
            metavar="PATH",
            help="Folder of a template; the current one if it is one, else ptgen's own.",
        ),
    ] = None,
) -> None:
    """Check every recipe and preset of a template and report all problems at once."""
    from ptgen.templates import checks, source

    template = path or source.nearby_template()
    count = checks.check(template)
    console.put("1 recipe is sound" if count == 1 else f"{count} recipes are sound")
