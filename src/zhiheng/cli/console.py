"""The two consoles of the command line, and the progress shown on anything that takes over a second."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


@dataclass
class Options:
    """Global options of one call."""

    quiet: bool = False


OPTIONS = Options()


def console() -> Console:
    """Return the console for what was asked for (standard output)."""
    return Console()


def errors() -> Console:
    """Return the console for errors, notes and progress (standard error)."""
    return Console(stderr=True)


def note(text: str) -> None:
    """Write a note to standard error unless `--quiet`."""
    if not OPTIONS.quiet:
        errors().print(text, highlight=False)


def plain(text: str) -> str:
    """Return text of a file for a console: nothing in it may move the cursor or pass for our own markup."""
    return escape("".join(c if c.isprintable() else " " for c in text))


@contextmanager
def progress() -> Iterator[Progress]:
    """Show progress bars on standard error; nothing with `--quiet` or where that is not a terminal."""
    shown = errors()
    bars = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=shown,
        transient=True,
        disable=OPTIONS.quiet or not shown.is_terminal,
    )
    with bars:
        yield bars
