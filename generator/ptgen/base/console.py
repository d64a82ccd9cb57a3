"""Prints: for people to stderr, data to stdout."""

import io
import json
import os
import sys
from typing import Any

import typer

from ptgen.base.errors import Problems, PtgenError


def prepare(ctx: Any) -> None:
    """Print what the terminal can show.

    Args:
        ctx: The context of the command, which says whether colours are printed.
    """
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        ctx.color = False
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(text: str = "") -> None:
    """Print for a person."""
    typer.echo(text, err=True)


def warn(text: str) -> None:
    """Print a warning for a person."""
    typer.secho(f"warning: {text}", fg="yellow", err=True)


def refuse(error: PtgenError) -> None:
    """Print why something was refused."""
    for text in error.problems if isinstance(error, Problems) else [str(error)]:
        typer.secho(f"error: {text}", fg="red", err=True)


def put(text: str) -> None:
    """Print data."""
    typer.echo(text)


def put_diff(text: str) -> None:
    """Print a unified diff, in colours for a person."""
    colours = {"+": "green", "-": "red", "@": "cyan"}
    for line in text.splitlines():
        is_heading = line.startswith(("diff ", "index ", "--- ", "+++ "))
        put(
            typer.style(line, bold=True) if is_heading else typer.style(line, colours.get(line[:1]))
        )


def put_json(value: Any) -> None:
    """Print data for a program."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))


def interactive() -> bool:
    """Tell whether a person can be asked."""
    return sys.stdin.isatty() and sys.stdout.isatty()
