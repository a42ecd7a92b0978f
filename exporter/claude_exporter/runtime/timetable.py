"""When jobs are due (pure), and how late they started."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from hashlib import blake2b
from itertools import accumulate
from math import ceil
from typing import Final

STAGGER: Final = 5.0
"""First runs are spread over this many seconds, or over the interval where that is shorter."""

JITTER: Final = 0.05
"""How far a run may lie from its grid point, as a share of the interval."""

LAG_BOUNDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)

# Multiples of the golden ratio, modulo one, spread evenly: jitter that needs no random state.
_GOLDEN: Final = 0.618033988749895


def phase_of(name: str) -> float:
    """Give the job's share of the interval, 0 to 1, the same in every process."""
    return int.from_bytes(blake2b(name.encode(), digest_size=6).digest(), "big") / 2**48


@dataclass(frozen=True, slots=True)
class Timetable:
    """
    The grid of one job: every `interval` since the Unix epoch, shifted by `phase` of it.

    Moments are monotonic seconds; `epoch_at` is the Unix epoch among them, fixed once, so that a
    restart keeps the grid and a step of the wall clock does not move it.
    """

    interval: float
    phase: float
    epoch_at: float

    def first(self, now: float) -> float:
        """Give the moment of a run that starts afresh: soon, and not with all the others."""
        return now + self.phase * min(self.interval, STAGGER)

    def after(self, due_at: float) -> float:
        """Give the moment that follows `due_at`: the next grid point half an interval away."""
        number = ceil((due_at - self.epoch_at) / self.interval + 0.5 - self.phase)
        jitter = JITTER * (2 * ((self.phase + number * _GOLDEN) % 1.0) - 1)
        return self.epoch_at + (number + self.phase + jitter) * self.interval

    def is_missed(self, due_at: float, now: float) -> bool:
        """Tell whether `now` is so long after `due_at` that the machine must have stood still."""
        return now - due_at >= min(self.interval, STAGGER) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """A histogram of seconds from due to start; `counts` are cumulative, the last one is all."""

    bounds: tuple[float, ...]
    counts: tuple[int, ...]
    sum: float


class LagRecord:
    """Counts lags as they happen."""

    def __init__(self) -> None:
        self._counts = [0] * (len(LAG_BOUNDS) + 1)
        self._sum = 0.0

    def add(self, lag: float) -> None:
        """Count one start that came `lag` seconds after it was due."""
        self._counts[bisect_left(LAG_BOUNDS, lag)] += 1
        self._sum += lag

    def read(self) -> Lag:
        """Give the histogram so far."""
        return Lag(bounds=LAG_BOUNDS, counts=tuple(accumulate(self._counts)), sum=self._sum)
