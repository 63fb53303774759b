"""What a terminal shows: progress on stderr, colors and tables on stdout."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bar

from entity_kit.replay.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_STYLES = {"✓": "green", "✗": "bold red", "!": "bold red", "?": "yellow", "≈": "yellow"}
# In characters: the longest list of consumers fits.
_UNBOUNDED = 100_000


def table_console() -> Console:
    """Return a console as wide as its terminal, or in a pipe wide enough for any name."""
    # A pipe has no width, though the terminal around it may have exported its own as COLUMNS.
    return Console(highlight=False, width=None if sys.stdout.isatty() else _UNBOUNDED)


def print_colored(text: str) -> None:
    for line in text.splitlines():
        style = _STYLES.get(line[:1])
        # https://no-color.org: whatever it says, unless it is empty.
        if style and sys.stdout.isatty() and not os.environ.get("NO_COLOR"):
            click.echo(click.style(line[:1], fg=style.split()[-1], bold="bold" in style) + line[1:])
        else:
            click.echo(line)


class Terminal(Progress):
    """Progress as a bar on stderr, or as plain lines if stderr isn't a terminal."""

    def __init__(self, bar: Bar, console: Console) -> None:
        self._bar = bar
        self._console = console
        self._task = bar.add_task("starting", total=None, detail="")
        self._planned = 0
        self._started = 0

    def plan(self, runs: int) -> None:
        self._bar.update(self._task, total=runs, completed=0)
        self._planned = runs
        self._started = 0

    def run(self, text: str) -> None:
        self._bar.update(self._task, description=text, detail="")
        self._started += 1
        if not self._console.is_terminal:
            # What is run to find causes comes on top of the plan, so it isn't counted.
            planned = self._started <= self._planned
            count = f" (run {self._started} of {self._planned})" if planned else ""
            self._console.print(f"{text}{count}", highlight=False, markup=False)

    def detail(self, text: str) -> None:
        self._bar.update(self._task, detail=text)

    def found(self, text: str) -> None:
        self._console.print(text, highlight=False, markup=False)

    def done(self) -> None:
        self._bar.advance(self._task)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Show no bar in the block, so that a question stays readable."""
        self._bar.stop()
        try:
            yield
        finally:
            self._bar.start()


def asking(progress: Progress, question: str = "Go on?") -> Callable[[str], bool] | None:
    """Return what asks on a terminal, after a text; None where nobody can answer."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None

    def ask(text: str) -> bool:
        with progress.paused() if isinstance(progress, Terminal) else nullcontext():
            click.echo(text, err=True)
            return click.confirm(question, err=True)

    return ask


@contextmanager
def progress_bar(*, quiet: bool = False) -> Iterator[Progress]:
    """Show progress on stderr for a while, with the share done, runs left, and the time to go."""
    if quiet:
        yield Progress()
        return
    console = Console(stderr=True)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        TaskProgressColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[detail]}", style="dim", markup=False),
    )
    with Bar(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        yield Terminal(bar, console)
