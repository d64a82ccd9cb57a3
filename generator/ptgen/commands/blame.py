"""``ptgen blame``: show where each line of a file came from."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ptgen.base import console
from ptgen.commands import options

if TYPE_CHECKING:
    from ptgen.projects.blame import Line


def blame(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file of a project.")],
    template: options.MovedTemplate = None,
    as_json: options.Json = False,
) -> None:
    """Show which recipe each line of a project's file came from, or that it is yours."""
    from ptgen.base.signals import interruptible
    from ptgen.commands.summary import opened
    from ptgen.projects.blame import Blame, project_around, read_lines

    with interruptible():
        project = project_around(file)
        read_lines(file)  # what is not text is refused before the template is fetched
        with opened(project, template, project.version()) as (versions, workdir):
            commit = versions.commit(project.version())
            found = Blame(project, versions.checkout(commit, workdir / "template"), workdir)
            lines, known = found.lines(file), found.knows(file)
    if as_json:
        facts = [{"line": one.number, "origin": one.origin, "text": one.text} for one in lines]
        console.put_json(facts)
    else:
        for text in _shown(lines, project.task):
            console.put(text)
    if not known:
        console.say(f"{file} is not from the template: every line is yours")
    else:
        console.say(f"{file}: {_counted(lines, project.task)}")


def _shown(lines: "Sequence[Line]", task: str) -> Iterator[str]:
    """Yield a text for each line, with colours, which are dropped where there is no terminal."""
    width = max((len(_short(line.origin)) for line in lines), default=0)
    digits = len(str(len(lines)))
    for line in lines:
        origin, number = f"{_short(line.origin):<{width}}", f"{line.number:>{digits}}"
        if line.origin == "yours":
            origin = typer.style(origin, fg=typer.colors.GREEN)
        elif line.origin in ("template", task):
            origin = typer.style(origin, dim=True)
        else:
            origin = typer.style(origin, fg=typer.colors.CYAN)
        start = f"{origin}  {typer.style(number, dim=True)}"
        yield f"{start}  {line.text}" if line.text else start


def _short(origin: str) -> str:
    """Return an origin for a column that is no wider than the names of two recipes."""
    several = origin.count("+") + 1
    return origin if several <= 2 else f"of {several} recipes"


def _counted(lines: "Sequence[Line]", task: str) -> str:
    """Return how many lines are whose: the template's and the task's first, yours last."""
    counts = Counter(_short(line.origin) for line in lines)
    place = {"template": 0, task: 1, "yours": 3}
    names = sorted(counts, key=lambda name: (place.get(name, 2), -counts[name], name))
    return ", ".join(f"{counts[name]} {name}" for name in names) or "no lines"
