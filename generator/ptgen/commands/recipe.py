"""``ptgen recipe``: start, import and update recipes of a template."""

import shlex
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ptgen.base import console
from ptgen.commands import options

if TYPE_CHECKING:
    from ptgen.teams.import_recipes import Outcome

app = typer.Typer(
    no_args_is_help=True,
    help="Start, import and update recipes of a template.",
    rich_markup_mode=None,
)
Folder = Annotated[
    Path | None,
    typer.Option(
        "--path",
        metavar="TEMPLATE",
        help="Folder of the template; default: the current folder if it is one, else ptgen's own.",
    ),
]


@app.callback()
def recipe() -> None:
    """Start, import and update recipes of a template."""


@app.command()
def new(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Name of the recipe, such as grad-clip.")
    ],
    task: Annotated[
        list[str] | None,
        typer.Option(
            "--task",
            "-t",
            metavar="TASK",
            help="Task that it applies to, may be repeated; default: all.",
            autocompletion=options.complete_task,
        ),
    ] = None,
    path: Folder = None,
) -> None:
    """Start a recipe from a small one that works and passes its test and `ptgen check`."""
    from ptgen.base import git
    from ptgen.templates import Template, scaffold, source

    template = _template(path)
    files = scaffold.make(Template(template), name, task or [])
    folder = template / "recipes" / name
    console.say(f"Created {folder}:")
    for file in files:
        console.say(f"  {file}")
    at = shlex.quote(str(template))
    found = template.resolve() == source.nearby_template().resolve()
    ref = " --ref HEAD" if git.available() and git.is_root(template) else ""
    console.say()
    console.say("It scales the training loss by a flag. Change it into yours, and then:")
    console.say(f"  ptgen check --fix {at}")
    console.say(f"  ptgen show {name} --diff" + ("" if found else f" --template {at}{ref}"))


@app.command("import")
def import_(
    source: Annotated[
        str,
        typer.Argument(
            metavar="SRC", help="Where the recipes are: a folder, a git URL or gh:owner/name."
        ),
    ],
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Recipes to import.")],
    ref: Annotated[
        str | None,
        typer.Option(metavar="TAG", help="Tag, branch or commit of SRC; default: the newest tag."),
    ] = None,
    path: Folder = None,
    as_json: options.Json = False,
) -> None:
    """Import recipes of another repository into a template, if they pass its checks."""
    from ptgen.base.signals import interruptible
    from ptgen.teams.import_recipes import import_recipes
    from ptgen.templates import origins

    template = _template(path)
    with interruptible():
        arrival = import_recipes(template.absolute(), source, options.split(names), ref)
    release = arrival.release
    if as_json:
        facts = {"source": release.address, "version": release.version, "recipes": arrival.names}
        console.put_json(facts)
    for line in arrival.notes:
        console.say(line)
    console.say(f"Imported {', '.join(arrival.names)} from {release.place}.")
    if not arrival.is_remote:
        console.warn(
            f"{template / origins.RECORD} names a folder of this machine; on other machines, "
            "ptgen recipe update will not find it"
        )
    console.say("To move to newer versions: ptgen recipe update")


@app.command()
def update(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME]...", help="Imported recipes; default: all."),
    ] = None,
    to: Annotated[
        str | None,
        typer.Option(metavar="TAG", help="Tag, branch or commit; default: the newest version."),
    ] = None,
    path: Folder = None,
    as_json: options.Json = False,
) -> None:
    """Move imported recipes to a newer version. Your edits stay."""
    from ptgen.base.signals import interruptible
    from ptgen.teams import import_recipes

    template = _template(path)
    with interruptible():
        outcomes, notes = import_recipes.update(template.absolute(), options.split(names or []), to)
    if as_json:
        console.put_json([asdict(outcome) for outcome in outcomes])
    else:
        width = max((len(outcome.name) for outcome in outcomes), default=0)
        for outcome in outcomes:
            console.put(_row(outcome, width))
    for line in notes:
        console.say(line)
    counts = Counter(outcome.status for outcome in outcomes)
    none = "No recipes have been imported; import one with: ptgen recipe import SRC NAME"
    console.say(", ".join(f"{count} {status}" for status, count in counts.items()) or none)
    if counts["refused"]:
        raise typer.Exit(1)


def _template(folder: Path | None) -> Path:
    """Return the template to write into: the one given, else the nearest."""
    from ptgen.base.errors import PtgenError
    from ptgen.templates import source

    template = folder or source.nearby_template()
    if template == source.PACKED:
        raise PtgenError("there is no template here; go to the folder of one, or add --path")
    return template


def _row(outcome: "Outcome", width: int) -> str:
    """Return the lines that say what became of one recipe."""
    colours = {"updated": "green", "merged": "green", "refused": "red"}
    status = typer.style(f"{outcome.status:<9}", fg=colours.get(outcome.status))
    before, after = outcome.before or "no version", outcome.after or "no version"
    facts = before if before == after else f"{before} to {after}"
    lines = [f"{status}{outcome.name:<{width}}  {facts}"]
    return "\n".join([*lines, *(f"{'':<9}{line}" for line in outcome.notes)])
