"""Which clock a forecast reads, with which hints, and when there is none to make."""

from dataclasses import replace
from types import MappingProxyType

import pytest
from support.seen import NOW, incident, page, scene

from claude_exporter.core.forecast import Clock, Curve, Effect, Scope
from claude_exporter.core.model import Sign, Surface
from claude_exporter.core.observation import Observation
from claude_exporter.core.outlook import outlook_of
from claude_exporter.core.page_model import IncidentPhase
from claude_exporter.core.survival import Hazard

STARTED = NOW - 1301
UPDATED = NOW - 701


def clock(rate):
    return Clock(
        hazard=Hazard((0.0, 1000.0), (rate, rate / 7)),
        open_after=((0.0, 31), (600.0, 17), (9000.0, 0)),
        incidents=31,
        source="a test",
    )


CURVE = Curve(
    posted=clock(0.0002),
    onset=clock(0.0005),
    phases=MappingProxyType(
        {IncidentPhase.INVESTIGATING: Effect(incidents=11, starts=(0.0, 900.0), ratios=(1.5, 0.5))}
    ),
    scopes=MappingProxyType({Scope.LOGIN: Effect(incidents=5, starts=(0.0,), ratios=(3.0,))}),
    counts=MappingProxyType({"incidents": 37, "live": 31}),
)
FAILING = Observation(
    surface=Surface.API, failing=True, failing_for=401.0, sign=Sign.OVERLOADED, network_down=False
)
POSTED = incident(Surface.API, started_at=STARTED, updated_at=UPDATED)
PHASE = IncidentPhase.INVESTIGATING

NONE = {
    "a surface that works": replace(FAILING, failing=False),
    "a surface nothing is known of": replace(FAILING, failing=None),
    "our own network is down": replace(FAILING, network_down=True),
    "it fails, nobody knows since when": replace(FAILING, failing_for=None),
    "a key that is refused ends when somebody mends it": replace(FAILING, sign=Sign.AUTHENTICATION),
    "a limit is our usage": replace(FAILING, sign=Sign.RATE_LIMITED),
    "a wrong request is ours": replace(FAILING, sign=Sign.NOT_FOUND),
    "a success has no class of trouble": replace(FAILING, sign=Sign.OK),
}


@pytest.mark.parametrize("seen", NONE.values(), ids=NONE.keys())
def test_there_is_no_forecast_for(seen):
    assert outlook_of(seen, scene(), CURVE, 1.0) is None


ONSET = {
    "no page was read": scene(),
    "the page says nothing": scene(pages=(page(),)),
    "the incident is of another surface": scene(
        pages=(page(incident(Surface.WEB, started_at=STARTED)),)
    ),
    "the incident does not say since when": scene(pages=(page(incident(Surface.API)),)),
    "the page was read too long ago to be believed": scene(pages=(page(POSTED, ago=301.0),)),
}


@pytest.mark.parametrize("where", ONSET.values(), ids=ONSET.keys())
def test_the_clock_is_ours_where(where):
    """The age counts from the onset that the probes met."""
    assert outlook_of(FAILING, where, CURVE, 1.0) == CURVE.forecast(401.0, None)


@pytest.mark.parametrize("sign", [Sign.OVERLOADED, Sign.TIMEOUT, Sign.EDGE_CHALLENGE])
def test_what_ends_by_itself_has_a_forecast(sign):
    seen = replace(FAILING, sign=sign)
    assert outlook_of(seen, scene(), CURVE, 1.0) == CURVE.forecast(401.0, None)


def ends(age, phase_for, scope=Scope.OTHER, phase=PHASE):
    return CURVE.forecast(age, phase, phase_for=phase_for, scope=scope)


INCIDENTS = {
    "it counts from its first post, its phase from its newest": (
        [POSTED],
        ends(1301.0, 701.0),
    ),
    "without a moment of its last post the phase is as old as the incident": (
        [replace(POSTED, updated_at=None)],
        ends(1301.0, None),
    ),
    "its title says what is hit": (
        [replace(POSTED, name="Login errors")],
        ends(1301.0, 701.0, Scope.LOGIN),
    ),
    "of two the newer one counts": (
        [replace(POSTED, started_at=NOW - 9001), POSTED],
        ends(1301.0, 701.0),
    ),
    "one without a start is older than any": (
        [POSTED, replace(POSTED, started_at=None)],
        ends(1301.0, 701.0),
    ),
    "a page whose clock is ahead of ours is not in the future": (
        [replace(POSTED, started_at=NOW + 61, updated_at=NOW + 61)],
        ends(0.0, 0.0),
    ),
}


@pytest.mark.parametrize(("incidents", "forecast"), INCIDENTS.values(), ids=INCIDENTS.keys())
def test_the_clock_is_the_incident_s(incidents, forecast):
    assert outlook_of(FAILING, scene(pages=(page(*incidents),)), CURVE, 1.0) == forecast


def test_an_incident_makes_a_forecast_for_refused_logins_too():
    """A login outage is theirs, whatever the sign is."""
    seen = replace(FAILING, sign=Sign.AUTHENTICATION)
    assert outlook_of(seen, scene(pages=(page(POSTED),)), CURVE, 1.0) == ends(1301.0, 701.0)


def test_in_a_drill_a_second_stands_for_more():
    """Every span is stretched by the pace: ours, the incident's and its phase's."""
    posted = scene(pages=(page(POSTED),))
    assert [outlook_of(FAILING, where, CURVE, 3.0) for where in (scene(), posted)] == [
        CURVE.forecast(1203.0, None),
        ends(3903.0, 2103.0),
    ]


def test_a_forecast_is_asked_for_a_quarter_half_one_and_two_hours():
    assert tuple(outlook_of(FAILING, scene(), CURVE, 1.0).within) == (900, 1800, 3600, 7200)
