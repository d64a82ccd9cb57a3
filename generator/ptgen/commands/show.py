"""``ptgen show``: one recipe."""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from ptgen.base import console
from ptgen.commands import options

if TYPE_CHECKING:
    from ptgen.templates.manifest import Manifest


def show(
    name: Annotated[
        str,
        typer.Argument(
            metavar="RECIPE",
            help="Name of a recipe, a task or a part.",
            autocompletion=options.complete_recipe,
        ),
    ],
    diff: Annotated[
        bool, typer.Option("--diff", help="Print the diff that it makes to a project.")
    ] = False,
    task: options.Task = None,
    template: options.Template = None,
    ref: options.Ref = None,
    as_json: options.Json = False,
) -> None:
    """Show what a recipe does, how to use it and what it changes."""
    from ptgen.base.names import unknown
    from ptgen.templates import open_nearby, origins

    with open_nearby(template, ref) as opened:
        manifests = opened.manifests
        found = next((entry for entry in manifests if entry.name == name), None)
        if found is None:
            raise unknown("recipe", name, [entry.name for entry in manifests])
        path = opened.folder / "recipes" / name / "README.md"
        readme = path.read_text(encoding="utf-8") if path.is_file() else ""
        origin = origins.read(opened.folder).get(name)
        changes = ""
        if diff:
            from ptgen.projects.difference import difference

            changes = difference(opened, found, task)
    if as_json:
        imported = {"source": origin.source, "version": origin.version} if origin else None
        facts = {**found.model_dump(), "imported": imported, "readme": readme}
        console.put_json({**facts, "diff": changes} if diff else facts)
    elif diff:
        console.put("\n".join(_coloured(changes)))
    else:
        _print_page(found, readme, origin.place if origin else None)


def _print_page(entry: "Manifest", readme: str, imported: str | None) -> None:
    """Print a README, with its formatting on a terminal, and the facts of the manifest."""
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.markdown import Markdown

        Console().print(Markdown(readme))
    else:
        console.put(readme)
    console.put("\n".join(_facts(entry, imported)))


def _facts(entry: "Manifest", imported: str | None) -> Iterator[str]:
    """Yield what the manifest says and where it was imported from, a line for each fact."""
    applies = "all" if entry.tasks == "all" else ", ".join(entry.tasks)
    facts = {
        "kind": entry.kind,
        "category": entry.category,
        "tasks": applies,
        "status": entry.status,
        "group": entry.group,
        "requires": ", ".join(entry.requires),
        "conflicts": "; ".join(f"{name}: {reason}" for name, reason in entry.conflicts.items()),
        "installs": ", ".join(entry.dependencies),
        "files": ", ".join(entry.files),
        "imported": imported and f"from {imported}",
    }
    for name, value in facts.items():
        if value:
            yield f"{name:<11}{value}"
    for setting in entry.config:
        limits = setting.range or setting.choices or ""
        yield f"{'flag':<11}{setting.flag} {setting.type} = {setting.default} {limits}".rstrip()


def _coloured(changes: str) -> Iterator[str]:
    """Yield the lines of a diff with colours, which are dropped where there is no terminal."""
    colours = {"+": typer.colors.GREEN, "-": typer.colors.RED, "@": typer.colors.CYAN}
    for line in changes.splitlines():
        header = line.startswith(("+++", "---"))
        yield typer.style(line, fg=None if header else colours.get(line[:1]), bold=header or None)
