"""Options that several commands have."""

from typing import Annotated

import typer


def _names(kind: str, incomplete: str) -> list[tuple[str, str]]:
    """Return names of ptgen's own recipes or tasks with their summaries, for the shell."""
    from ptgen import registry
    from ptgen.source import open_catalogue

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
