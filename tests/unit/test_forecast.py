"""A forecast is the curve, read by age, phase and scope, and says what it rests on."""

from __future__ import annotations

import json
import math
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_exporter.core.forecast import (
    HORIZONS,
    Clock,
    Curve,
    Effect,
    Forecast,
    ForecastEvent,
    Scope,
    scope_of_title,
)
from claude_exporter.core.forecast_file import curve_of_text, shipped_curve, text_of_curve
from claude_exporter.core.page_model import IncidentPhase
from claude_exporter.core.survival import Hazard

INVESTIGATING = IncidentPhase.INVESTIGATING
MONITORING = IncidentPhase.MONITORING
UNKNOWN = IncidentPhase.UNKNOWN

CURVE = Curve(
    posted=Clock(
        hazard=Hazard((0.0,), (0.0002,)),
        open_after=((0.0, 31), (600.0, 17), (9000.0, 0)),
        incidents=31,
        source="a test",
    ),
    onset=Clock(
        hazard=Hazard((0.0,), (0.0005,)),
        open_after=((0.0, 13), (5000.0, 0)),
        incidents=13,
        source="another test",
    ),
    phases=MappingProxyType(
        {
            INVESTIGATING: Effect(incidents=11, starts=(0.0, 900.0), ratios=(1.5, 0.5)),
            MONITORING: Effect(incidents=7, starts=(0.0,), ratios=(2.0,)),
        }
    ),
    scopes=MappingProxyType({Scope.LOGIN: Effect(incidents=5, starts=(0.0,), ratios=(3.0,))}),
    counts=MappingProxyType({"incidents": 37, "live": 31}),
)
SHIPPED = shipped_curve()


def said(rate: float) -> dict[float, float]:
    """The probabilities at a constant rate."""
    return {within: pytest.approx(1 - math.exp(-rate * within)) for within in HORIZONS}


def test_nothing_posted_is_read_from_the_clock_of_the_onset():
    """Where no incident is posted the impact's end is forecast, from the onset."""
    assert CURVE.forecast(300.0, None, phase_for=7.0, scope=Scope.LOGIN) == Forecast(
        event=ForecastEvent.IMPACT_OVER,
        within=said(0.0005),
        median_remaining=pytest.approx(math.log(2) / 0.0005),
        sample=13,
        basis=(
            "13 incidents with a stated start and end of impact (another test). 13 of them"
            " lasted longer than this one has so far. Troubles too short to be posted are not"
            " among them, so a young one may end sooner."
        ),
    )


def test_a_posted_incident_is_read_with_its_phase_and_scope():
    """Where an incident is posted its resolution is forecast, shifted by what is known of it."""
    forecast = CURVE.forecast(700.0, MONITORING, phase_for=60.0, scope=Scope.LOGIN)
    assert forecast == Forecast(
        event=ForecastEvent.RESOLVED,
        within=said(0.0002 * 2 * 3),
        median_remaining=pytest.approx(math.log(2) / 0.0012),
        sample=17,
        basis=(
            "31 incidents, from the first post until resolved (a test). 17 of them lasted longer"
            " than this one has so far. Shifted by the phase, from 7 incidents that were in it"
            " and by the scope, from 5 incidents like it. The impact often ends before the page"
            " says so."
        ),
    )


