"""Options that several commands share."""

from pathlib import Path
from typing import Annotated, Any

import typer


def _names(kind: str, incomplete: str) -> list[tuple[str, str]]:
    """Return names of ptgen's own recipes or tasks with their summaries, for the shell."""
    from ptgen.templates import open_catalogue

    before, comma, last = incomplete.rpartition(",")
    with open_catalogue() as template:
        manifests = template.raw_manifests
    return [
        (before + comma + manifest["name"], manifest["summary"])
        for manifest in manifests
        if manifest["kind"] == kind and manifest["name"].startswith(last)
    ]


def complete_recipe(incomplete: str) -> list[tuple[str, str]]:
    """Complete the name of a recipe, also the last of several that commas separate."""
    return _names("recipe", incomplete)


def complete_installed(ctx: typer.Context, incomplete: str) -> list[str]:
    """Complete the name of a recipe that the project has."""
    from ptgen.base.errors import PtgenError
    from ptgen.projects.existing import Project

    before, comma, last = incomplete.rpartition(",")
    try:
        names = Project.open(ctx.params.get("project")).recipes
    except PtgenError:
        return []
    return [before + comma + name for name in sorted(names) if name.startswith(last)]


def complete_task(incomplete: str) -> list[tuple[str, str]]:
    """Complete the name of a task."""
    return _names("task", incomplete)


def complete_preset(incomplete: str) -> list[tuple[str, str]]:
    """Complete the name of a preset."""
    from ptgen.templates import open_catalogue

    with open_catalogue() as template:
        found = template.presets
    return [(one.name, one.summary) for one in found if one.name.startswith(incomplete)]


Task = Annotated[
    str | None,
    typer.Option(
        "--task", "-t", metavar="TASK", help="Name of a task.", autocompletion=complete_task
    ),
]
Template = Annotated[
    str | None,
    typer.Option(
        "--template",
        metavar="SRC",
        help="Template to use: a folder, a git URL or gh:owner/name.",
    ),
]
Ref = Annotated[
    str | None,
    typer.Option(
        "--ref",
        metavar="TAG",
        help="Tag, branch or commit of the template; default: the newest tag.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
ProjectFolder = Annotated[
    Path | None,
    typer.Option(
        "--project",
        metavar="DIR",
        help="Folder of the project; default: the one around the current folder.",
    ),
]
ChosenRecipes = Annotated[
    list[str] | None,
    typer.Option(
        "--recipes",
        "-r",
        metavar="A,B",
        help="Recipes, separated by commas; may be repeated.",
        autocompletion=complete_recipe,
    ),
]
Data = Annotated[
    list[str] | None,
    typer.Option(
        "--data",
        "-d",
        metavar="K=V",
        help="Answer another question, such as package=NAME; may be repeated.",
    ),
]
Recipes = Annotated[
    list[str],
    typer.Argument(metavar="RECIPE...", help="Names of recipes.", autocompletion=complete_recipe),
]
InstalledRecipes = Annotated[
    list[str],
    typer.Argument(
        metavar="RECIPE...",
        help="Names of recipes that the project has.",
        autocompletion=complete_installed,
    ),
]
Version = Annotated[
    str | None,
    typer.Option("--to", metavar="TAG", help="Tag, branch or commit; default: the newest version."),
]
MovedTemplate = Annotated[
    str | None,
    typer.Option(
        "--template", metavar="SRC", help="Where the project's template is, if it has moved."
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print what would change; change nothing.")]


def pairs(data: list[str]) -> dict[str, Any]:
    """Return the answers given as K=V."""
    for pair in data:
        key, sign, _ = pair.partition("=")
        if not sign or not key:
            raise typer.BadParameter(f"{pair!r} is not K=V", param_hint="'--data'")
        if key in ("task", "recipes"):
            raise typer.BadParameter(f"use --{key} instead", param_hint="'--data'")
    return dict(pair.split("=", 1) for pair in data)


def split(names: list[str]) -> list[str]:
    """Return names that were given one by one or separated by commas."""
    return [name.strip() for entry in names for name in entry.split(",") if name.strip()]
