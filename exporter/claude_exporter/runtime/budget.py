"""
What paid probes may cost, kept so that no restart, reload or jump of the clock makes it more.

What a probe can cost at most is written to the disk before it is sent, and corrected after. Costs
are whole nano-dollars.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from math import floor
from types import MappingProxyType
from typing import Final

from pydantic import BaseModel, ConfigDict, ValidationError

from claude_exporter.config.api_probes import ApiProbesConfig
from claude_exporter.core.model import Target
from claude_exporter.probers.api_cost import USD, most_cost
from claude_exporter.probers.api_options import ApiOptions
from claude_exporter.probers.spec import ProbeRefusedError
from claude_exporter.runtime.clock import Clock

DOCUMENT: Final = "budget"
HOUR: Final = 3600.0
KEPT_DAYS: Final = 32
FIRST_PAUSE: Final = 60.0
LONGEST_PAUSE: Final = 3600.0
LONGEST_WISH: Final = 86400.0
"""No server may keep us away for longer than a day."""

log = logging.getLogger(__name__)


class Refusal(StrEnum):
    """
    Why a probe with a key was not sent.

    `budget`: the day's money is spent; `rate`: the hour's number is reached; `backoff`: the server
    wants to be left alone; `unsaved`: what it costs could not be written to the state file.
    """

    BUDGET = "budget"
    RATE = "rate"
    BACKOFF = "backoff"
    UNSAVED = "unsaved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Nano-dollars a UTC day, and paid probes within any hour."""

    a_day: int
    an_hour: int


NOTHING: Final = Limits(a_day=0, an_hour=0)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was reserved, and for which day."""

    day: str
    cost: int


class Ledger(BaseModel):
    """
    What is kept: nano-dollars by UTC day and ever, the sending times of the last hour, and until
    when each scope is left alone after how many refusals in a row (Unix seconds).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    days: dict[str, int] = {}
    spent: int = 0
    sent: tuple[float, ...] = ()
    pauses: dict[str, tuple[float, int]] = {}
    closed_day: str = ""


