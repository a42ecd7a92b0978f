"""
How long something that is still going on will go on, from how long such things lasted.

The rate of ending is constant within a piece of age and changes from piece to piece, so that a
history of a few hundred spans carries it and open spans count for as long as they were watched.
The last piece has no end: beyond the data the rate stays as it is and a forecast no longer
depends on age. All times are seconds, all rates are per second.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

LONGEST: Final = 10 * 365 * 86400.0


@dataclass(frozen=True, slots=True)
class Span:
    """One thing that lasted `length` seconds; `ended` is False where it was still going on."""

    length: float
    ended: bool = True
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Hazard:
    """
    The rate of ending by age.

    `starts` are the ages at which the pieces begin, the first is 0, each above the one before;
    `rates` has one rate above 0 for each. Raises ValueError on anything else.
    """

    starts: tuple[float, ...]
    rates: tuple[float, ...]
    _sums: tuple[float, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.starts or len(self.starts) != len(self.rates):
            raise ValueError(
                "expected one rate for each piece and at least one piece, not"
                f" {len(self.rates)} rates for {len(self.starts)} pieces"
            )
        if self.starts[0] != 0 or any(one >= two for one, two in pairwise(self.starts)):
            raise ValueError(f"expected ages that rise from 0, not {list(self.starts)}")
        if not all(0 < rate < math.inf for rate in self.rates):
            raise ValueError(f"expected rates above 0, not {list(self.rates)}")
        sums = [0.0]
        for (start, end), rate in zip(pairwise(self.starts), self.rates, strict=False):
            sums.append(sums[-1] + (end - start) * rate)
        object.__setattr__(self, "_sums", tuple(sums))

    def cumulative(self, age: float) -> float:
        """The endings expected up to this age, >= 0, if each ending were followed by another."""
        piece = bisect_right(self.starts, age) - 1
        return self._sums[piece] + (age - self.starts[piece]) * self.rates[piece]

    def mean_rate(self, start: float, end: float) -> float:
        """The mean rate between two ages, that of the last piece where the end is infinite."""
        if end == math.inf:
            return self.rates[-1]
        return (self.cumulative(end) - self.cumulative(start)) / (end - start)

    def probability(self, age: float, within: float, ratio: float = 1.0) -> float:
        """That what has this age ends within so many seconds; `ratio` multiplies the rate."""
        age = clamped(age)
        return -math.expm1(-ratio * (self.cumulative(age + within) - self.cumulative(age)))

    def remaining(self, age: float, share: float = 0.5, ratio: float = 1.0) -> float:
        """The seconds within which this share, 0 <= share < 1, of what has this age ends."""
        age = clamped(age)
        wanted = self.cumulative(age) - math.log1p(-share) / ratio
        piece = bisect_right(self._sums, wanted) - 1
        end = self.starts[piece] + (wanted - self._sums[piece]) / self.rates[piece]
        return max(0.0, end - age)


def clamped(age: float) -> float:
    """An age that can be reckoned with: a clock that runs behind gives 0, not a negative one."""
    return min(max(0.0, age), LONGEST)


def typical_hazard(spans: Iterable[Span], until: float) -> Hazard:
    """
    One rate for all ages, measured on ages below `until`.

    The long tail is left out: it has most of the time and few of the spans. Raises ValueError
    where nothing ended below `until`.
    """
    spans = tuple(spans)
    ended = sum(span.weight for span in spans if span.ended and span.length <= until)
    if not ended:
        raise ValueError(f"expected spans that ended within {until:g} s, found none")
    exposed = sum(span.weight * min(span.length, until) for span in spans)
    return Hazard((0.0,), (ended / exposed,))


def fit_hazard(
    spans: Iterable[Span], starts: Sequence[float], *, towards: Hazard, prior: float
) -> Hazard:
    """
    The hazard that explains the spans best, each piece drawn towards another hazard.

    `prior` > 0 is how many endings at that other hazard's rate each piece is given beside its
    own. The last piece shares its own with the one before: few spans get that far.
    """
    ends = (*starts[1:], math.inf)
    ended = [0.0] * len(starts)
    exposed = [0.0] * len(starts)
    for span in spans:
        for piece, (start, end) in enumerate(zip(starts, ends, strict=True)):
            if span.length > start:
                exposed[piece] += span.weight * (min(span.length, end) - start)
                ended[piece] += span.weight * (span.ended and span.length <= end)
    ended[-1], exposed[-1] = sum(ended[-2:]), sum(exposed[-2:])
    usual = [towards.mean_rate(start, end) for start, end in zip(starts, ends, strict=True)]
    rates = (
        (count + prior) / (time + prior / rate)
        for count, time, rate in zip(ended, exposed, usual, strict=True)
    )
    return Hazard(tuple(starts), tuple(rates))


def at_risk(spans: Iterable[Span], starts: Sequence[float]) -> tuple[int, ...]:
    """How many spans were seen to last longer than each of these ages."""
    lengths = [span.length for span in spans]
    return tuple(sum(length > start for length in lengths) for start in starts)
