"""The curve is fitted to what was known, and finds again what was put in."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.incidents import (
    BEGIN,
    MONITORED,
    as_lines,
    ended_within,
    made_up_history,
)

from claude_exporter.core.forecast import Scope
from claude_exporter.core.forecast_file import text_of_curve
from claude_exporter.core.forecast_fit import (
    fit_curve,
    fit_effects,
    impact_span,
    live_incidents,
    phase_piece_trait,
    phase_trait,
    post_span,
)
from claude_exporter.core.forecast_history import (
    PastIncident,
    as_known,
    last_moment,
    merged,
    read_history,
)
from claude_exporter.core.page_model import Impact, IncidentPhase
from claude_exporter.core.survival import Span

YEAR = 365 * 86400.0
HALF_YEAR = 180 * 86400.0
HISTORY = read_history(as_lines(made_up_history(600)), "made-up.jsonl")
END = last_moment(HISTORY)
ONE = PastIncident(
    id="one",
    posted_at=1000.0,
    resolved_at=5000.0,
    retroactive=False,
    scope=Scope.OTHER,
    impact=Impact.MINOR,
    phases=((1000.0, IncidentPhase.INVESTIGATING), (3000.0, IncidentPhase.MONITORING)),
    impact_started_at=700.0,
    impact_ended_at=4100.0,
)


@pytest.mark.parametrize(
    ("incident", "until", "expected"),
    [
        pytest.param(
            ONE, 1000.0 + HALF_YEAR, Span(4000.0, True, 0.5), id="half a year old counts half"
        ),
        pytest.param(
            replace(ONE, resolved_at=None), 1000.0, Span(30.0, False, 1.0), id="open since now"
        ),
        pytest.param(
            replace(ONE, resolved_at=None),
            1000.0 + 2 * HALF_YEAR,
            Span(2 * HALF_YEAR, False, 0.25),
            id="open: as long as it was watched",
        ),
        pytest.param(
            replace(ONE, resolved_at=1000.0), 1000.0, Span(30.0, True, 1.0), id="within a minute"
        ),
    ],
)
def test_a_span_runs_from_the_post(incident, until, expected):
    """An open incident is a span that did not end."""
    assert post_span(incident, until) == expected


@pytest.mark.parametrize(
    ("incident", "expected"),
    [
        pytest.param(ONE, Span(3400.0, True, 0.5), id="stated"),
        pytest.param(replace(ONE, impact_started_at=None), None, id="no start"),
        pytest.param(replace(ONE, impact_ended_at=None), None, id="no end"),
    ],
)
def test_an_impact_is_a_span_where_it_is_stated(incident, expected):
    """The impact's span needs both its ends."""
    assert impact_span(incident, 1000.0 + YEAR) == expected


def test_nobody_could_watch_what_was_posted_afterwards():
    """Retroactive incidents and maintenance are not live; a retroactive impact still counts."""
    retroactive = replace(ONE, id="late", retroactive=True)
    maintenance = replace(ONE, id="planned", impact=Impact.MAINTENANCE)
    assert live_incidents([ONE, retroactive, maintenance]) == (ONE,)
    curve = fit_curve([ONE, retroactive, maintenance], 5000.0, source="s", fallback=None)
    assert dict(curve.counts) == {
        "incidents": 3,
        "live": 1,
        "open": 0,
        "retroactive": 1,
        "phases_known": 1,
        "impact_windows": 3,
    }
    assert (curve.posted.incidents, curve.onset.incidents) == (1, 3)
    assert curve.posted.source == "s, until 1970-01-01"


def test_the_fit_recovers_the_rates_that_made_the_history():
    """Rates put in come out: before monitoring, and how much faster it ends when monitored."""
    curve = fit_curve(HISTORY, END, source="made up", fallback=None)
    monitored, investigated = (
        curve.phases[phase].after(600.0)
        for phase in (IncidentPhase.MONITORING, IncidentPhase.INVESTIGATING)
    )
    within = (15.0, 30.0, 60.0, 120.0)
    said = [curve.posted.hazard.probability(0.0, 60 * minutes) for minutes in within]
    assert said == pytest.approx([ended_within(minutes) for minutes in within], abs=0.05)
    # Less than what was put in: the ratios are drawn towards 1, and within the window of an hour
    # most of the investigated become monitored too.
    assert 1.2 < monitored / investigated < MONITORED
    assert {scope: it.incidents for scope, it in curve.scopes.items()} == dict.fromkeys(Scope, 150)


def test_the_same_history_gives_the_same_curve():
    """The fit is deterministic, whatever the order of the files."""
    one, two = (
        text_of_curve(fit_curve(merged(it), END, source="made up", fallback=None))
        for it in (HISTORY, reversed(HISTORY))
    )
    assert one == two


def test_open_incidents_are_not_taken_for_short_ones():
    """Leaving open incidents out would make the rates too high: they count while watched."""
    until = BEGIN + 300 * 25_200.0
    cut = [
        replace(it, resolved_at=None) if (it.resolved_at or 0) - it.posted_at > 6000 else it
        for it in as_known(HISTORY, until)
    ]
    dropped = [it for it in cut if it.resolved_at is not None]
    whole, with_open, without = (
        fit_curve(it, until, source="s", fallback=None).posted.hazard.rates[6]
        for it in (as_known(HISTORY, until), cut, dropped)
    )
    assert with_open < whole < without * 10
    assert with_open < without


def test_what_a_history_lacks_is_taken_from_the_fallback():
    """A Statuspage states no impact: the onset's clock stays; without phases theirs stay too."""
    shipped = fit_curve(HISTORY, END, source="shipped", fallback=None)
    bare = [replace(it, phases=(), impact_started_at=None, impact_ended_at=None) for it in HISTORY]
    refitted = fit_curve(bare, END, source="mine", fallback=shipped)
    assert (refitted.onset, refitted.phases) == (shipped.onset, shipped.phases)
    assert refitted.posted.source.startswith("mine")
    alone = fit_curve(bare, END, source="mine", fallback=None)
    assert (alone.onset.incidents, alone.onset.open_after, alone.phases) == (0, ((0.0, 0),), {})


def test_a_trait_nothing_ended_with_says_nothing():
    """Neither an unknown trait nor one of open incidents only has an effect."""
    still = [replace(ONE, resolved_at=None)]
    assert fit_effects([ONE], lambda *_: None, 9000.0) == {}
    assert fit_effects(still, phase_trait, 9000.0) == {}


@pytest.mark.parametrize(
    ("age", "phase", "piece"),
    [
        pytest.param(-1.0, None, None, id="before the first phase"),
        pytest.param(899.0, IncidentPhase.INVESTIGATING, 0, id="in the first piece"),
        pytest.param(900.0, IncidentPhase.INVESTIGATING, 1, id="in the second piece"),
        pytest.param(2000.0, IncidentPhase.MONITORING, 0, id="a new phase begins anew"),
        pytest.param(5600.0, IncidentPhase.MONITORING, 2, id="in the last piece"),
    ],
)
def test_the_phase_and_its_piece_at_an_age(age, phase, piece):
    """The piece counts from the beginning of the phase, not of the incident."""
    expected = None if phase is None else (phase, piece)
    assert (phase_trait(ONE, age), phase_piece_trait(ONE, age)) == (phase, expected)
