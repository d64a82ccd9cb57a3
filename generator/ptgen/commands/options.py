"""Options that several commands have."""

from pathlib import Path
from typing import Annotated, Literal

import typer


def _names(kind: str, incomplete: str) -> list[tuple[str, str]]:
    """Return names of ptgen's own recipes or tasks with their summaries, for the shell."""
    from ptgen.templates import registry
    from ptgen.templates.source import open_catalogue

    before, comma, last = incomplete.rpartition(",")
    with open_catalogue() as folder:
        manifests = [document.data for document in registry.read(folder)]
    return [
        (before + comma + manifest["name"], manifest["summary"])
        for manifest in manifests
        if manifest["kind"] == kind and manifest["name"].startswith(last)
    ]


def complete_recipe(incomplete: str) -> list[tuple[str, str]]:
    """Complete the name of a recipe, also the last of several with commas between."""
    return _names("recipe", incomplete)


def complete_task(incomplete: str) -> list[tuple[str, str]]:
    """Complete the name of a task."""
    return _names("task", incomplete)


def complete_preset(incomplete: str) -> list[tuple[str, str]]:
    """Complete the name of a preset."""
    from ptgen.templates import presets
    from ptgen.templates.source import open_catalogue

    with open_catalogue() as folder:
        found = presets.read(folder)
    return [(one.name, one.summary) for one in found if one.name.startswith(incomplete)]


Task = Annotated[
    str | None,
    typer.Option("--task", "-t", metavar="TASK", autocompletion=complete_task),
]
Template = Annotated[
    str | None,
    typer.Option(
        "--template",
        metavar="SRC",
        help="Folder or git URL of another template, or gh:owner/name.",
    ),
]
Ref = Annotated[
    str | None,
    typer.Option(
        "--ref", metavar="TAG", help="Tag, branch or commit of the template; else the newest tag."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
ProjectFolder = Annotated[
    Path | None,
    typer.Option(
        "--project",
        metavar="DIR",
        help="The project; if not given, the one around the current folder.",
    ),
]
Conflict = Annotated[
    Literal["inline", "rej"],
    typer.Option(
        help="Where you and the template changed the same lines: both sides in the file, or "
        "the template's there and yours in a file that ends in .rej."
    ),
]
MovedTemplate = Annotated[
    str | None,
    typer.Option(
        "--template", metavar="SRC", help="Where the project's template is now, if it has moved."
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would change; change nothing.")]


def split(names: list[str]) -> list[str]:
    """Return names that were given apart or with commas between."""
    return [name.strip() for entry in names for name in entry.split(",") if name.strip()]
