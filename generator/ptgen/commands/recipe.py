"""``ptgen recipe``: for the authors of recipes."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from ptgen import console, options

app = typer.Typer(no_args_is_help=True, help="Help the authors of recipes.", rich_markup_mode=None)


@app.callback()
def recipe() -> None:
    """Help the authors of recipes."""


@app.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its name, like grad-clip.")],
    task: Annotated[
        list[str] | None,
        typer.Option(
            "--task",
            "-t",
            metavar="TASK",
            help="A task it applies to, may be repeated; all if not given.",
            autocompletion=options.complete_task,
        ),
    ] = None,
    path: Annotated[
        Path | None,
        typer.Option(
            "--path",
            metavar="TEMPLATE",
            help="Folder of the template; the current one if it is one, else ptgen's own.",
        ),
    ] = None,
) -> None:
    """Start a recipe: a small one that works, passes its test and `ptgen check`."""
    from ptgen import git, scaffold, source
    from ptgen.errors import PtgenError

    template = path or source.nearby_template()
    if template == source.PACKED:
        raise PtgenError("there is no template here; go to the folder of one, or add --path")
    files = scaffold.make(template, name, task or [])
    folder = template / "recipes" / name
    console.say(f"Made {folder}:")
    for file in files:
        console.say(f"  {file}")
    at = shlex.quote(str(template))
    own = template.resolve() == source.own_folder()
    ref = " --ref HEAD" if git.available() and git.is_root(template) else ""
    console.say()
    console.say("It scales the loss by a flag. Make of it what you want, and then:")
    console.say(f"  ptgen check {at}")
    console.say(f"  ptgen show {name} --diff" + ("" if own else f" --template {at}{ref}"))
