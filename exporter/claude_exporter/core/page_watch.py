"""
How late the status page is about a surface, and how long page and probes have disagreed.

Pure: one value per surface, folded every few seconds. What is unknown changes nothing: neither a
page that cannot be read nor a probe without an answer begins or ends anything.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from .model import CLASS_OF_SIGN, SignClass
from .observation import Observation

LAG_BOUNDS: Final = (0.0, 60.0, 300.0, 600.0, 900.0, 1200.0, 1800.0, 3600.0, 7200.0)
"""Seconds; a page that spoke before we saw anything has a lag of 0."""

_THEIRS: Final = frozenset({SignClass.SERVER, SignClass.NETWORK})
"""What a status page can be expected to speak of; a key or a limit of ours it cannot."""


class Direction(StrEnum):
    """In which way page and probes disagree."""

    PAGE_FINE = "page_fine"
    PAGE_TROUBLE = "page_trouble"


@dataclass(frozen=True, slots=True)
class Lags:
    """How late the page was: a histogram, the last one, and how often it never spoke at all."""

    counts: tuple[int, ...] = (0,) * (len(LAG_BOUNDS) + 1)
    sum: float = 0.0
    last: float | None = None
    missed: int = 0

    def with_lag(self, lag: float) -> Lags:
        """One more failure that the page spoke of, *lag* seconds after its onset."""
        place = bisect_left(LAG_BOUNDS, lag)
        counts = tuple(n + (place == number) for number, n in enumerate(self.counts))
        return replace(self, counts=counts, sum=self.sum + lag, last=lag)


@dataclass(frozen=True, slots=True)
class Spell:
    """
    One failing of a surface, since `onset` (Unix seconds).

    `quiet_at` is when the page was last seen without a word about it, `spoken` whether it has
    spoken since.
    """

    onset: float
    quiet_at: float | None = None
    spoken: bool = False


@dataclass(frozen=True, slots=True)
class PageWatch:
    """What is known of the page's word about one surface."""

    lags: Lags = Lags()
    spell: Spell | None = None
    direction: Direction | None = None
    since: float | None = None
    seconds: tuple[float, ...] = (0.0,) * len(Direction)


def fold_watch(
    watch: PageWatch, seen: Observation, now: float, passed: float, *, blip: float, fresh: float
) -> PageWatch:
    """
    The watch after *passed* seconds in which *seen* was true.

    A failure must last for *blip* seconds for the page's silence to count; the page's first word is
    dated only where its silence was seen at most *fresh* seconds before.
    """
    if seen.network_down or not seen.known or seen.failing is None:
        return watch
    spoken = _failing(watch, seen, now, fresh) if seen.failing else _well(watch, now, blip)
    return _with_direction(spoken, seen, now, passed)


def _well(watch: PageWatch, now: float, blip: float) -> PageWatch:
    spell = watch.spell
    if spell is None:
        return watch
    missed = not spell.spoken and spell.quiet_at is not None and now - spell.onset >= blip
    lags = replace(watch.lags, missed=watch.lags.missed + 1) if missed else watch.lags
    return replace(watch, spell=None, lags=lags)


def _failing(watch: PageWatch, seen: Observation, now: float, fresh: float) -> PageWatch:
    onset = now - (seen.failing_for or 0.0)
    spell = watch.spell
    # An onset that moved on is another failure: the end of the last one was not seen.
    if spell is None or onset > spell.onset + 1.0:
        return _begun(watch, seen, onset, now)
    if seen.incident is False:
        return replace(watch, spell=replace(spell, quiet_at=now))
    if not seen.incident or spell.spoken:
        return watch
    dated = spell.quiet_at is not None and now - spell.quiet_at <= fresh
    lags = watch.lags.with_lag(max(now - spell.onset, 0.0)) if dated else watch.lags
    return replace(watch, spell=replace(spell, spoken=True), lags=lags)


def _begun(watch: PageWatch, seen: Observation, onset: float, now: float) -> PageWatch:
    if CLASS_OF_SIGN[seen.sign] not in _THEIRS:
        return replace(watch, spell=None)
    if seen.incident:
        return replace(watch, spell=Spell(onset, spoken=True), lags=watch.lags.with_lag(0.0))
    quiet_at = now if seen.incident is False else None
    return replace(watch, spell=Spell(onset, quiet_at=quiet_at))


def _with_direction(watch: PageWatch, seen: Observation, now: float, passed: float) -> PageWatch:
    if seen.incident is None:
        return watch
    found = _direction(seen)
    if found is None:
        return replace(watch, direction=None, since=None)
    counted = zip(Direction, watch.seconds, strict=True)
    seconds = tuple(n + (passed if each is found else 0.0) for each, n in counted)
    since = watch.since if watch.direction is found else now - passed
    return replace(watch, direction=found, since=since, seconds=seconds)


def _direction(seen: Observation) -> Direction | None:
    if seen.failing:
        theirs = CLASS_OF_SIGN[seen.sign] in _THEIRS
        quiet = not seen.incident and not seen.maintenance
        return Direction.PAGE_FINE if theirs and quiet else None
    well = not (seen.partial or seen.slow or seen.intermittent or seen.one_model)
    return Direction.PAGE_TROUBLE if well and seen.incident else None
