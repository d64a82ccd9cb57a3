"""``ptgen adopt``: bring a project into a repository that exists."""

import shlex
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ptgen.base import console
from ptgen.commands import options


def adopt(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="[DIR]",
            help="A folder of your repository, which gives the project its name; default: the "
            "current one.",
        ),
    ] = Path(),
    task: options.Task = None,
    recipes: options.ChosenRecipes = None,
    template: options.Template = None,
    ref: options.Ref = None,
    data: options.Data = None,
    dry_run: options.DryRun = False,
    as_json: options.Json = False,
) -> None:
    """Bring a project into your repository, on a branch. Your files stay as they are."""
    from ptgen.base.signals import interruptible
    from ptgen.projects.adopt import adopt as bring
    from ptgen.projects.create import complete_answers
    from ptgen.templates import open_template

    others = options.pairs(data or [])
    folder = folder.absolute()
    with interruptible(), open_template(template, ref) as opened:
        names = options.split(recipes or [])
        answers = complete_answers(opened, folder, task, names, others)
        done = bring(opened, folder, answers, dry_run=dry_run)
    if as_json:
        console.put_json({"path": str(folder), **asdict(done)})
    verb = "Would add" if dry_run else "Added"
    console.say(f"{verb} {len(done.added)} files on the branch {done.branch}.")
    for name in done.added:
        console.say(f"  added    {name}")
    for name in done.kept:
        console.say(f"  yours    {name}")
    if done.kept:
        console.warn(
            "the template has files of these names, too, and yours are kept: "
            f"{', '.join(done.kept)}; what recipes change there will be conflicts"
        )
    if not dry_run:
        here = f"-C {shlex.quote(str(folder))} " if folder != Path().absolute() else ""
        console.say(f"Review: git {here}show --stat")
        console.say(f"Undo:   git {here}switch - && git {here}branch -D {done.branch}")
