"""
The state of one target: totals, the last result, and its recent record.

State is replaced, never changed.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from .model import ProbeResult, Sign, Standing, Target

BUCKETS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Upper bounds of the probe duration histogram, in seconds."""

_SLICES: Final = 15
_FRESH_INTERVALS: Final = 3


@dataclass(frozen=True, slots=True)
class Slice:
    """Attempts and successes of one fifteenth of the intermittent window."""

    number: int
    attempts: int
    successes: int


@dataclass(frozen=True, slots=True)
class TargetState:
    """Totals, the last result, and the recent record of one target."""

    last: ProbeResult | None = None
    attempts: int = 0
    failures: Mapping[Sign, int] = field(default_factory=dict)
    buckets: tuple[int, ...] = (0,) * (len(BUCKETS) + 1)
    duration_sum: float = 0.0
    recent: tuple[Slice, ...] = ()


def fold_target(state: TargetState, result: ProbeResult, window: float) -> TargetState:
    """Add one result; *window* is how many seconds the recent record reaches back."""
    failures = state.failures
    if not result.success:
        count = failures.get(result.sign, 0) + 1
        failures = {**failures, result.sign: count}
    place = bisect_left(BUCKETS, result.duration)
    counts = state.buckets
    return TargetState(
        last=result,
        attempts=state.attempts + 1,
        failures=failures,
        buckets=(*counts[:place], counts[place] + 1, *counts[place + 1 :]),
        duration_sum=state.duration_sum + result.duration,
        recent=_recent(state.recent, result, window / _SLICES),
    )


def _recent(record: tuple[Slice, ...], result: ProbeResult, width: float) -> tuple[Slice, ...]:
    if result.standing is Standing.UNKNOWN:
        return record
    number, success = int(result.started_at // width), int(result.success)
    if record and record[-1].number == number:
        last = record[-1]
        return (*record[:-1], Slice(number, last.attempts + 1, last.successes + success))
    gone = 0
    while gone < len(record) and record[gone].number <= number - _SLICES:
        gone += 1
    return (*record[gone:], Slice(number, 1, success))


def success_share(states: Iterable[TargetState], now: float, window: float) -> float | None:
    """The share of known results that succeeded within *window* seconds; None without any."""
    oldest = int(now // (window / _SLICES)) - _SLICES
    attempts = successes = 0
    for state in states:
        for item in state.recent:
            if item.number > oldest:
                attempts += item.attempts
                successes += item.successes
    return successes / attempts if attempts else None


class Tracked(NamedTuple):
    """A target with its state."""

    target: Target
    state: TargetState


def standing_of(tracked: Tracked, now: float, not_before: float = 0.0) -> Standing:
    """What is known of a target now: too old a result, or one from before *not_before*, is not."""
    target, state = tracked
    last = state.last
    if last is None or last.started_at < not_before:
        return Standing.UNKNOWN
    stale = now - last.started_at > _FRESH_INTERVALS * target.interval + target.timeout
    return Standing.UNKNOWN if stale else last.standing
