"""`/feed.atom`: the changes of verdict, for a feed reader or a chat channel."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid5

from claude_exporter.runtime.history import Change
from claude_exporter.sources.json_values import clean

from .headline import NAMES, without_claude
from .news import news_of
from .templates import TEMPLATES

ENTRIES: Final = 50
_SPACE: Final = UUID("6d0b7f36-3d3c-5a0e-9f0e-7f2d3f3b1c11")
"""Of our own making, so that the same change has the same id for ever."""

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
    news = list(news_of(changes, now))[: -ENTRIES - 1 : -1]
    entries = [_entry(change) for change in news]
    updated = entries[0].at if entries else started_at
    return _TEMPLATE.render(
        id=f"urn:uuid:{uuid5(_SPACE, 'feed')}", home=home, updated=updated, entries=entries
    )


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
