"""
How long a trouble that is still going on will probably take.

Two clocks. Where an incident is posted, age counts from its first post and the event is that the
page marks it resolved. Where none is posted, age counts from the onset the probes measured and
the event is that the impact ends. The curve is a data file, see docs/forecast.md for how it was
measured and how well it did on incidents it had not seen.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from .page_model import IncidentPhase
from .survival import Hazard, clamped

HORIZONS: Final = (900.0, 1800.0, 3600.0, 7200.0)


class ForecastEvent(StrEnum):
    """What a forecast says the probability of."""

    RESOLVED = "resolved"
    IMPACT_OVER = "impact_over"


class Scope(StrEnum):
    """What the title of an incident says is hit: the hint that helps beside the phase."""

    LOGIN = "login"
    UNAVAILABLE = "unavailable"
    ONE_MODEL = "one_model"
    OTHER = "other"


SCOPES_OF_TITLES: Final = (
    (Scope.LOGIN, re.compile(r"log ?in|log-in|sign ?in|sign-in|oauth|authenti", re.IGNORECASE)),
    (Scope.UNAVAILABLE, re.compile(r"unavailab|\bdown\b|outage", re.IGNORECASE)),
)
MODEL_NAMES: Final = re.compile(r"opus|sonnet|haiku|fable|mythos|instant|claude-v", re.IGNORECASE)
SEVERAL: Final = re.compile(r"\band\b|,|/|&|multiple|several|all models", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """
    What is likely from now on.

    `within` has, for each of HORIZONS, the probability that `event` happens within so many
    seconds; `median_remaining` is in seconds. `sample` is how many past incidents were still
    going on at this age, 0 beyond the data; `basis` says in words what all this rests on.
    """

    event: ForecastEvent
    within: Mapping[float, float]
    median_remaining: float
    sample: int
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """
    A fitted rate of ending and what it was fitted on.

    `open_after` pairs ages, rising from 0, with how many of the `incidents` lasted longer.
    """

    hazard: Hazard
    open_after: tuple[tuple[float, int], ...]
    incidents: int
    source: str

    def sample(self, age: float) -> int:
        """How many past incidents were still going on at this age, at most one step earlier."""
        ages = [at for at, _ in self.open_after]
        return self.open_after[bisect_right(ages, clamped(age)) - 1][1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """
    How much faster, as a ratio, incidents with a trait end than all of them.

    `ratios` go by the time the trait has lasted, piece by piece from `starts`, which rise from 0.
    `incidents` is how many past incidents were seen with the trait.
    """

    incidents: int
    starts: tuple[float, ...]
    ratios: tuple[float, ...]

    def after(self, lasted: float) -> float:
        """The ratio once the trait has lasted so many seconds."""
        return self.ratios[bisect_right(self.starts, clamped(lasted)) - 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Everything a forecast needs; `counts` says what was in the history it was fitted on."""

    posted: Clock
    onset: Clock
    phases: Mapping[IncidentPhase, Effect]
    scopes: Mapping[Scope, Effect]
    counts: Mapping[str, int]

    def forecast(
        self,
        age: float,
        phase: IncidentPhase | None,
        *,
        phase_for: float | None = None,
        scope: Scope | None = None,
    ) -> Forecast:
        """
        Forecast a trouble of this age in seconds.

        With `phase` an incident is posted: age counts from its first post, and `phase_for` from
        the start of the phase; without it `identified` and `monitoring` say nothing. With None
        nothing is posted, age counts from the onset, and no hint says anything. Any age gives a
        forecast; beyond the data it stays what it was.
        """
        if phase is None:
            basis = _basis_of_onset(self.onset)
            return _read(self.onset, age, ForecastEvent.IMPACT_OVER, 1.0, basis)
        if phase is IncidentPhase.INVESTIGATING and phase_for is None:
            phase_for = age
        stage = None if phase_for is None else self.phases.get(phase)
        kind = None if scope is None else self.scopes.get(scope)
        ratio = (stage.after(phase_for or 0.0) if stage else 1.0) * (kind.after(0) if kind else 1.0)
        basis = _basis_of_posted(self.posted, stage, kind)
        return _read(self.posted, age, ForecastEvent.RESOLVED, ratio, basis)


def scope_of_title(title: str) -> Scope:
    """What the title of an incident says is hit."""
    for scope, pattern in SCOPES_OF_TITLES:
        if pattern.search(title):
            return scope
    if MODEL_NAMES.search(title) and not SEVERAL.search(title):
        return Scope.ONE_MODEL
    return Scope.OTHER


def _read(
    clock: Clock, age: float, event: ForecastEvent, ratio: float, basis: tuple[str, ...]
) -> Forecast:
    sample = clock.sample(age)
    standing = f"{sample} of them lasted longer than this one has so far."
    if not sample:
        standing = "None of them lasted that long: the rate of the longest is taken to go on."
    return Forecast(
        event=event,
        within=MappingProxyType(
            {within: clock.hazard.probability(age, within, ratio) for within in HORIZONS}
        ),
        median_remaining=clock.hazard.remaining(age, ratio=ratio),
        sample=sample,
        basis=" ".join((basis[0], standing, *basis[1:])),
    )


def _basis_of_posted(clock: Clock, phase: Effect | None, scope: Effect | None) -> tuple[str, ...]:
    hints = []
    if phase:
        hints.append(f"the phase, from {phase.incidents} incidents that were in it")
    if scope:
        hints.append(f"the scope, from {scope.incidents} incidents like it")
    hint = f"Shifted by {' and by '.join(hints)}." if hints else "No phase or scope is known."
    return (
        f"{clock.incidents} incidents, from the first post until resolved ({clock.source}).",
        hint,
        "The impact often ends before the page says so.",
    )


def _basis_of_onset(clock: Clock) -> tuple[str, ...]:
    return (
        f"{clock.incidents} incidents with a stated start and end of impact ({clock.source}).",
        "Troubles too short to be posted are not among them, so a young one may end sooner.",
    )
