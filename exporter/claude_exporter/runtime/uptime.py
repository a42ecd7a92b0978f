"""Keeps the record of uptime: adds what is known every few seconds, and survives a restart."""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Iterable
from typing import Final, NamedTuple

from claude_exporter.core.uptime import SUBJECT_LIMIT, UptimeRecord
from claude_exporter.runtime.clock import Clock

RECORD_EVERY: Final = 5.0
GAP: Final = 30.0
"""Seconds that one look may stand for; a process that was stopped for longer knew nothing."""

FIGURES_KEPT: Final = 60.0
"""Seconds for which a figure is not worked out again; a day's share moves by a thousandth."""

log = logging.getLogger(__name__)


class Figure(NamedTuple):
    """Which share of the known time was good, None where nothing is known, and what is known."""

    share: float | None
    known: float


class UptimeRecorder:
    """
    The record, and the moment up to which it goes; *kept* gives what was kept, by name.

    How much time passed is measured by the monotonic clock, so that a wall clock that is set adds
    nothing; where it belongs is told by the wall clock as it is now.
    """

    def __init__(self, clock: Clock, kept: Callable[[str], object]) -> None:
        self.record = UptimeRecord()
        self._clock = clock
        self._seen_at: float | None = None
        self._full = False
        self._figures: dict[tuple[str, float], Figure] = {}
        self._figures_at = float("-inf")
        self._texts: dict[object, str] = {}
        for problem in self.record.restore(kept):
            log.warning("saved uptime cannot be read", extra={"err": problem})

    def add(self, facts: Iterable[tuple[str, str]]) -> None:
        """Add that *facts* held since the last call."""
        before, self._seen_at = self._seen_at, self._clock.monotonic()
        if before is None:
            return
        now, passed = self._clock.now(), min(self._seen_at - before, GAP)
        left_out = self.record.add(facts, now - passed, now)
        if left_out and not self._full:
            self._full = True
            said = {"limit": SUBJECT_LIMIT, "left_out": left_out}
            log.warning("not everything has a record of uptime", extra=said)

    def figure(self, subject: str, span: float) -> Figure:
        """Figures of the last *span* seconds, up to a minute old."""
        self._forget_old_figures()
        key = (subject, span)
        if key not in self._figures:
            now = self._clock.now()
            share, known = self.record.share(*key, now), self.record.known(*key, now)
            self._figures[key] = Figure(share, known)
        return self._figures[key]

    def text(self, key: Hashable, render: Callable[[], str]) -> str:
        """What *render* makes of the figures of *key*, made anew with them."""
        self._forget_old_figures()
        if key not in self._texts:
            self._texts = {key: render()}
        return self._texts[key]

    def _forget_old_figures(self) -> None:
        if self._clock.monotonic() - self._figures_at >= FIGURES_KEPT:
            self._figures, self._figures_at = {}, self._clock.monotonic()
            self._texts = {}
