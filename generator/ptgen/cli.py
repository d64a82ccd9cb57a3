"""The command ``ptgen``."""

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from ptgen.base import console
from ptgen.base.errors import PtgenError
from ptgen.commands import (
    add,
    blame,
    check,
    list_,
    new,
    recipe,
    remove,
    show,
    smoke,
    status,
    template,
    update,
)


class Commands(TyperGroup):
    """Turns refusals, and errors of the machine, into messages and exit status 1."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except PtgenError as error:
            console.refuse(error)
        except BrokenPipeError:
            raise  # whoever read the output has enough; Typer leaves quietly
        except OSError as error:
            console.refuse(PtgenError(f"{error.filename or 'ptgen'}: {error.strerror or error}"))
        raise typer.Exit(1)


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # rich takes as long to import as all the rest of `ptgen --help`
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        console.put(f"ptgen {version('ptgen')}")
        raise typer.Exit


@app.callback()
def ptgen(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help="Print the version and leave."
        ),
    ] = False,
) -> None:
    """Start PyTorch projects that hold only the code you asked for."""


app.command("new")(new.new)
app.command("list")(list_.list_recipes)
app.command("show")(show.show)
app.command("add")(add.add)
app.command("remove")(remove.remove)
app.command("update")(update.update)
app.command("status")(status.status)
app.command("blame")(blame.blame)
app.command("smoke")(smoke.smoke)
app.command("check")(check.check)
app.add_typer(recipe.app, name="recipe")
app.add_typer(template.app, name="template")
