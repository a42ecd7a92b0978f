"""What Claude Code's metrics count as, whichever temporality they have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import isfinite
from types import MappingProxyType
from typing import Final, NamedTuple

from claude_exporter.claude_code.facts import Activity, Done, Fact, TokenType, Used
from claude_exporter.claude_code.otlp_logs import SECOND
from claude_exporter.claude_code.otlp_records import CUMULATIVE, DELTA, PREFIX, Point, Scalar
from claude_exporter.claude_code.seen import Seen

SERIES_LIMIT: Final = 10_000
FORGOTTEN_AFTER: Final = 7 * 86_400.0
"""Seconds after which a cumulative series that says nothing more makes room for another."""

_TOKENS: Final = f"{PREFIX}token.usage"
_COST: Final = f"{PREFIX}cost.usage"
_LINES: Final = f"{PREFIX}lines_of_code.count"
_ACTIVITIES: Final[Mapping[str, Activity]] = MappingProxyType(
    {
        f"{PREFIX}session.count": Activity.SESSIONS,
        f"{PREFIX}commit.count": Activity.COMMITS,
        f"{PREFIX}pull_request.count": Activity.PULL_REQUESTS,
        f"{PREFIX}active_time.total": Activity.ACTIVE_SECONDS,
    }
)
_LINE_TYPES: Final[Mapping[Scalar | None, Activity]] = MappingProxyType(
    {"added": Activity.LINES_ADDED, "removed": Activity.LINES_REMOVED}
)
KNOWN: Final = frozenset((_TOKENS, _COST, _LINES, *_ACTIVITIES))


class _Total(NamedTuple):
    start: int
    end: int
    amount: float


@dataclass(slots=True)
class Taken:
    """The facts of one export; how many of its points could not be used, or had no room."""

    facts: list[Fact] = field(default_factory=list)
    rejected: int = 0
    overflowed: int = 0


class PointReader:
    """Turns points into increases; *started_at* is when this process began, in Unix seconds."""

    def __init__(self, started_at: float) -> None:
        self._started_at = started_at
        self._seen = Seen(16_384)
        self._totals: dict[str, _Total] = {}

    def take(self, points: Iterable[Point], now: float) -> Taken:
        """What *points* add to the counts."""
        taken = Taken()
        for point in points:
            if point.metric in KNOWN:
                self._take(point, taken, now)
        return taken

    def _take(self, point: Point, taken: Taken, now: float) -> None:
        amount = point.amount
        usable = amount is not None and isfinite(amount) and amount >= 0
        if amount is None or not usable or point.temporality not in (DELTA, CUMULATIVE):
            taken.rejected += 1
            return
        if point.temporality == DELTA:
            key = (point.series, str(point.start), str(point.end))
            increase = amount if not point.end or self._seen.add(*key) else 0.0
        elif point.series in self._totals or self._has_room(now):
            increase = self._increase(point, amount)
        else:
            taken.overflowed += 1
            return
        fact = _fact_of(point, increase) if increase else None
        if fact is not None:
            taken.facts.append(fact)

    def _increase(self, point: Point, amount: float) -> float:
        before = self._totals.get(point.series)
        if before is not None and point.end <= before.end:
            return 0.0  # sent again, or late
        self._totals[point.series] = _Total(point.start, point.end, amount)
        if before is None:
            # What it counted before we began may have been counted by us before a restart.
            return amount if point.start / SECOND >= self._started_at else 0.0
        again = point.start != before.start or amount < before.amount
        return amount if again else amount - before.amount

    def _has_room(self, now: float) -> bool:
        if len(self._totals) < SERIES_LIMIT:
            return True
        oldest = (now - FORGOTTEN_AFTER) * SECOND
        self._totals = {key: each for key, each in self._totals.items() if each.end >= oldest}
        return len(self._totals) < SERIES_LIMIT


def _fact_of(point: Point, increase: float) -> Fact | None:
    attributes = point.attributes
    kind = attributes.get("type")
    if point.metric == _TOKENS:
        known = kind if isinstance(kind, str) and kind in list(TokenType) else None
        return Used(model=attributes.get("model"), tokens={known: increase}) if known else None
    if point.metric == _COST:
        return Used(model=attributes.get("model"), cost=increase)
    activity = _LINE_TYPES.get(kind) if point.metric == _LINES else _ACTIVITIES[point.metric]
    return Done(activity, increase) if activity else None
