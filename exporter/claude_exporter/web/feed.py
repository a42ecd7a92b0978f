"""`/feed.atom`: the changes of verdict, for a feed reader or a chat channel."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid5

from claude_exporter.core.model import Surface
from claude_exporter.runtime.history import Change
from claude_exporter.sources.json_values import clean

from .headline import NAMES, without_claude
from .templates import TEMPLATES

ENTRIES: Final = 50
_SPACE: Final = UUID("6d0b7f36-3d3c-5a0e-9f0e-7f2d3f3b1c11")
"""Of our own making, so that the same change has the same id for ever."""

NEWS_AFTER: Final = 300.0
"""Seconds that nothing is known of a surface before that is news."""

_TEMPLATE: Final = TEMPLATES.get_template("feed.atom")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One change of verdict as the feed tells it."""

    id: str
    at: float
    title: str
    text: str
    action: str


def feed_atom(changes: Iterable[Change], home: str, started_at: float, now: float) -> str:
    """The feed of the newest changes; *home* is the address of the page, with its slash."""
    entries = list(entries_of(changes, now))[: -ENTRIES - 1 : -1]
    updated = entries[0].at if entries else started_at
    return _TEMPLATE.render(
        id=f"urn:uuid:{uuid5(_SPACE, 'feed')}", home=home, updated=updated, entries=entries
    )


def entries_of(changes: Iterable[Change], now: float) -> Iterator[Entry]:
    """
    Every change that is news, oldest first.

    None is that a surface works when we first look, or that nothing is known of it for a moment,
    as after each restart.
    """
    told: dict[Surface, tuple[str, str]] = {}
    for change, until in _with_ends(list(changes), now):
        if change.row == "unknown" and until - change.at < NEWS_AFTER:
            continue
        before = told.get(change.surface, ("fine", change.title))
        told[change.surface] = change.row, change.title
        if before != told[change.surface]:
            yield _entry(change)


def _with_ends(changes: Sequence[Change], now: float) -> Iterator[tuple[Change, float]]:
    """Each change with the moment of its surface's next one, *now* for the last."""
    ends: dict[int, float] = {}
    latest: dict[Surface, int] = {}
    for number, change in enumerate(changes):
        if change.surface in latest:
            ends[latest[change.surface]] = change.at
        latest[change.surface] = number
    return ((change, ends.get(number, now)) for number, change in enumerate(changes))


def _entry(change: Change) -> Entry:
    name = NAMES[change.surface]
    title = "works" if change.row == "fine" else without_claude(change.title)
    key = f"{change.surface}/{change.at:.3f}/{change.row}"
    return Entry(
        id=f"urn:uuid:{uuid5(_SPACE, key)}",
        at=change.at,
        title=clean(f"{name}: {title}"),
        text=clean(change.reason, 1000),
        action=change.action,
    )
