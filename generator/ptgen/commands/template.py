"""``ptgen template``: create and update a team's own template."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ptgen.base import console
from ptgen.commands import options

if TYPE_CHECKING:
    from ptgen.teams.sync import Synced

app = typer.Typer(
    no_args_is_help=True,
    help="Create a team's own template, and keep it up to date.",
    rich_markup_mode=None,
)


@app.callback()
def template() -> None:
    """Create a team's own template, and keep it up to date."""


@app.command()
def init(
    destination: Annotated[
        Path, typer.Argument(metavar="DEST", help="Folder of the team's new git repository.")
    ],
    template: options.Template = None,
    ref: options.Ref = None,
    as_json: options.Json = False,
) -> None:
    """Create a team's own template: a copy of this one in a git repository, for the team to change.

    Its CI checks every recipe and trains every pair of recipes.
    """
    from ptgen.base.signals import interruptible
    from ptgen.teams import starter
    from ptgen.templates import source

    with interruptible(), source.open_template(template, ref) as opened:
        record, files = starter.create(opened, destination)
    if record.version is None or record.template is None:
        console.warn("this template is not in git: a sync will need --template URL")
    elif record.template.startswith(("/", "~", "file:", "git+file:")):
        console.warn(
            f"{record.template} is on this machine: for others, write a URL into "
            "upstream.yml, or give ptgen template sync a --template URL once"
        )
    if starter.own_requirement() == "ptgen":
        console.warn(
            "where this ptgen came from is not known: write into pyproject.toml and README.md "
            "where others get it, such as ptgen @ git+URL"
        )
    if as_json:
        path = str(destination.absolute())
        facts = {"path": path, "template": record.template, "version": record.version}
        console.put_json({**facts, "files": files})
    console.say(f"Created {destination}: {len(files)} files in git, on branches main and upstream.")
    console.say()
    console.say("Next:")
    console.say(f"  cd {shlex.quote(str(destination))}")
    console.say("  uv run ptgen check")
    console.say("  uv run --group test ptgen smoke")
    console.say("Release it:")
    console.say("  git tag v1.0.0")
    console.say("  git remote add origin URL")
    console.say("  git push --tags origin main upstream")
    console.say("Use it:")
    console.say("  ptgen new myproject --template URL")


@app.command()
def sync(
    to: Annotated[
        str | None,
        typer.Option(metavar="TAG", help="Tag, branch or commit; default: the newest version."),
    ] = None,
    template: Annotated[
        str | None,
        typer.Option("--template", metavar="SRC", help="Where the upstream is, if it has moved."),
    ] = None,
    path: Annotated[
        Path | None,
        typer.Option(
            "--path",
            metavar="DIR",
            help="Folder of the team's template; default: the current folder.",
        ),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Merge a newer version of the upstream into the team's template. Your changes stay."""
    from ptgen.base.signals import interruptible
    from ptgen.teams import sync as syncing

    with interruptible():
        done = syncing.sync(path, to, template)
    if as_json:
        console.put_json(done.as_dict())
    _tell(done)
    if done.conflicts:
        raise typer.Exit(1)


def _tell(done: "Synced") -> None:
    """Say what a sync has done, and what to do now."""
    from ptgen.base.errors import PtgenError
    from ptgen.teams.sync import next_tag

    if done.before == done.after:
        console.say(f"{done.folder.name} is already at {done.after}.")
        return
    here = "" if done.folder == Path().resolve() else f" -C {shlex.quote(str(done.folder))}"
    names = shlex.join(done.conflicts)
    versions = f"{done.before or 'no version'} to {done.after}"
    if done.conflicts:
        console.refuse(
            PtgenError(
                f"the team and the upstream, from {versions}, both changed "
                f"{', '.join(done.conflicts)}; the merge is open"
            )
        )
        console.say(f"Resolve them, then: git{here} add {names} && git{here} commit --no-edit")
        console.say(f"Or abort:           git{here} merge --abort")
        return
    count = len(done.changed)
    files = "1 file" if count == 1 else f"{count} files"
    console.say(f"Merged the upstream from {versions}: {files} added, changed or removed.")
    console.say()
    console.say("Next:")
    at = f" --directory {shlex.quote(str(done.folder))}" if here else ""
    console.say(f"  uv run{at} ptgen check" + (" --fix" if done.missing else ""))
    console.say(f"  uv run{at} --group test ptgen smoke")
    console.say(f"  git{here} tag {next_tag(done.folder)}")
