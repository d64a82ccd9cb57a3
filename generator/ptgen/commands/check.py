"""``ptgen check``: find what is wrong with recipes."""

from pathlib import Path
from typing import Annotated

import typer

from ptgen.base import console
from ptgen.commands import options


def check(
    path: Annotated[
        Path | None,
        typer.Argument(
            metavar="PATH",
            help="Folder of a template; the current one if it is one, else ptgen's own.",
        ),
    ] = None,
    fix: Annotated[
        bool,
        typer.Option(
            "--fix",
            help="Write what follows from the manifests: Settings and Source of READMEs, a "
            "manifest's files, the dependency group recipes of pyproject.toml.",
        ),
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Check every recipe and preset of a template and report all problems at once.

    Each problem has the code of a rule, which docs/checks.md explains.
    """
    from ptgen.base.errors import Problems
    from ptgen.templates import checks, source

    template = path or source.nearby_template()
    changed = checks.fix(template) if fix else []
    problems = checks.find(template)
    count = checks.count(template)
    if as_json:
        found = [problem.as_dict() for problem in problems]
        console.put_json({"recipes": count, "changed": changed, "problems": found})
        raise typer.Exit(1 if problems else 0)
    for name in changed:
        console.say(f"Changed {name}")
    if problems:
        raise Problems(map(str, problems))
    console.put("1 recipe is valid" if count == 1 else f"{count} recipes are valid")
