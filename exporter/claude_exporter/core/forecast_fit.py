"""
Fits the curve of the forecast to the incidents a status page has had.

The rates by age come from all incidents posted while they went on; each trait then gets one
ratio, the endings seen with it over the endings the rates led to expect. Everything is a closed
formula, so the same history always gives the same curve.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

from .forecast import Clock, Curve, Effect, Scope
from .forecast_history import PastIncident, as_known
from .page_model import Impact, IncidentPhase
from .survival import Hazard, Span, at_risk, fit_hazard, typical_hazard

Trait = Callable[[PastIncident, float], Hashable]
"""What an incident shows at an age; None where that is not known."""

MINUTE: Final = 60.0
DAY: Final = 86400.0
POSTED_STARTS: Final = tuple(
    minutes * MINUTE for minutes in (0, 5, 15, 30, 60, 90, 120, 180, 240, 480, 1440)
)
ONSET_STARTS: Final = tuple(minutes * MINUTE for minutes in (0, 15, 30, 60, 120, 240, 1440))
OPEN_AFTER: Final = tuple(
    minutes * MINUTE
    for minutes in (
        *(0, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 360, 480, 720),
        *(1440, 2880, 5760, 10080, 20160, 43200, 86400),
    )
)
PHASE_STARTS: Final = (0.0, 15 * MINUTE, 60 * MINUTE)

SHORTEST: Final = 30.0
"""Posts are timed to the minute: what began and ended in one still lasted."""

HALF_LIFE: Final = 180 * DAY
"""An incident this old counts half in the rates: a service and its operators change."""

IMPACT_HALF_LIFE: Final = 365 * DAY
"""The same for stated impacts, which are few."""

PRIOR: Final = 3.0
TYPICAL_UNTIL: Final = 240 * MINUTE
EFFECT_PRIOR: Final = 6.0
STEP: Final = 5 * MINUTE
WINDOW: Final = 60 * MINUTE


def live_incidents(history: Iterable[PastIncident]) -> tuple[PastIncident, ...]:
    """Those somebody could have watched on the page: no retroactive ones and no maintenance."""
    return tuple(it for it in history if not it.retroactive and it.impact is not Impact.MAINTENANCE)


def fit_curve(
    history: Iterable[PastIncident], until: float, *, source: str, fallback: Curve | None
) -> Curve:
    """
    The curve of what was known at `until`.

    What the history does not carry, the clock of the onset or the phases, is taken from
    `fallback` if there is one. Raises ValueError where the history is too small.
    """
    known = as_known(history, until)
    live = live_incidents(known)
    windows = [span for it in known if (span := impact_span(it, until)) is not None]
    text = f"{source}, until {datetime.fromtimestamp(until, UTC):%Y-%m-%d}"
    rates = fit_rates(live, until)
    posted = _clock(rates, [post_span(it, until) for it in live], text)
    # The windows are few: each piece is drawn towards the rate of the posted incidents.
    onset = _clock(fit_hazard(windows, ONSET_STARTS, towards=rates, prior=PRIOR), windows, text)
    phases = _phases(live, until)
    return Curve(
        posted=posted,
        onset=fallback.onset if fallback and not windows else onset,
        phases=fallback.phases if fallback and not phases else phases,
        scopes=_scopes(live, until),
        counts=MappingProxyType(
            {
                "incidents": len(known),
                "live": len(live),
                "open": sum(it.resolved_at is None for it in live),
                "retroactive": sum(it.retroactive for it in known),
                "phases_known": sum(bool(it.phases) for it in live),
                "impact_windows": len(windows),
            }
        ),
    )


def post_span(incident: PastIncident, until: float) -> Span:
    """From the first post until resolved, or until now; an old incident weighs less."""
    end = until if incident.resolved_at is None else incident.resolved_at
    return Span(
        max(SHORTEST, end - incident.posted_at),
        incident.resolved_at is not None,
        _weight(incident, until, HALF_LIFE),
    )


def impact_span(incident: PastIncident, until: float) -> Span | None:
    """From the start to the end of the impact, None where they are not stated."""
    if incident.impact_started_at is None or incident.impact_ended_at is None:
        return None
    length = incident.impact_ended_at - incident.impact_started_at
    return Span(max(SHORTEST, length), weight=_weight(incident, until, IMPACT_HALF_LIFE))


def fit_rates(live: Iterable[PastIncident], until: float) -> Hazard:
    """The rates at which posted incidents end, by age; ValueError where hardly any ended."""
    spans = [post_span(it, until) for it in live]
    typical = typical_hazard(spans, TYPICAL_UNTIL)
    return fit_hazard(spans, POSTED_STARTS, towards=typical, prior=PRIOR)


def fit_effects(
    live: Iterable[PastIncident], trait: Trait, until: float
) -> Mapping[Hashable, Effect]:
    """
    How much faster incidents end while they show each value of a trait.

    Every incident is looked at every STEP while it is open, and what happens in the WINDOW after
    that is compared with what the rates of the same incidents led to expect.
    """
    looks = {it: _looks(it, trait, until) for it in live}
    shown = [it for it, seen in looks.items() if seen]
    try:
        rates = fit_rates(shown, until)
    except ValueError:
        # Nothing with this trait has ended yet: it says nothing.
        return {}
    seen_with: Counter[Hashable] = Counter()
    ended: defaultdict[Hashable, float] = defaultdict(float)
    expected: defaultdict[Hashable, float] = defaultdict(float)
    for it in shown:
        span = post_span(it, until)
        seen_with.update({value for _, value in looks[it]})
        for age, value in looks[it]:
            end = min(age + WINDOW, span.length)
            # Windows overlap: each is given the share of one.
            expected[value] += STEP / WINDOW * (rates.cumulative(end) - rates.cumulative(age))
            ended[value] += STEP / WINDOW * (span.ended and span.length <= age + WINDOW)
    return {
        value: Effect(
            incidents=count,
            starts=(0.0,),
            ratios=((ended[value] + EFFECT_PRIOR) / (expected[value] + EFFECT_PRIOR),),
        )
        for value, count in seen_with.items()
    }


def scope_trait(incident: PastIncident, age: float) -> Scope:
    """What the title says is hit."""
    del age
    return incident.scope


def phase_trait(incident: PastIncident, age: float) -> IncidentPhase | None:
    """The phase posted at this age."""
    change = incident.phase_at(incident.posted_at + age)
    return change[1] if change else None


def phase_piece_trait(incident: PastIncident, age: float) -> tuple[IncidentPhase, int] | None:
    """The phase posted at this age and the piece of PHASE_STARTS it has reached."""
    moment = incident.posted_at + age
    change = incident.phase_at(moment)
    return (change[1], bisect_right(PHASE_STARTS, moment - change[0]) - 1) if change else None


def _looks(incident: PastIncident, trait: Trait, until: float) -> list[tuple[float, Hashable]]:
    length = post_span(incident, until).length
    count = int(min(length, TYPICAL_UNTIL) // STEP) + 1
    ages = (STEP * index for index in range(count))
    return [
        (age, value) for age in ages if age < length and (value := trait(incident, age)) is not None
    ]


def _weight(incident: PastIncident, until: float, half_life: float) -> float:
    return float(0.5 ** ((until - incident.posted_at) / half_life))


def _clock(hazard: Hazard, spans: Sequence[Span], source: str) -> Clock:
    longest = max((span.length for span in spans), default=0.0)
    ages = sorted({0.0, *(age for age in OPEN_AFTER if age < longest), longest})
    return Clock(
        hazard=hazard,
        open_after=tuple(zip(ages, at_risk(spans, ages), strict=True)),
        incidents=len(spans),
        source=source,
    )


def _scopes(live: Sequence[PastIncident], until: float) -> Mapping[Scope, Effect]:
    effects = fit_effects(live, scope_trait, until)
    return MappingProxyType({scope: effects[scope] for scope in Scope if scope in effects})


def _phases(live: Sequence[PastIncident], until: float) -> Mapping[IncidentPhase, Effect]:
    wholes = fit_effects(live, phase_trait, until)
    pieces = fit_effects(live, phase_piece_trait, until)
    return MappingProxyType(
        {
            phase: Effect(
                incidents=wholes[phase].incidents,
                starts=PHASE_STARTS,
                ratios=tuple(
                    pieces[phase, index].after(0.0) if (phase, index) in pieces else 1.0
                    for index in range(len(PHASE_STARTS))
                ),
            )
            for phase in IncidentPhase
            if phase in wholes
        }
    )
