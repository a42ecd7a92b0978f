"""How `watch` tells: lines in a pipe, as text or JSON, or a view that stays on a terminal."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Final

import click
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from claude_exporter.cli.terminal import Trimmed, action_badge, action_word, hanging, indented
from claude_exporter.cli.watch_follow import Changed, Now
from claude_exporter.cli.watch_looks import Look, Said
from claude_exporter.core.words import in_words

_KEPT: Final = 6
"""Changes that stay in view; with the rest they fit 24 lines."""

_ORDER: Final = ("escalate", "troubleshoot", "wait", "none")


class Lines:
    """A line per change, that grep and a log can keep."""

    def __init__(self, now: Now, as_json: bool) -> None:
        self._now = now
        self._as_json = as_json
        self._trouble = ""

    def tell(self, look: Look, changed: list[Changed]) -> None:
        """Print what changed; trouble once, and once that it is over."""
        stamp = f"{datetime.fromtimestamp(self._now(), UTC):%Y-%m-%dT%H:%M:%SZ}"
        if look.trouble != self._trouble:
            self._trouble = look.trouble
            self._print(stamp, {"trouble": look.trouble}, look.trouble or "answers again")
        for each in changed:
            said = each.now
            text = f"{said.surface} {said.action} ({said.row}) {said.title}. {said.reason}"
            before = each.before.action if each.before else None
            self._print(stamp, {**asdict(said), "before": before}, text)

    def _print(self, stamp: str, facts: Mapping[str, object], text: str) -> None:
        click.echo(json.dumps({"at": stamp, **facts}) if self._as_json else f"{stamp} {text}")


class View:
    """All of it on one screen, drawn again every second so that spans go on."""

    def __init__(self, console: Console, now: Now, where: str, ends: str) -> None:
        self._now = now
        self._where = where
        self._ends = ends
        self._look: Look | None = None
        self.known: dict[str, Said] = {}
        self._changes: deque[tuple[float, Changed]] = deque(maxlen=_KEPT)
        self.live = Live(
            console=console, get_renderable=self.drawn, refresh_per_second=2, transient=False
        )

    def tell(self, look: Look, changed: list[Changed]) -> None:
        """Draw what is known now."""
        self._look = look
        self.known |= look.said
        now = self._now()
        self._changes.extendleft((now, each) for each in changed if each.before is not None)
        self.live.refresh()

    def drawn(self) -> RenderableType:
        """What is on the screen now."""
        head = Text.assemble(
            ("Claude", "bold"),
            f", by {self._where}, {_clock(self._now())} UTC",
            overflow="ellipsis",
        )
        if self._look is None:
            return Group(head, Text("looking for the first time ..."), Text(self._ends, "dim"))
        parts: list[RenderableType] = [head, Text()]
        if self._look.trouble:
            known = " What was known before:" if self.known else ""
            parts += [Text(f"Cannot tell: {self._look.trouble}.{known}", "bold cyan"), Text()]
        parts += [*self._verdicts(), *self._history(), Text(self._ends, "dim")]
        return Trimmed(Group(*parts))

    def _verdicts(self) -> list[RenderableType]:
        groups: dict[tuple[str, str], list[Said]] = {}
        for each in self.known.values():
            groups.setdefault((each.action, each.row), []).append(each)
        ordered = sorted(groups.values(), key=lambda group: _urgency(group[0]))
        table = Table.grid(padding=(0, 2))
        for group in ordered:
            first = group[0]
            names = ", ".join(each.surface for each in group)
            lasted = f"for {in_words(self._now() - first.since)}" if first.since else ""
            table.add_row(
                action_badge(first.action, first.row), Text(names, "bold"), lasted, first.title
            )
        shown: list[RenderableType] = [table, Text()]
        if ordered and not ordered[0][0].fine:
            shown += _advice(ordered[0][0])
        return shown

    def _history(self) -> list[RenderableType]:
        lines: list[RenderableType] = [
            Text.assemble(
                (f"{_clock(at)}  ", "dim"),
                (f"{each.now.surface:<8}", "bold"),
                f"{action_word(each.before.action, each.before.row) if each.before else ''} -> ",
                action_badge(each.now.action, each.now.row),
                f"  {each.now.title}",
                overflow="ellipsis",
                no_wrap=True,
            )
            for at, each in self._changes
        ]
        return [*lines, Text()] if lines else []


def _advice(said: Said) -> list[RenderableType]:
    steps = [hanging(f"{number}.", step) for number, step in enumerate(said.steps, start=1)]
    how_long = hanging("How long:", Text(f"{said.how_long}.", "bold"))
    return [Text(said.reason), how_long, *(indented(step, 0) for step in steps), Text()]


def _urgency(said: Said) -> tuple[int, bool]:
    place = _ORDER.index(said.action) if said.action in _ORDER else len(_ORDER)
    return place, said.fine


def _clock(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%H:%M:%S}"
