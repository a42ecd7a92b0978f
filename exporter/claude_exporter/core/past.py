"""
Past incidents of a status page: read once from its history, then followed while it is polled.

Pure. Titles live in memory alone; what is kept across a restart is in `PastIncident.kept`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from statistics import median
from typing import Final

from .model import Surface
from .page_model import Impact, Incident, PageContent

LIMIT: Final = 400
"""Incidents of one page that are remembered, the newest: a busy year."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastIncident:
    """
    One incident, over or not; moments are Unix seconds, None where the page did not say.

    It began with the page's first word and ended with its last one, which is not when the trouble
    did.
    """

    id: str
    impact: Impact
    surfaces: frozenset[Surface] = frozenset()
    started_at: float | None = None
    ended_at: float | None = None
    open: bool = False
    title: str = ""

    @property
    def duration(self) -> float | None:
        """Seconds from the first word to the last; None while it is open or unknown."""
        if self.open or self.started_at is None or self.ended_at is None:
            return None
        return max(self.ended_at - self.started_at, 0.0)

    def kept(self) -> PastIncident:
        """What of it may be written to a file: no text of anybody's."""
        return replace(self, title="")


Past = Mapping[str, PastIncident]
"""Incidents by id, the oldest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastFigures:
    """What the incidents of a span come to."""

    count: int
    by_impact: Mapping[Impact, int]
    median_duration: float | None
    longest_duration: float | None


def joined(past: Past, found: Iterable[PastIncident]) -> Past:
    """*past* with what the history told; an incident that is open here stays so."""
    merged = dict(past)
    for each in found:
        known = merged.get(each.id)
        merged[each.id] = known if known and known.open else each
    return _bounded(merged)


def followed(past: Past, content: PageContent, now: float) -> Past:
    """*past* after a reading of the page's summary: what is not on it any more is over."""
    if not content.components:
        return past  # the history feed, whose incidents have other ids
    merged = dict(past)
    on_page = {each.id for each in content.incidents}
    for each in content.incidents:
        merged[each.id] = _opened(merged.get(each.id), each)
    for key, known in past.items():
        if known.open and key not in on_page:
            merged[key] = replace(known, open=False, ended_at=now)
    return _bounded(merged)


def _opened(known: PastIncident | None, incident: Incident) -> PastIncident:
    started_at = incident.started_at if known is None or not known.open else known.started_at
    return PastIncident(
        id=incident.id,
        impact=incident.impact,
        surfaces=incident.surfaces,
        started_at=started_at,
        open=True,
        title=incident.name,
    )


def _bounded(past: Past) -> Past:
    order = sorted(past.values(), key=lambda each: (each.open, each.started_at or 0.0))
    return {each.id: each for each in order[-LIMIT:]}


def figures(past: Iterable[PastIncident], since: float) -> PastFigures:
    """Counts and durations of what began after *since*."""
    recent = [each for each in past if each.started_at is not None and each.started_at >= since]
    durations = [each.duration for each in recent if each.duration is not None]
    counts = Counter(each.impact for each in recent)
    return PastFigures(
        count=len(recent),
        by_impact={impact: counts[impact] for impact in Impact},
        median_duration=median(durations) if durations else None,
        longest_duration=max(durations, default=None),
    )
