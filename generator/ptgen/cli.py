"""The command ``ptgen``."""

import os
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from ptgen.base import console
from ptgen.base.errors import PtgenError, one_line
from ptgen.commands import (
    adopt,
    blame,
    change_recipes,
    check,
    diff,
    list_,
    new,
    recipe,
    show,
    smoke,
    status,
    template,
    undo,
    update,
)


class Commands(TyperGroup):
    """Turns whatever goes wrong into a message and exit status 1."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        console.prepare(ctx)
        try:
            return super().invoke(ctx)
        except PtgenError as error:
            console.refuse(error)
        except BrokenPipeError:
            raise  # the reader has closed the pipe; Typer exits quietly
        except OSError as error:
            console.refuse(PtgenError(f"{error.filename or 'ptgen'}: {error.strerror or error}"))
        except Exception as error:
            is_typers = isinstance(error, typer.Abort) or hasattr(error, "exit_code")
            if is_typers or os.environ.get("PTGEN_DEBUG"):
                raise
            console.refuse(fault(error))
        raise typer.Exit(1)


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # rich takes as long to import as all the rest of `ptgen --help`
    context_settings={"help_option_names": ["-h", "--help"]},
)


def fault(error: Exception) -> PtgenError:
    """Return what to say of an error that nobody expected."""
    said = one_line(error)
    return PtgenError(
        f"this is a fault of ptgen: {type(error).__name__}{': ' if said else ''}{said}; please "
        "report it, with what the same command prints after PTGEN_DEBUG=1"
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
            "--version", callback=_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
) -> None:
    """Create and maintain PyTorch projects that contain only the code you asked for."""


app.command("new", context_settings={"allow_extra_args": True})(new.new)
app.command("adopt")(adopt.adopt)
app.command("list")(list_.list_recipes)
app.command("show")(show.show)
app.command("add")(change_recipes.add)
app.command("remove")(change_recipes.remove)
app.command("update")(update.update)
app.add_typer(diff.app, name="diff")
app.command("undo")(undo.undo)
app.command("status")(status.status)
app.command("blame")(blame.blame)
app.command("smoke")(smoke.smoke)
app.command("check")(check.check)
app.add_typer(recipe.app, name="recipe")
app.add_typer(template.app, name="template")
