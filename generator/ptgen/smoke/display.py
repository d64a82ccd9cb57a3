"""What a person sees while variants are tried: a line for each, or a display that is redrawn."""

import time
from typing import TYPE_CHECKING, Self

import typer

from ptgen.base import console
from ptgen.smoke.plan import Variant
from ptgen.smoke.results import Result

if TYPE_CHECKING:
    from rich.console import Group
    from rich.live import Live

SHOWN = 20
REDRAWN = 0.2


class Display:
    """Tells how a run goes.

    On a terminal it shows what is running, and only failures stay. It has no thread to redraw it,
    since the runner forks: call ``refresh`` while waiting. Print with ``text`` while it is open.

    Attributes:
        running: The variants under way, with the time each was started.
        done: How many are finished.
        failed: How many of them failed.
    """

    def __init__(self, total: int, live: bool) -> None:
        """Make it.

        Args:
            total: How many variants there are.
            live: Whether to redraw what is running, which takes a terminal.
        """
        self.running: dict[Variant, float] = {}
        self.done = self.failed = 0
        self._total = total
        self._wanted = live
        self._live: Live | None = None
        self._drawn = 0.0
        self._seconds: list[float] = []

    def __enter__(self) -> Self:
        """Begin to draw."""
        if self._wanted:
            # Rich takes long to import.
            from rich.console import Console
            from rich.live import Live

            self._live = Live(
                console=Console(stderr=True),
                get_renderable=self._picture,
                auto_refresh=False,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._live.start(refresh=True)
        return self

    def __exit__(self, *_: object) -> None:
        """Take away what is drawn."""
        if self._live:
            self._live.stop()
            self._live = None

    def started(self, variant: Variant) -> None:
        """Say that a variant is under way."""
        self.running[variant] = time.monotonic()
        self.refresh()

    def finished(self, result: Result, repeat: str) -> None:
        """Say how a variant fared; one that is cached need not have been started.

        Args:
            result: How it fared.
            repeat: The command that repeats it.
        """
        self.running.pop(result.variant, None)
        self.done += 1
        self.failed += not result.passed
        if not result.cached:
            self._seconds.append(result.seconds)
        if not (self._live and result.passed):
            self.text("\n".join(lines(result, repeat)))
        self.refresh()

    def text(self, text: str) -> None:
        """Print what is to stay."""
        if self._live:
            from rich.text import Text

            self._live.console.print(Text.from_ansi(text), soft_wrap=True)
        else:
            console.say(text)

    def refresh(self) -> None:
        """Draw anew, if the last time is a while ago."""
        if self._live and time.monotonic() - self._drawn >= REDRAWN:
            self._drawn = time.monotonic()
            self._live.refresh()

    def remaining(self) -> float | None:
        """Return the seconds that are left if variants go on as before; None if nobody knows."""
        if not self._seconds or not self.running:
            return None
        mean = sum(self._seconds) / len(self._seconds)
        now = time.monotonic()
        begun = sum(max(0.0, mean - (now - start)) for start in self.running.values())
        waiting = max(0, self._total - self.done - len(self.running))
        return (begun + mean * waiting) / len(self.running)

    def _picture(self) -> "Group":
        """Return how far all is, and below it, where a low terminal may cut, what is running."""
        from rich.console import Group
        from rich.progress_bar import ProgressBar
        from rich.table import Table

        failed = f", {self.failed} failed" if self.failed else ""
        left = self.remaining()
        minutes, seconds = divmod(round(left or 0), 60)
        head = Table.grid(padding=(0, 2))
        head.add_row(
            ProgressBar(total=max(1, self._total), completed=self.done, width=20),
            f"{100 * self.done // max(1, self._total)}%",
            f"{self.done} of {self._total}{failed}",
            "" if left is None else f"{minutes}:{seconds:02} left",
        )
        rows = Table.grid(padding=(0, 2))
        rows.add_column(justify="right", no_wrap=True)
        rows.add_column(no_wrap=True, overflow="ellipsis")
        now = time.monotonic()
        for variant, start in self.running.items():
            rows.add_row(f"{now - start:.0f} s", str(variant))
        return Group(head, rows)


def lines(result: Result, repeat: str) -> list[str]:
    """Return a line for a variant, and for one that failed why and how to repeat it."""
    mark = typer.style("ok    ", fg="green") if result.passed else typer.style("failed", fg="red")
    if result.cached:
        mark = typer.style("cached", fg="cyan")
    figure = "" if result.figure is None else f"  {result.metric} {result.figure:.4g}"
    first = f"{mark}  {result.seconds:5.1f} s  {result.variant}{figure}"
    if result.passed:
        return [first]
    why = [f"{result.phase}: {result.reason}", *(f"| {line}" for line in result.log[-SHOWN:])]
    if result.reduced is not None:
        why.append(f"the fewest recipes that still fail: {result.smallest.choice}")
    return [first, *(f"        {line}" for line in [*why, f"repeat: {repeat}"])]