class Budget:
    """
    The purse of one exporter; every method is done before anything else of the loop runs.

    `write` saves the ledger and says whether it is safe. `saved` is what it wrote last; `lost` says
    that there may have been something, and closes the day.
    """

    def __init__(
        self,
        clock: Clock,
        write: Callable[[object], bool],
        limits: Limits = NOTHING,
        saved: object = None,
        *,
        lost: bool = False,
    ) -> None:
        self.limits = limits
        self._clock = clock
        self._write = write
        self._ledger, unreadable = _ledger_of(saved)
        if lost or unreadable:
            closed = {"closed_day": _day_of(clock.now())}
            self._ledger = self._ledger.model_copy(update=closed)
            log.error("what was spent today is unknown, no more paid probes today", extra=closed)
        # How long ago by the wall clock: from here on both clocks must agree that time passed.
        age, now = clock.monotonic(), clock.now()
        self._ages = [(at, age - max(0.0, now - at)) for at in self._ledger.sent]
        self._skipped = dict.fromkeys(Refusal, 0)
        self._told: dict[str, Refusal] = {}

    @property
    def skipped(self) -> Mapping[Refusal, int]:
        """How often a probe was not sent since the start; every reason is there."""
        return MappingProxyType(self._skipped)

    @property
    def spent(self) -> int:
        """Nano-dollars spent ever, what is reserved included."""
        return self._ledger.spent

    def spent_on(self, now: float) -> int:
        """Nano-dollars spent on the UTC day of `now`, what is reserved included."""
        return self._ledger.days.get(_day_of(now), 0)

    def admit(self, scope: str) -> None:
        """Allow a probe that costs nothing; raises ProbeRefusedError."""
        until, _ = self._ledger.pauses.get(scope, (0.0, 0))
        left = until - self._clock.now()
        if left > 0:
            # After a jump of the clock no pause may be longer than it can have been meant.
            if left > LONGEST_WISH:
                self._pause(scope, self._clock.now() + LONGEST_WISH)
            raise self._refusal(scope, Refusal.BACKOFF)

    def reserve(self, scope: str, cost: int) -> Receipt:
        """Allow a probe that costs at most `cost`; raises ProbeRefusedError."""
        self.admit(scope)
        now = self._clock.now()
        day = _day_of(now)
        before, ages = self._ledger, self._ages
        self._ages = self._recent(now)
        if len(self._ages) >= self.limits.an_hour:
            raise self._refusal(scope, Refusal.RATE)
        if day <= before.closed_day or before.days.get(day, 0) + cost > self.limits.a_day:
            raise self._refusal(scope, Refusal.BUDGET)
        self._ages = [*self._ages, (now, self._clock.monotonic())]
        self._ledger = self._charged(day, cost)
        if not self._saved():
            self._ledger, self._ages = before, ages
            raise self._refusal(scope, Refusal.UNSAVED)
        self._told.pop(scope, None)
        return Receipt(day, cost)

    def settle(self, receipt: object, cost: int) -> None:
        """Say what the probe of `receipt` really cost."""
        if not isinstance(receipt, Receipt) or cost == receipt.cost:
            return
        self._ledger = self._charged(receipt.day, cost - receipt.cost)
        # Where this is not written, more counts as spent than was, never less.
        self._saved()

    def back_off(self, scope: str, seconds: float | None) -> None:
        """Leave a scope alone; without `seconds` twice as long each time, at most an hour."""
        _, times = self._ledger.pauses.get(scope, (0.0, 0))
        pause = min(FIRST_PAUSE * 2 ** min(times, 10), LONGEST_PAUSE)
        wish = pause if seconds is None else min(seconds, LONGEST_WISH)
        self._pause(scope, self._clock.now() + wish, times + 1)

    def go_on(self, scope: str) -> None:
        """Say that the server answers again."""
        self._told.pop(scope, None)
        if scope in self._ledger.pauses:
            left = {name: pause for name, pause in self._ledger.pauses.items() if name != scope}
            self._ledger = self._ledger.model_copy(update={"pauses": left})
            self._saved()

    def _pause(self, scope: str, until: float, times: int = 1) -> None:
        pauses = {**self._ledger.pauses, scope: (until, times)}
        self._ledger = self._ledger.model_copy(update={"pauses": pauses})
        self._saved()

    def _recent(self, now: float) -> list[tuple[float, float]]:
        """What was sent within the last hour, as far as any clock can tell."""
        age = self._clock.monotonic()
        # What seems to be sent in the future was sent before the clock was set back.
        ages = [(min(at, now), since) for at, since in self._ages]
        return [each for each in ages if min(now - each[0], age - each[1]) < HOUR]

    def _charged(self, day: str, cost: int) -> Ledger:
        days = {**self._ledger.days, day: self._ledger.days.get(day, 0) + cost}
        gone = sorted(days)[:-KEPT_DAYS]
        kept = {name: spent for name, spent in days.items() if name not in gone}
        change = {"days": kept, "spent": self._ledger.spent + cost}
        if gone:
            # A day whose record is gone stays closed, should the clock ever go back to it.
            change["closed_day"] = max(gone[-1], self._ledger.closed_day)
        return self._ledger.model_copy(update=change)

    def _saved(self) -> bool:
        sent = tuple(at for at, _ in self._ages)
        self._ledger = self._ledger.model_copy(update={"sent": sent})
        return self._write(self._ledger.model_dump(mode="json"))

    def _refusal(self, scope: str, reason: Refusal) -> ProbeRefusedError:
        self._skipped[reason] += 1
        if self._told.get(scope) is not reason:
            log.warning("probe skipped", extra={"probe": scope, "reason": reason})
        self._told[scope] = reason
        return ProbeRefusedError(reason)


def limits_of(config: ApiProbesConfig | None) -> Limits:
    """What the configuration allows; nothing without keyed probes."""
    if config is None:
        return NOTHING
    return Limits(a_day=floor(config.max_usd_per_day * USD), an_hour=config.max_per_hour)


def cost_text(targets: Iterable[Target], limits: Limits) -> str:
    """Say what paid probes will cost at most, empty where there are none."""
    known = ((each.interval, each.options) for each in targets)
    costs = [(HOUR / every, most_cost(it)) for every, it in known if isinstance(it, ApiOptions)]
    wished = sum(times for times, cost in costs if cost)
    if not wished:
        return ""
    an_hour = min(wished, limits.an_hour)
    a_day = usd(round(24 * an_hour / wished * sum(times * cost for times, cost in costs)))
    told = f"{an_hour:.3g} messages an hour of {wished:.3g} wished, at most ${a_day:.4f} a day"
    return f"{told}; the budget is ${usd(limits.a_day):.4f} a day"


def usd(cost: int) -> float:
    """Nano-dollars as dollars."""
    return cost / USD


def _ledger_of(saved: object) -> tuple[Ledger, bool]:
    """The ledger, and whether there was one that cannot be read."""
    if saved is None:
        return Ledger(), False
    try:
        return Ledger.model_validate(saved), False
    except ValidationError:
        return Ledger(), True


def _day_of(now: float) -> str:
    return datetime.fromtimestamp(now, UTC).date().isoformat()
