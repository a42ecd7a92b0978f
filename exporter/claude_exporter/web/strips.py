"""The strips of the page: how something did over a day, a week and 90 days, by our record."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from types import MappingProxyType
from typing import Final

from claude_exporter.core.uptime import STRIPS, WINDOWS, Slot, UptimeRecord
from claude_exporter.core.words import in_words
from claude_exporter.runtime.exporter import Exporter

from .uptime_text import watched_subjects

_KEPT_FOR: Final = 30.0
_LABELS: Final[Mapping[str, str]] = MappingProxyType({"24h": "24 h", "7d": "7 d", "90d": "90 d"})
_TROUBLE: Final = frozenset({"down", "troubleshoot", "escalate", "wait"})
_HALF_TROUBLE: Final = frozenset({"degraded"})
_NOTABLE: Final = 0.02
"""The share of a slot from which trouble is drawn: half a minute of a day is none to see."""

_KNOWN: Final = 0.98
HEIGHT: Final = 20
_TALL: Final[Mapping[str, int]] = MappingProxyType(
    {"up": 9, "partly": 14, "down": 20, "unknown": 3}
)
"""Worse is taller, so that no colour is needed to see it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StripView:
    """One strip: `label` says of which time, `paths` draws each kind of piece."""

    label: str
    slots: int
    paths: tuple[tuple[str, str], ...]
    share: str


class Strips:
    """The strips of everything that is watched, kept for half a minute."""

    def __init__(self, exporter: Exporter) -> None:
        self._exporter = exporter
        self._kept: dict[str, tuple[StripView, ...]] = {}
        self._kept_at = float("-inf")
        self._turn = asyncio.Lock()

    async def latest(self) -> Mapping[str, tuple[StripView, ...]]:
        """All of them by subject, at most half a minute old."""
        async with self._turn:
            subjects = [subject for subject, _ in watched_subjects(self._exporter)]
            clock = self._exporter.clock
            fresh = clock.monotonic() - self._kept_at < _KEPT_FOR / self._exporter.plan.speed
            if not fresh or self._kept.keys() != set(subjects):
                made = {}
                for subject in subjects:
                    made[subject] = strips_of(self._exporter.uptime.record, subject, clock.now())
                    await asyncio.sleep(0)  # each costs a millisecond; the probes share this loop
                self._kept, self._kept_at = made, clock.monotonic()
            return self._kept


def strips_of(record: UptimeRecord, subject: str, now: float) -> tuple[StripView, ...]:
    """The three strips of one subject."""
    return tuple(_strip(record, subject, window, now) for window in STRIPS)


def _strip(record: UptimeRecord, subject: str, window: str, now: float) -> StripView:
    slots = record.strip(subject, *STRIPS[window], now)
    share = record.share(subject, WINDOWS[window], now)
    known = record.known(subject, WINDOWS[window], now)
    seen = f"{_coarse(known * WINDOWS[window])} of " if 0 < known < _KNOWN else ""
    return StripView(
        label=f"{seen}{_LABELS[window]}",
        slots=len(slots),
        paths=tuple(_paths(slots)),
        share="no record" if share is None else percent(share),
    )


def _coarse(span: float) -> str:
    """The larger unit alone: `3 h` of `3 h 5 min`."""
    return " ".join(in_words(span).split()[:2])


def percent(share: float) -> str:
    """`99.98 %`, rounded down, so that 100 is said of no strip with a failure in it."""
    hundredths = int(share * 10_000 + 1e-6)
    whole, rest = divmod(hundredths, 100)
    return f"{whole}.{rest:02d} %" if rest else f"{whole} %"


def _paths(slots: Sequence[Slot]) -> Iterator[tuple[str, str]]:
    """For each kind one path of horizontal strokes, which the style makes as tall as the kind."""
    paths: dict[str, str] = {}
    ends: dict[str, int] = {}
    start = 0
    for kind, group in groupby(slots, kind_of_slot):
        length = len(list(group))
        if kind in paths:
            paths[kind] += f"m{start - ends[kind]} 0h{length}"
        else:
            paths[kind] = f"M{start} {HEIGHT - _TALL[kind] / 2:g}h{length}"
        start = ends[kind] = start + length
    yield from paths.items()


def kind_of_slot(slot: Slot) -> str:
    """`up`, `partly`, `down`, or `unknown` where nothing of it is known."""
    bad = sum(seconds for state, seconds in slot.seconds.items() if state in _TROUBLE)
    half = sum(seconds for state, seconds in slot.seconds.items() if state in _HALF_TROUBLE)
    known = sum(seconds for state, seconds in slot.seconds.items() if state != "unknown")
    if known <= 0:
        return "unknown"
    if bad * 2 >= known:
        return "down"
    return "partly" if bad + half > _NOTABLE * known else "up"
