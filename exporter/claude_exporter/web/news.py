"""Which changes of verdict are news to a person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from claude_exporter.core.model import Surface
from claude_exporter.runtime.history import Change

NEWS_AFTER: Final = 300.0
"""Seconds that nothing is known of a surface before that is news."""


def news_of(changes: Iterable[Change], now: float) -> Iterator[Change]:
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
            yield change


def _with_ends(changes: Sequence[Change], now: float) -> Iterator[tuple[Change, float]]:
    """Each change with the moment of its surface's next one, *now* for the last."""
    ends: dict[int, float] = {}
    latest: dict[Surface, int] = {}
    for number, change in enumerate(changes):
        if change.surface in latest:
            ends[latest[change.surface]] = change.at
        latest[change.surface] = number
    return ((change, ends.get(number, now)) for number, change in enumerate(changes))
