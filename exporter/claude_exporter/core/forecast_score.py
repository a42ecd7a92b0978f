"""
How well a forecast does on incidents it has not seen: fit on the past, test on the future.

The incidents are cut at several dates; each part is forecast by what was known at its beginning,
at several ages, and compared with what happened. A Brier score is the mean squared distance of
the probability from the outcome: 0 is perfect, lower is better.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from .forecast import HORIZONS
from .forecast_fit import (
    Trait,
    fit_curve,
    fit_effects,
    fit_rates,
    live_incidents,
    post_span,
)
from .forecast_history import PastIncident, as_known, last_moment
from .page_model import IncidentPhase
from .survival import Span

AGES: Final = (0.0, 300.0, 900.0, 1800.0, 3600.0, 7200.0)
FOLDS: Final = 8
FIRST_SHARE: Final = 0.12
"""The share of the incidents that is only learnt from."""

_DEVIATIONS: Final = 1.96
"""Standard deviations of a normal distribution between which 95 % of it lie."""

Predictor = Callable[[PastIncident, float], Mapping[float, float]]
Fitter = Callable[[Sequence[PastIncident], float], Predictor]
Measure = Callable[[PastIncident, float], Span | None]
"""What an incident's length is at a moment; None where it has none or is not of the kind."""

