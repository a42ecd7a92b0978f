"""
Our own record of uptime: for how many seconds of each slot of time something was up, or down.

A subject is `target/NAME`, `component/PAGE/ID` or `surface/NAME`; STATES says what a second of it
can be. A second in which nothing was known is in no state: it is `unknown`, and no share counts it.
The page at / draws from two questions, both with the present moment:

    record.strip("target/api-models", DAY, 96, now)   # 96 slots of 15 min, oldest first
    record.share("component/claude/k8w3r06qmzrp", WEEK, now)   # 0.998; None: nothing is known

STRIPS has the three strips that everybody draws: `record.strip(subject, *STRIPS["90d"], now)`. The
last slot contains *now*, and slots begin at whole multiples of their width (days: midnight UTC).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from types import MappingProxyType
from typing import Final

from .uptime_tier import Tier

HOUR: Final = 3600
DAY: Final = 24 * HOUR
WEEK: Final = 7 * DAY

MINUTES_WIDTH: Final = 300
MINUTES_SPAN: Final = DAY
HOURS_SPAN: Final = 90 * DAY

SUBJECT_LIMIT: Final = 500
"""Subjects that are recorded at most; what comes after them has no uptime of ours."""

STATES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "target": ("up", "down"),
        "component": ("up", "degraded", "down", "maintenance"),
        "surface": ("none", "wait", "troubleshoot", "escalate"),
    }
)
"""What a known second can be, by kind of subject."""

UNKNOWN: Final = "unknown"

_SIZES: Final = MappingProxyType({kind: len(states) for kind, states in STATES.items()})

_GOOD: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"target": ("up",), "component": ("up", "degraded"), "surface": ("none",)}
)
_BAD: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "target": ("down",),
        # Planned work is neither: status pages leave it out of their own figures as well.
        "component": ("down",),
        "surface": ("wait", "troubleshoot", "escalate"),
    }
)

WINDOWS: Final[Mapping[str, int]] = MappingProxyType(
    {"24h": DAY, "7d": WEEK, "30d": 30 * DAY, "90d": HOURS_SPAN}
)
"""The windows that are spoken of, in seconds."""

STRIPS: Final[Mapping[str, tuple[int, int]]] = MappingProxyType(
    {"24h": (DAY, 96), "7d": (WEEK, 84), "90d": (HOURS_SPAN, 90)}
)
"""Span and number of slots of the strips that are drawn: 15 min, 2 h and one day wide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A piece of a strip; `seconds` by state with `unknown` sum up to what of it has passed."""

    start: float
    end: float
    seconds: Mapping[str, float]


def kind_of(subject: str) -> str:
    """Its kind, a key of STATES."""
    return subject.partition("/")[0]


class UptimeRecord:
    """
    Slots of 5 minutes for a day and of an hour for 90 days. Not thread-safe; reads no clock.

    No slot ever holds more seconds than it is wide, so a clock that is set back cannot count a
    moment twice, and one that is set far ahead pushes nothing out that it would not have anyway.
    """

    def __init__(self) -> None:
        self.minutes = Tier(MINUTES_WIDTH, MINUTES_SPAN // MINUTES_WIDTH + 1, SUBJECT_LIMIT)
        self.hours = Tier(HOUR, HOURS_SPAN // HOUR + 1, SUBJECT_LIMIT)

    @property
    def subjects(self) -> tuple[str, ...]:
        """What there is a record of, in the order it came."""
        return self.hours.subjects

    def add(self, facts: Iterable[tuple[str, str]], start: float, end: float) -> int:
        """
        Add that each subject was in its state from *start* to *end*.

        Returns how many were left out for want of room.
        """
        if not (isfinite(start) and isfinite(end) and start >= 0.0):
            return 0
        found = list(facts)
        rows = [
            (subject, *_place_of(subject, state)) for subject, state in self._fitting(found, end)
        ]
        for tier in (self.minutes, self.hours):
            tier.add(rows, start, end)
        return len(found) - len(rows)

    def _fitting(self, facts: Iterable[tuple[str, str]], now: float) -> Iterator[tuple[str, str]]:
        """Those there is room for; a subject that nothing was known of for a day makes room."""
        room = SUBJECT_LIMIT - len(self.hours.subjects)
        unseen: Iterator[str] | None = None
        for subject, state in facts:
            if not self.hours.has(subject):
                if room <= 0:
                    unseen = unseen or iter(self._unseen(now))
                    if (gone := next(unseen, None)) is None:
                        continue
                    self.hours.forget(gone)
                    room += 1
                room -= 1
            yield subject, state

    def _unseen(self, now: float) -> Sequence[str]:
        return [each for each in self.subjects if not any(self.seconds(each, DAY, now).values())]

    def seconds(self, subject: str, span: float, now: float) -> Mapping[str, float]:
        """Seconds in each state in the slots that touch the last *span* seconds."""
        return _totals(self._tier(span), subject, now - span, now)

    def _tier(self, span: float) -> Tier:
        return self.minutes if span <= MINUTES_SPAN else self.hours

    def share(self, subject: str, span: float, now: float) -> float | None:
        """The share of the known time that *subject* was up; None where nothing is known."""
        return share_of(kind_of(subject), self.seconds(subject, span, now))

    def known(self, subject: str, span: float, now: float) -> float:
        """Which share of the last *span* seconds is known at all, 0 to 1."""
        return min(sum(self.seconds(subject, span, now).values()) / span, 1.0)

    def strip(self, subject: str, span: int, slots: int, now: float) -> tuple[Slot, ...]:
        """The last *span* seconds in equal *slots*; ValueError where they do not fit ours."""
        tier = self._tier(span)
        width, rest = divmod(span, slots)
        if rest or width % tier.width:
            raise ValueError(f"expected slots of a multiple of {tier.width} s, not {span}/{slots}")
        last = int(now // width)
        starts = (number * width for number in range(last - slots + 1, last + 1))
        return tuple(_slot(tier, subject, start, width, now) for start in starts)

    def documents(self) -> Mapping[str, object]:
        """What to keep: what is closed changes once in five minutes or an hour, the rest always."""
        return {
            "uptime-hours": self.hours.closed(),
            "uptime-minutes": self.minutes.closed(),
            "uptime-open": {"hours": self.hours.opened(), "minutes": self.minutes.opened()},
        }

    def restore(self, kept: Callable[[str], object]) -> tuple[str, ...]:
        """Take up what *kept* gives by name; what cannot be read is left out, and said."""
        opened = kept("uptime-open")
        opened = opened if isinstance(opened, Mapping) else {}
        tiers = {"hours": self.hours, "minutes": self.minutes}
        return tuple(
            problem
            for name, tier in tiers.items()
            for problem in tier.restore(kept(f"uptime-{name}"), opened.get(name), _SIZES)
        )


def _place_of(subject: str, state: str) -> tuple[int, int]:
    """How many states a subject has, and which of them this one is."""
    states = STATES[kind_of(subject)]
    return len(states), states.index(state)


def _totals(tier: Tier, subject: str, start: float, end: float) -> Mapping[str, float]:
    states = STATES[kind_of(subject)]
    return dict(zip(states, tier.totals(subject, len(states), start, end), strict=True))


def _slot(tier: Tier, subject: str, start: int, width: int, now: float) -> Slot:
    # A second before its end: the next slot begins there.
    found = _totals(tier, subject, start, start + width - 1)
    passed = min(max(now - start, 0.0), width)
    unknown = max(passed - sum(found.values()), 0.0)
    return Slot(start=start, end=start + width, seconds={**found, UNKNOWN: unknown})


def share_of(kind: str, seconds: Mapping[str, float]) -> float | None:
    """The share of good seconds among those that are good or bad."""
    good = _sum(seconds, _GOOD[kind])
    known = good + _sum(seconds, _BAD[kind])
    return good / known if known else None


def _sum(seconds: Mapping[str, float], states: Iterable[str]) -> float:
    return sum(seconds.get(state, 0.0) for state in states)
