"""Says that the stack is up, where everything is, and what the exporter says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from claude_exporter.cli.terminal import Trimmed, action_badge
from claude_exporter.stack.up import Ready


def show_ready(ready: Ready, folder: Path, out: Console) -> None:
    """Print where everything is, and what the exporter says right now."""
    out.print()
    out.print(Trimmed(_places(ready, folder)))
    out.print()
    out.print(Trimmed(_verdicts(ready)))
    out.print()
    out.print("ready; stop all of it with Ctrl-C", soft_wrap=True)


def _places(ready: Ready, folder: Path) -> Table:
    table = Table.grid(padding=(0, 2))
    for name, url in ready.urls.items():
        table.add_row(Text(name.capitalize(), "bold"), Text(f"{url}/", f"link {url}/"))
    if "grafana" not in ready.urls:
        table.add_row(Text("Grafana", "bold"), Text("not started: no grafana on the PATH"))
    table.add_row(Text("Data, logs", "bold"), Text(str(folder), overflow="fold"))
    return table


def _verdicts(ready: Ready) -> Table:
    table = Table.grid(padding=(0, 2))
    for (action, row, title, reason), surfaces in _by_words(ready.verdict).items():
        said = Text.assemble((f"{title}. ".rstrip(), "bold"), f" {reason}".rstrip())
        table.add_row(Text(", ".join(surfaces), "bold"), action_badge(action, row), said)
    return table


def _by_words(verdict: object) -> dict[tuple[str, str, str, str], list[str]]:
    """Gather the surfaces of which the same is said; what is fine needs no reason."""
    surfaces: dict[tuple[str, str, str, str], list[str]] = {}
    for surface, action, row, title, reason in _rows(verdict):
        why = "" if action == "none" else reason
        surfaces.setdefault((action, row, title, why), []).append(surface)
    return surfaces


def _rows(verdict: object) -> Iterator[tuple[str, str, str, str, str]]:
    """Read what a person needs out of /api/v1/verdict; a field that is not there stays empty."""
    listed = verdict.get("verdicts") if isinstance(verdict, dict) else None
    for entry in listed if isinstance(listed, list) else ():
        keys = ("surface", "action", "row", "title", "reason")
        surface, action, row, title, reason = (str(entry.get(key) or "") for key in keys)
        yield surface, action, row, title, reason
