"""What every command's words to a person share: width, colours, and a line that moves meanwhile."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Final

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.padding import Padding
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.segment import Segment
from rich.style import Style
from rich.table import Table
from rich.text import Text

WIDEST: Final = 100
"""Columns at most: nobody's eye finds the beginning of the next line of a longer one."""

ACTION_STYLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "none": "bold green",
        "wait": "bold yellow",
        "troubleshoot": "bold magenta",
        "escalate": "bold white on red",
        "unknown": "bold cyan",
    }
)
"""The guide's four words, and what is not known; told apart by the word first, colour second."""


def action_word(action: str, row: str = "") -> str:
    """`fine`, `unknown` or the action in capitals, because that is what to do."""
    if row == "unknown":
        return "unknown"
    return "fine" if action == "none" else action.upper()


def action_badge(action: str, row: str = "") -> Text:
    """The action's word in the action's colour."""
    key = "unknown" if row == "unknown" else action
    return Text(action_word(action, row), ACTION_STYLES.get(key, ""))


def words_to(stderr: bool = False, widest: int = WIDEST) -> Console:
    """
    Standard output for words, or standard error: colours only where somebody sees them.

    80 columns in a pipe. NO_COLOR, FORCE_COLOR, COLUMNS and TERM=dumb are heard.
    """
    console = Console(stderr=stderr, highlight=False, emoji=False, markup=False)
    console.width = min(console.width, widest)
    return console


class Trimmed:
    """Something to print without blanks at the ends of its lines, which a table leaves behind."""

    def __init__(self, inner: RenderableType) -> None:
        self._inner = inner

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Line by line."""
        for line in console.render_lines(self._inner, options, pad=False):
            yield from _without_end(line)
            yield Segment.line()


def _without_end(line: list[Segment]) -> list[Segment]:
    kept = list(line)
    while kept and not kept[-1].text.strip() and not _painted(kept[-1].style):
        kept.pop()
    if kept and not _painted(kept[-1].style):
        kept[-1] = Segment(kept[-1].text.rstrip(), kept[-1].style)
    return kept


def _painted(style: Style | None) -> bool:
    return style is not None and style.bgcolor is not None


def indented(inner: RenderableType, by: int) -> Trimmed:
    """*inner*, *by* columns to the right."""
    return Trimmed(Padding(inner, (0, 0, 0, by)))


def hanging(head: str | Text, text: str | Text) -> Table:
    """*text* beside *head*: its further lines begin below its first one, not below the head."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(head, text)
    return grid


def somebody_watches() -> bool:
    """Whether standard error is a terminal that can move its cursor."""
    console = Console(stderr=True)
    return sys.stderr.isatty() and not console.is_dumb_terminal


@contextmanager
def working(
    what: str, total: int | None = None, *, beside: Console | None = None
) -> Iterator[Callable[[], None]]:
    """
    Show *what* goes on until the body is done; the value is called once per part of *total*.

    Shown on standard error, and gone afterwards; nowhere in a pipe. Whoever prints lines meanwhile
    gives the console they go to as *beside*: two of them on one screen would write over each other.
    """
    if not somebody_watches():
        yield lambda: None
        return
    shared = beside is not None and beside.is_terminal
    console = beside if beside is not None and shared else Console(stderr=True)
    parts = [BarColumn(bar_width=20), MofNCompleteColumn()] if total is not None else []
    said = TextColumn("{task.description}", markup=False)
    columns = (SpinnerColumn(), said, *parts, TimeElapsedColumn())
    bar = Progress(*columns, console=console, transient=True, redirect_stdout=shared)
    with bar:
        task = bar.add_task(what, total=total)
        yield lambda: bar.advance(task)
