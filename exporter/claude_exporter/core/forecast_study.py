"""Everything that is worth knowing about the forecast's quality, from one history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from .forecast import HORIZONS, Scope
from .forecast_fit import (
    Trait,
    impact_span,
    live_incidents,
    phase_piece_trait,
    phase_trait,
    scope_trait,
)
from .forecast_history import PastIncident
from .forecast_score import (
    FIRST_SHARE,
    FOLDS,
    Case,
    Comparison,
    Fitter,
    Measure,
    Reliability,
    brier,
    cases,
    comparison,
    onset_fitter,
    posted_measure,
    reliability,
    reliability_by_probability,
    trait_fitter,
    whole_fitter,
)

FEWEST: Final = 40
"""A history with fewer incidents of a kind than this says nothing about the forecast of them."""

PHASE_SHARE: Final = 0.2
ONSET_SHARE: Final = 0.35
SIX_HOURS: Final = 6 * 3600.0
DAY: Final = 86400.0
BRIEF: Final = (180.0, 300.0, 900.0)

TRAITS: Final[Mapping[str, Trait]] = MappingProxyType(
    {
        "scope": scope_trait,
        "unavailable or not": lambda it, _: it.scope is Scope.UNAVAILABLE,
        "one model or not": lambda it, _: it.scope is Scope.ONE_MODEL,
        "login or not": lambda it, _: it.scope is Scope.LOGIN,
        "time of day, 6 hours (UTC)": lambda it, age: (it.posted_at + age) // SIX_HOURS % 4,
        "weekend or not (UTC)": lambda it, age: ((it.posted_at + age) // DAY + 4) % 7 in {0, 6},
        "impact": lambda it, _: it.impact,
    }
)
"""What was tried beside age, on all live incidents."""

PHASE_TRAITS: Final[Mapping[str, Trait]] = MappingProxyType(
    {"phase": phase_trait, "phase and time in it": phase_piece_trait}
)
COMPONENT_TRAITS: Final[Mapping[str, Trait]] = MappingProxyType(
    {"number of components, 1, 2, 3+": lambda it, _: min(3, it.components) or None}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """
    Brier scores of the same cases: of the forecast and of what one could say without it.

    `by_age` and `constant` are base rates of the past; `certain` is what "it is over within 2-5
    minutes" says: that by then it surely is.
    """

    horizon: float
    forecast: float
    by_age: float
    constant: float
    certain: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """The forecast of one kind of incidents, out of sample."""

    title: str
    incidents: int
    reliability: tuple[Reliability, ...]
    by_probability: tuple[Reliability, ...]
    scores: tuple[Scores, ...]
    scores_at_first: tuple[Scores, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """
    The sections there were enough incidents for, and what each trait alone gains.

    `brief` is the share, 0..1, of live incidents that were over within 180, 300 and 900 seconds.
    """

    sections: tuple[Section, ...]
    traits: tuple[Comparison, ...]
    brief: Mapping[float, float]


def study(history: Sequence[PastIncident], folds: int = FOLDS) -> Study:
    """Score the forecast on this history; ValueError where the history is too small to fit."""
    live = live_incidents(history)
    phased = [it for it in live if it.phases]
    stated = [it for it in history if impact_span(it, 0.0) is not None]
    wanted: tuple[tuple[str, Sequence[PastIncident], Fitter, Measure, float], ...] = (
        ("Posted incidents, until resolved", live, whole_fitter, posted_measure, FIRST_SHARE),
        ("Of them, with known phases", phased, whole_fitter, posted_measure, PHASE_SHARE),
        ("From the onset, until the impact ended", stated, onset_fitter, impact_span, ONSET_SHARE),
    )
    return Study(
        sections=tuple(
            _section(title, cases(history, tested, fitter, measure, share, folds))
            for title, tested, fitter, measure, share in wanted
            if len(tested) >= FEWEST
        ),
        traits=(
            *_comparisons(history, live, TRAITS, FIRST_SHARE, folds),
            *_comparisons(history, phased, PHASE_TRAITS, PHASE_SHARE, folds),
            *_comparisons(
                history,
                [it for it in live if it.components],
                COMPONENT_TRAITS,
                PHASE_SHARE,
                folds,
            ),
        ),
        brief=MappingProxyType(_brief(live)),
    )


def _section(title: str, found: Sequence[Case]) -> Section:
    return Section(
        title=title,
        incidents=len({case.incident for case in found}),
        reliability=reliability(found),
        by_probability=reliability_by_probability(found),
        scores=_scores(found),
        scores_at_first=_scores([case for case in found if case.age == 0]),
    )


def _scores(found: Iterable[Case]) -> tuple[Scores, ...]:
    found = tuple(found)
    by_horizon = {
        horizon: [case for case in found if case.horizon == horizon] for horizon in HORIZONS
    }
    return tuple(
        Scores(
            horizon=horizon,
            forecast=brier(group, lambda case: case.probability),
            by_age=brier(group, lambda case: case.by_age),
            constant=brier(group, lambda case: case.constant),
            certain=brier(group, lambda _: 1.0),
        )
        for horizon, group in by_horizon.items()
        if group
    )


def _comparisons(
    history: Sequence[PastIncident],
    tested: Sequence[PastIncident],
    traits: Mapping[str, Trait],
    first_share: float,
    folds: int,
) -> tuple[Comparison, ...]:
    if len(tested) < FEWEST:
        return ()

    def tried(trait: Trait) -> tuple[Case, ...]:
        return cases(history, tested, trait_fitter(trait), posted_measure, first_share, folds)

    plain = tried(lambda *_: None)
    return tuple(comparison(name, tried(trait), plain) for name, trait in traits.items())


def _brief(live: Sequence[PastIncident]) -> dict[float, float]:
    lengths = [it.resolved_at - it.posted_at for it in live if it.resolved_at is not None]
    return {within: sum(length <= within for length in lengths) / len(lengths) for within in BRIEF}