@pytest.mark.parametrize(
    ("age", "phase", "phase_for", "scope", "ratio"),
    [
        pytest.param(60.0, UNKNOWN, None, None, 1.0, id="nothing is known"),
        pytest.param(60.0, UNKNOWN, 30.0, None, 1.0, id="a phase the history does not have"),
        pytest.param(60.0, MONITORING, None, None, 1.0, id="since when is not known"),
        pytest.param(60.0, MONITORING, 0.0, None, 2.0, id="the phase began just now"),
        pytest.param(60.0, INVESTIGATING, None, None, 1.5, id="investigating began with it"),
        pytest.param(900.0, INVESTIGATING, None, None, 0.5, id="investigating for long"),
        pytest.param(9999.0, INVESTIGATING, 899.0, None, 1.5, id="the phase's time counts"),
        pytest.param(60.0, INVESTIGATING, -5.0, None, 1.5, id="a phase from the future"),
        pytest.param(60.0, UNKNOWN, None, Scope.LOGIN, 3.0, id="only the scope is known"),
        pytest.param(60.0, UNKNOWN, None, Scope.OTHER, 1.0, id="a scope it does not have"),
    ],
)
def test_each_hint_shifts_the_rate_by_its_ratio(age, phase, phase_for, scope, ratio):
    """The ratios of the phase and of the scope multiply the rate."""
    forecast = CURVE.forecast(age, phase, phase_for=phase_for, scope=scope)
    assert forecast.within == said(0.0002 * ratio)


LONGEST = " None of them lasted that long: the rate of the longest is taken to go on. "


@pytest.mark.parametrize(
    ("age", "sample", "words"),
    [
        pytest.param(0.0, 31, "31 of them lasted longer", id="at the first post"),
        pytest.param(599.0, 31, "31 of them lasted longer", id="just before a step"),
        pytest.param(600.0, 17, "17 of them lasted longer", id="at a step"),
        pytest.param(9000.0, 0, LONGEST, id="at the longest"),
        pytest.param(math.inf, 0, LONGEST, id="beyond everything"),
        pytest.param(-1.0, 31, "31 of them lasted longer", id="a clock that runs behind"),
        pytest.param(math.nan, 31, "31 of them lasted longer", id="no age at all"),
    ],
)
def test_the_sample_is_what_was_still_going_on(age, sample, words):
    """A forecast beyond the data says that it is beyond the data."""
    forecast = CURVE.forecast(age, UNKNOWN)
    assert (forecast.sample, words in forecast.basis) == (sample, True)
    assert " No phase or scope is known. " in forecast.basis


@given(
    st.floats(allow_nan=True, allow_infinity=True),
    st.none() | st.sampled_from(IncidentPhase),
    st.none() | st.floats(allow_nan=True, allow_infinity=True),
    st.none() | st.sampled_from(Scope),
)
def test_any_question_gets_a_forecast(age, phase, phase_for, scope):
    """The shipped curve answers everything, within 0..1 and rising with the horizon."""
    forecast = SHIPPED.forecast(age, phase, phase_for=phase_for, scope=scope)
    probabilities = [forecast.within[horizon] for horizon in HORIZONS]
    assert probabilities == sorted(probabilities)
    assert 0 < probabilities[0] <= probabilities[-1] < 1
    assert 0 < forecast.median_remaining < math.inf


@pytest.mark.parametrize(
    ("title", "scope"),
    [
        pytest.param("Login to the web is failing", Scope.LOGIN, id="login"),
        pytest.param("Users cannot log in", Scope.LOGIN, id="log in, apart"),
        pytest.param("Log-ins fail", Scope.LOGIN, id="log-in, with a hyphen"),
        pytest.param("OAuth errors during an outage", Scope.LOGIN, id="login beats outage"),
        pytest.param("The API is down", Scope.UNAVAILABLE, id="down"),
        pytest.param("Opus 4 unavailable", Scope.UNAVAILABLE, id="unavailable beats a model"),
        pytest.param("Partial outage", Scope.UNAVAILABLE, id="outage"),
        pytest.param("Slow downloads", Scope.OTHER, id="down is a word of its own"),
        pytest.param("Elevated errors on Claude Opus 4", Scope.ONE_MODEL, id="one model"),
        pytest.param("Errors on Opus 4 and Sonnet 4", Scope.OTHER, id="two models"),
        pytest.param("Errors across multiple models, Haiku too", Scope.OTHER, id="several"),
        pytest.param("Slow answers", Scope.OTHER, id="none of it"),
        pytest.param("", Scope.OTHER, id="no title"),
    ],
)
def test_the_title_tells_the_scope(title, scope):
    """The scope is read from the words of the title."""
    assert scope_of_title(title) is scope


