"""What one source reports now, in memory, and how much each whole hour had. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from claude_exporter.community.baseline import (
    HOUR,
    Baseline,
    baseline_of,
    hour_of,
    hours_document,
    hours_of,
    remembered,
)
from claude_exporter.community.posts import AHEAD, Answer, Hashing, Report

WINDOW: Final = HOUR
KEPT_FOR: Final = 2 * HOUR + AHEAD
"""Seconds for which a report is remembered: a whole hour, and the one it takes to end."""

REPORT_LIMIT: Final = 2000
AUTHORS: Final = 3
"""Fewer people than this are no crowd."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """
    The last hour of one source, beside what is usual.

    `above` is unknown while the baseline is young, and never false where part of the hour was not
    seen.
    """

    reports: int
    authors: int
    baseline: Baseline | None
    above: bool | None


class Ledger:
    """Counts the reports of one source; *document* is what `document` gave before a restart."""

    def __init__(self, hashing: Hashing, document: object, now: float) -> None:
        self._hashing = hashing
        self._reports: dict[bytes, Report] = {}
        self._covered_since = self._covered_until = float("-inf")
        self.hours = hours_of(document, now)

    def reports_in(self, answer: Answer, now: float) -> Mapping[bytes, Report]:
        """The reports of an answer, for `add`; it changes nothing, and may run in a thread."""
        return dict(self._hashing.reports_in(answer.posts, now))

    def add(self, answer: Answer, found: Mapping[bytes, Report], now: float) -> None:
        """Take what a source answered at *now*, and close the hours that are over."""
        self._cover(answer, now)
        newest = {**self._reports, **found}
        kept = {key: each for key, each in newest.items() if each.at > now - KEPT_FOR}
        self._reports = dict(sorted(kept.items(), key=lambda item: -item[1].at)[:REPORT_LIMIT])
        for hour in range(hour_of(now - KEPT_FOR) + 1, hour_of(now)):
            begins, ends = hour * HOUR, (hour + 1) * HOUR
            if hour not in self.hours and self._saw(begins, ends):
                self.hours[hour] = _weight(self._between(begins, ends))
        self.hours = remembered(self.hours, now)

    def _cover(self, answer: Answer, now: float) -> None:
        """Note how far back the answers reach without a gap."""
        oldest = now - KEPT_FOR
        if not answer.whole:
            # The last one and not the oldest: a pinned post is older than what it stands above.
            oldest = max(oldest, answer.posts[-1].at if answer.posts else now)
        if oldest > self._covered_until:
            self._covered_since = oldest
        self._covered_since = min(self._covered_since, oldest)
        self._covered_until = now

    def _saw(self, begins: float, ends: float) -> bool:
        return self._covered_since <= begins and ends <= self._covered_until

    def _between(self, begins: float, ends: float) -> list[Report]:
        return [each for each in self._reports.values() if begins <= each.at < ends]

    def tally(self, now: float) -> Tally:
        """The last hour as far as it was seen, against the same hour of other days."""
        begins = now - WINDOW
        found = self._between(begins, now + AHEAD)
        reports, authors = _weight(found), len({each.author for each in found})
        # The hour that most of the window lies in.
        usual = baseline_of(self.hours, now - WINDOW / 2)
        above: bool | None = None
        if usual is not None:
            crowd = authors >= AUTHORS and reports > usual.limit
            above = crowd or (None if self._covered_since > begins else False)
        return Tally(reports=reports, authors=authors, baseline=usual, above=above)

    def document(self) -> dict[str, int]:
        """What must survive a restart: one number for each hour."""
        return hours_document(self.hours)


def _weight(reports: Iterable[Report]) -> int:
    """Each author counts once, with the weightiest report."""
    heaviest: dict[bytes, int] = {}
    for each in reports:
        heaviest[each.author] = max(each.weight, heaviest.get(each.author, 0))
    return sum(heaviest.values())
