"""
How much is usual at this hour: median and scatter of the same hour of the days before. Pure.

An hour counts only where all of it was seen: a source that did not answer said nothing, not zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from statistics import median
from typing import Final

HOUR: Final = 3600.0
DAYS: Final = 28
"""How many days are remembered."""

YOUNG: Final = 5
"""Days with this hour below which nothing is known of it."""

COUNT_LIMIT: Final = 10_000
_MAD_TO_SIGMA: Final = 1.4826
_SIGMAS: Final = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What is usual at one hour of the day; `limit` is what is more than chance."""

    days: int
    median: float
    limit: float


def baseline_of(hours: Mapping[int, int], at: float) -> Baseline | None:
    """What is usual at the hour of *at*, by earlier days; None while too few are known."""
    this = hour_of(at)
    found = [count for hour, count in hours.items() if hour < this and (this - hour) % 24 == 0]
    if len(found) < YOUNG:
        return None
    usual = median(found)
    scatter = _MAD_TO_SIGMA * median(abs(count - usual) for count in found)
    # Counts of chance scatter by their root at least; most of an ordinary day's hours are alike.
    return Baseline(
        days=len(found), median=usual, limit=usual + _SIGMAS * max(scatter, sqrt(usual))
    )


def hour_of(at: float) -> int:
    """Hours since the epoch."""
    return int(at // HOUR)


def remembered(hours: Mapping[int, int], now: float) -> dict[int, int]:
    """Those young enough to be remembered."""
    this = hour_of(now)
    return {hour: count for hour, count in hours.items() if this - 24 * DAYS <= hour < this}


def hours_document(hours: Mapping[int, int]) -> dict[str, int]:
    """What the state file keeps: a number for each hour, and nothing else."""
    return {str(hour): count for hour, count in sorted(hours.items())}


def hours_of(document: object, now: float) -> dict[int, int]:
    """What `hours_document` gave, without whatever is not of its making."""
    items = document.items() if isinstance(document, dict) else ()
    found = {
        int(hour): count
        for hour, count in items
        if isinstance(hour, str)
        and hour.isascii()
        and hour.isdecimal()
        and len(hour) < 10
        and type(count) is int
        and 0 <= count <= COUNT_LIMIT
    }
    return remembered(found, now)