def test_a_curve_survives_its_file():
    """Writing and reading a curve gives the same curve, and the same text again."""
    text = text_of_curve(CURVE)
    read = curve_of_text(text, "curve.json")
    assert (read, text_of_curve(read)) == (CURVE, text)


@pytest.mark.parametrize("clock", ["posted", "onset"])
def test_the_shipped_curve_agrees_with_its_own_counts(clock):
    """What ships was fitted on as many incidents as it says, and thins out with age."""
    counts = SHIPPED.counts
    shipped: Clock = getattr(SHIPPED, clock)
    expected = {"posted": counts["live"], "onset": counts["impact_windows"]}
    samples = [sample for _, sample in shipped.open_after]
    assert shipped.incidents == samples[0] == expected[clock]
    assert samples == sorted(samples, reverse=True)
    assert samples[-1] == 0


def test_the_shipped_counts_add_up():
    """Every incident is live, retroactive or maintenance; the hints come from the live ones."""
    counts = SHIPPED.counts
    assert counts["live"] + counts["retroactive"] <= counts["incidents"]
    assert counts["phases_known"] <= counts["live"]
    assert sum(effect.incidents for effect in SHIPPED.scopes.values()) == counts["live"]
    assert set(SHIPPED.scopes) == set(Scope)
    assert set(SHIPPED.phases) == set(IncidentPhase) - {UNKNOWN}
    assert all(it.incidents <= counts["phases_known"] for it in SHIPPED.phases.values())


def test_the_shipped_file_is_what_the_command_writes():
    """The shipped file was not edited by hand: its text is that of its curve."""
    text = text_of_curve(SHIPPED)
    assert text_of_curve(curve_of_text(text, "again")) == text


def test_monitoring_is_the_strongest_hint():
    """What is monitored ends sooner than what is still investigated after as long."""
    monitored, investigated = (
        SHIPPED.forecast(7200.0, phase, phase_for=1200.0).within[1800.0]
        for phase in (MONITORING, INVESTIGATING)
    )
    assert monitored > 1.2 * investigated


GOOD = json.loads(text_of_curve(CURVE))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            '{\n"posted"\n}', "curve.json:3: expected JSON, but Expecting ':'", id="no JSON"
        ),
        pytest.param(
            "{}", "curve.json: expected a curve with the field 'phases', found none", id="empty"
        ),
        pytest.param("7", "curve.json: expected a curve as `forecast --fit` writes", id="a number"),
        pytest.param(
            json.dumps({**GOOD, "phases": {"pondering": {}}}), "'pondering'", id="a strange phase"
        ),
        pytest.param(
            json.dumps({**GOOD, "posted": {**GOOD["posted"], "rates": [0]}}),
            "expected rates above 0, not",
            id="a rate of 0",
        ),
        pytest.param(
            json.dumps({**GOOD, "onset": {**GOOD["onset"], "open_after": []}}),
            "open_after: expected ages that rise from 0",
            id="no sample",
        ),
        pytest.param(
            json.dumps({**GOOD, "onset": {**GOOD["onset"], "open_after": [[7, 3]]}}),
            "open_after: expected ages that rise from 0",
            id="samples not from 0",
        ),
        pytest.param(
            json.dumps(
                {**GOOD, "onset": {**GOOD["onset"], "open_after": [[0, 3], [5, 2], [1, 1]]}}
            ),
            "open_after: expected ages that rise from 0",
            id="samples out of order",
        ),
        pytest.param(
            json.dumps({**GOOD, "scopes": {"login": {**GOOD["scopes"]["login"], "starts": [1]}}}),
            "expected ages that rise from 0",
            id="a ratio not from 0",
        ),
    ],
)
def test_a_file_that_is_no_curve_is_refused(text, message):
    """A bad curve says which file, what was wanted, and what was found."""
    with pytest.raises(ValueError, match=r"curve\.json") as caught:
        curve_of_text(text, "curve.json")
    assert message in str(caught.value)
