"""Says that the stack is up: rich on a terminal, plain text in a pipe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from claude_exporter.stack.up import Ready

_WIDTH_IN_A_PIPE: Final = 80
_STYLES: Final[Mapping[str, str]] = {
    "none": "green",
    "wait": "yellow",
    "troubleshoot": "magenta",
    "escalate": "bold red",
}


def show_ready(ready: Ready, folder: Path, console: Console | None = None) -> None:
    """Print where everything is, and what the exporter says right now."""
    out = console or _console()
    out.print()
    out.print(_places(ready, folder))
    out.print()
    out.print(_verdicts(ready))
    out.print()
    out.print("ready; stop all of it with Ctrl-C", soft_wrap=True)


def _console() -> Console:
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_WIDTH_IN_A_PIPE)


def _places(ready: Ready, folder: Path) -> Table:
    table = Table.grid(padding=(0, 2))
    for name, url in ready.urls.items():
        table.add_row(Text(name.capitalize(), "bold"), Text(f"{url}/"))
    if "grafana" not in ready.urls:
        table.add_row(Text("Grafana", "bold"), Text("not started: no grafana on the PATH"))
    table.add_row(Text("Data, logs", "bold"), Text(str(folder), overflow="fold"))
    return table


def _verdicts(ready: Ready) -> Table:
    table = Table.grid(padding=(0, 2))
    for (action, title, reason), surfaces in _by_words(ready.verdict).items():
        said = Text.assemble((f"{title}. ", "bold"), reason)
        names = Text("\n".join(surfaces), "bold")
        table.add_row(names, Text(action, _STYLES.get(action, "")), said)
    return table


def _by_words(verdict: object) -> dict[tuple[str, str, str], list[str]]:
    """Gather the surfaces of which the same is said: "your network is down" needs saying once."""
    surfaces: dict[tuple[str, str, str], list[str]] = {}
    for surface, *words in _rows(verdict):
        action, title, reason = words
        surfaces.setdefault((action, title, reason), []).append(surface)
    return surfaces


def _rows(verdict: object) -> Iterator[tuple[str, str, str, str]]:
    """Read what a person needs out of /api/v1/verdict; a field that is not there stays empty."""
    listed = verdict.get("verdicts") if isinstance(verdict, dict) else None
    for entry in listed if isinstance(listed, list) else ():
        words = (str(entry.get(key) or "") for key in ("surface", "action", "title", "reason"))
        surface, action, title, reason = words
        yield surface, action, title, reason