Rates = Mapping[tuple[float, float], float]
"""The share that ended, by age and horizon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """
    One probability and what came of it.

    `constant` and `by_age` are the base rates of the past: of all incidents, and of those that
    were still open at this age.
    """

    incident: str
    age: float
    horizon: float
    probability: float
    happened: bool
    constant: float
    by_age: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reliability:
    """Mean probability and what happened, both 0..1, of the cases of one age and horizon."""

    age: float
    horizon: float
    count: int
    forecast: float
    observed: float

    @property
    def gap(self) -> float:
        """How much too likely the forecast said it was."""
        return self.forecast - self.observed

    @property
    def interval(self) -> tuple[float, float]:
        """
        The true shares that 95 % of such samples would not rule out (Wilson's interval).

        Only where each case is another incident: cases of one incident are no sample of many.
        """
        return wilson(self.observed, self.count)

    @property
    def within_chance(self) -> bool:
        """Whether chance alone explains the gap: what was said lies in the interval."""
        low, high = self.interval
        return low <= self.forecast <= high


def wilson(share: float, count: int) -> tuple[float, float]:
    """The 95 % interval of a *share* seen in *count* independent cases; it never leaves 0..1."""
    spread = _DEVIATIONS**2 / count
    middle = share + spread / 2
    reach = _DEVIATIONS * math.sqrt(share * (1 - share) / count + spread / (4 * count))
    low, high = (middle - reach) / (1 + spread), (middle + reach) / (1 + spread)
    return max(0.0, low), min(1.0, high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A Brier score beside another one's on the same cases, and the gain's standard error."""

    name: str
    incidents: int
    score: float
    other: float
    error: float

    @property
    def gain(self) -> float:
        """How much lower, hence better, the score is than the other one."""
        return self.other - self.score


def cases(
    history: Sequence[PastIncident],
    tested: Iterable[PastIncident],
    fitter: Fitter,
    measure: Measure,
    first_share: float = FIRST_SHARE,
    folds: int = FOLDS,
) -> tuple[Case, ...]:
    """
    Forecast the tested incidents, each by what of the history was known before its part.

    The first share of them only sets where the first cut is. What is not decided yet at the end
    of the history is no case.
    """
    tested = sorted(tested, key=lambda it: (it.posted_at, it.id))
    end = last_moment(history)
    first = len(tested) * first_share
    bounds = [round(first + (len(tested) - first) * part / folds) for part in range(folds + 1)]
    found: list[Case] = []
    for low, high in pairwise(bounds):
        if low == high:
            continue
        until = tested[low].posted_at
        known = as_known(history, until)
        base = _base_rates(known, until, measure)
        predictor = fitter(known, until)
        for incident in tested[low:high]:
            span = measure(incident, end)
            if span is not None:
                found.extend(_cases_of(incident, span, predictor, base))
    return tuple(found)


def posted_measure(incident: PastIncident, until: float) -> Span | None:
    """From the first post until resolved, of incidents that were posted live."""
    return post_span(incident, until) if live_incidents([incident]) else None


def whole_fitter(known: Sequence[PastIncident], until: float) -> Predictor:
    """The forecast of a posted incident as it ships: the rates, the phase and the scope."""
    curve = fit_curve(known, until, source="", fallback=None)

    def predicted(incident: PastIncident, age: float) -> Mapping[float, float]:
        moment = incident.posted_at + age
        since, phase = incident.phase_at(moment) or (moment, IncidentPhase.UNKNOWN)
        return curve.forecast(age, phase, phase_for=moment - since, scope=incident.scope).within

    return predicted


def onset_fitter(known: Sequence[PastIncident], until: float) -> Predictor:
    """The forecast as it ships where no incident is posted."""
    curve = fit_curve(known, until, source="", fallback=None)
    return lambda _, age: curve.forecast(age, None).within


def trait_fitter(trait: Trait) -> Fitter:
    """The rates by age with one trait; one that is never known leaves them as they are."""

    def fitter(known: Sequence[PastIncident], until: float) -> Predictor:
        live = live_incidents(known)
        rates = fit_rates(live, until)
        effects = fit_effects(live, trait, until)

        def predicted(incident: PastIncident, age: float) -> Mapping[float, float]:
            effect = effects.get(trait(incident, age))
            ratio = effect.after(age) if effect else 1.0
            return {within: rates.probability(age, within, ratio) for within in HORIZONS}

        return predicted

    return fitter


def reliability(found: Iterable[Case]) -> tuple[Reliability, ...]:
    """Said and seen, by age and horizon."""
    groups: defaultdict[tuple[float, float], list[Case]] = defaultdict(list)
    for case in found:
        groups[case.age, case.horizon].append(case)
    return tuple(_reliability(*key, groups[key]) for key in sorted(groups))


def reliability_by_probability(found: Iterable[Case], parts: int = 10) -> tuple[Reliability, ...]:
    """Said and seen, by what was said: `age` is the lower and `horizon` the upper bound of it."""
    groups: defaultdict[int, list[Case]] = defaultdict(list)
    for case in found:
        groups[min(parts - 1, int(case.probability * parts))].append(case)
    return tuple(
        _reliability(part / parts, (part + 1) / parts, groups[part]) for part in sorted(groups)
    )


def brier(found: Sequence[Case], said: Callable[[Case], float]) -> float:
    """The Brier score of what was said of these cases."""
    return sum((said(case) - case.happened) ** 2 for case in found) / len(found)


def comparison(name: str, found: Sequence[Case], other: Sequence[Case]) -> Comparison:
    """Two forecasts of the same cases; the cases of one incident count as one observation."""
    gains: defaultdict[str, float] = defaultdict(float)
    for mine, theirs in zip(found, other, strict=True):
        loss = (theirs.probability - theirs.happened) ** 2
        gains[mine.incident] += loss - (mine.probability - mine.happened) ** 2
    mean = sum(gains.values()) / len(gains)
    spread = sum((gain - mean) ** 2 for gain in gains.values())
    return Comparison(
        name=name,
        incidents=len(gains),
        score=brier(found, lambda case: case.probability),
        other=brier(other, lambda case: case.probability),
        error=math.sqrt(spread) / len(found),
    )


def _cases_of(
    incident: PastIncident, span: Span, predictor: Predictor, base: Rates
) -> Iterator[Case]:
    for age in AGES:
        if age >= span.length:
            return
        said = predictor(incident, age)
        for horizon in HORIZONS:
            if _decided(span, age + horizon):
                yield Case(
                    incident=incident.id,
                    age=age,
                    horizon=horizon,
                    probability=said[horizon],
                    happened=_happened(span, age + horizon),
                    constant=base[0.0, horizon],
                    by_age=base[age, horizon],
                )


def _base_rates(known: Iterable[PastIncident], until: float, measure: Measure) -> Rates:
    spans = [span for it in known if (span := measure(it, until)) is not None]
    rates: dict[tuple[float, float], float] = {}
    for age in AGES:
        for horizon in HORIZONS:
            decided = [it for it in spans if it.length > age and _decided(it, age + horizon)]
            ended = sum(_happened(it, age + horizon) for it in decided)
            # Nothing lasted this long yet: the rate of all of them is what is known.
            rates[age, horizon] = ended / len(decided) if decided else rates[0.0, horizon]
    return rates


def _decided(span: Span, age: float) -> bool:
    return span.ended or span.length >= age


def _happened(span: Span, age: float) -> bool:
    return span.ended and span.length <= age


def _reliability(age: float, horizon: float, group: Sequence[Case]) -> Reliability:
    return Reliability(
        age=age,
        horizon=horizon,
        count=len(group),
        forecast=sum(case.probability for case in group) / len(group),
        observed=sum(case.happened for case in group) / len(group),
    )
