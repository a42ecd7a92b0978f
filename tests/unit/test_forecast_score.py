"""The scores are the textbook's, and nobody is forecast by what came after."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.incidents import as_lines, made_up_history

from claude_exporter.core.forecast import HORIZONS, Scope
from claude_exporter.core.forecast_history import PastIncident, last_moment, read_history
from claude_exporter.core.forecast_score import (
    Case,
    Comparison,
    Reliability,
    brier,
    cases,
    comparison,
    posted_measure,
    reliability,
    reliability_by_probability,
    wilson,
)
from claude_exporter.core.forecast_study import study
from claude_exporter.core.page_model import Impact


def case(incident, probability, happened, age=0.0, horizon=900.0):
    """A case with base rates that are never mistaken for something else."""
    return Case(
        incident=incident,
        age=age,
        horizon=horizon,
        probability=probability,
        happened=happened,
        constant=0.25,
        by_age=0.5,
    )


def incident(index, minutes, **changes):
    """An incident posted on the hour number `index` that lasted so many minutes."""
    posted_at = index * 3600.0
    return replace(
        PastIncident(
            id=f"{index}",
            posted_at=posted_at,
            resolved_at=posted_at + 60 * minutes,
            retroactive=False,
            scope=Scope.OTHER,
            impact=Impact.MINOR,
        ),
        **changes,
    )


CASES = (
    case("a", 0.2, happened=False),
    case("a", 0.3, happened=True, age=300.0),
    case("b", 0.6, happened=True),
    case("b", 1.0, happened=True, horizon=1800.0),
)


def test_the_brier_score_is_the_mean_square_of_the_distance():
    """0.04, 0.49, 0.16 and 0 of the forecasts; the constant is 0.25 off, or 0.75."""
    assert brier(CASES, lambda it: it.probability) == pytest.approx(0.69 / 4)
    assert brier(CASES, lambda it: it.constant) == pytest.approx((0.0625 + 3 * 0.5625) / 4)


def test_reliability_is_what_was_said_beside_what_was_seen():
    """Every age and horizon stands for itself, in order."""
    rows = reliability(CASES)
    assert rows == (
        Reliability(age=0.0, horizon=900.0, count=2, forecast=0.4, observed=0.5),
        Reliability(age=0.0, horizon=1800.0, count=1, forecast=1.0, observed=1.0),
        Reliability(age=300.0, horizon=900.0, count=1, forecast=0.3, observed=1.0),
    )
    assert rows[0].gap == pytest.approx(-0.1)


WILSON = {
    "ten of twenty-six": (10 / 26, 26, (0.2243, 0.5747)),
    "none of eleven is not proof of none": (0.0, 11, (0.0, 0.2588)),
    "all of eleven is not proof of all": (1.0, 11, (0.7412, 1.0)),
    "half of a thousand is nearly half": (0.5, 1000, (0.4691, 0.5309)),
}


@pytest.mark.parametrize(("share", "count", "interval"), WILSON.values(), ids=WILSON)
def test_an_interval_says_what_a_sample_can_carry(share, count, interval):
    """Textbook values of Wilson's score interval."""
    assert wilson(share, count) == pytest.approx(interval, abs=0.0001)


def test_a_gap_is_chance_where_the_interval_has_what_was_said():
    """15 points off in 26 incidents may be chance; in 2600 they are not."""
    row = Reliability(age=7200.0, horizon=7200.0, count=26, forecast=0.534, observed=0.385)
    assert [each.within_chance for each in (row, replace(row, count=2600))] == [True, False]


def test_reliability_by_what_was_said():
    """A probability of 1 belongs to the last part."""
    assert reliability_by_probability(CASES, parts=2) == (
        Reliability(age=0.0, horizon=0.5, count=2, forecast=0.25, observed=0.5),
        Reliability(age=0.5, horizon=1.0, count=2, forecast=0.8, observed=1.0),
    )


def test_the_cases_of_one_incident_are_one_observation():
    """Gains are summed over an incident before their spread is taken."""
    other = tuple(replace(it, probability=0.5) for it in CASES)
    # Incident a gains 0.21 - 0.24, incident b 0.09 + 0.25.
    found = comparison("mine", CASES, other)
    assert found == Comparison(
        name="mine",
        incidents=2,
        score=pytest.approx(0.1725),
        other=0.25,
        error=pytest.approx(((0.185**2 * 2) ** 0.5) / 4),
    )
    assert found.gain == pytest.approx(0.0775)


def test_nobody_is_forecast_by_the_future():
    """A part is forecast by what was known at its beginning, never by what came after."""
    history = [incident(index, 20 + index) for index in range(20)]
    seen = []

    def fitter(known, until):
        seen.append(([it.id for it in known], [it.resolved_at is None for it in known][-1], until))
        return lambda *_: dict.fromkeys(HORIZONS, 0.5)

    found = cases(history, history, fitter, posted_measure, first_share=0.5, folds=2)
    assert [until for _, _, until in seen] == [36_000.0, 54_000.0]
    assert [ids for ids, _, _ in seen] == [
        [f"{index}" for index in range(10)],
        [f"{index}" for index in range(15)],
    ]
    assert {it.incident for it in found} == {f"{index}" for index in range(10, 20)}
    # An incident that lasts 30 minutes is seen at 0, 5 and 15 minutes, not at 30.
    assert [it.age for it in found if it.incident == "10" and it.horizon == 900.0] == [0, 300, 900]
    first = next(it for it in found if it.age == 900.0 and it.horizon == 900.0)
    assert (first.constant, first.by_age, first.happened) == (0.0, 1.0, True)


def test_what_is_not_decided_is_no_case():
    """An open incident counts only for the horizons it has been watched for."""
    history = [*(incident(index, 20) for index in range(9)), incident(9, 0, resolved_at=None)]
    watched_until = incident(10, 0, id="mark", retroactive=True)
    found = cases(
        [*history, watched_until],
        history,
        lambda *_: lambda *_: dict.fromkeys(HORIZONS, 0.5),
        posted_measure,
        first_share=0.9,
        folds=3,
    )
    undecided = [(it.age, it.horizon, it.happened) for it in found]
    assert undecided == [
        (0.0, 900.0, False),
        (0.0, 1800.0, False),
        (0.0, 3600.0, False),
        (300.0, 900.0, False),
        (300.0, 1800.0, False),
        (900.0, 900.0, False),
        (900.0, 1800.0, False),
        (1800.0, 900.0, False),
        (1800.0, 1800.0, False),
    ]
    # Nothing of the past lasted 30 minutes: the base rate is that of all.
    assert found[-1].by_age == found[-1].constant == 1.0


def test_what_was_posted_afterwards_is_not_tested():
    """A retroactive incident could not be watched: it makes no case."""
    history = [incident(index, 20, retroactive=index > 5) for index in range(9)]
    found = cases(
        history, history, lambda *_: lambda *_: dict.fromkeys(HORIZONS, 0.5), posted_measure, 0.5
    )
    assert {it.incident for it in found} == {"4", "5"}


def test_a_study_of_a_made_up_history_finds_what_was_put_in():
    """Out of sample the forecast is reliable, and the phase helps where it decides."""
    history = read_history(as_lines(made_up_history(230)), "made-up")
    made = study(history, folds=4)
    whole, phased, onset = made.sections
    assert [section.incidents for section in made.sections] == [202, 184, 50]
    assert max(abs(row.gap) for row in whole.reliability if row.count > 100) < 0.08
    for row in phased.scores:
        assert row.forecast < row.constant < row.certain
    gains = {trait.name: trait.gain for trait in made.traits}
    assert gains["phase"] > 0.002
    assert gains["weekend or not (UTC)"] < 0.001
    assert made.brief[180.0] <= made.brief[300.0] <= made.brief[900.0]
    assert onset.scores_at_first[0].horizon == 900.0
    assert last_moment(history) > 0


def test_a_study_leaves_out_what_there_are_too_few_of():
    """Without phases, impact and components there is one section and only the other traits."""
    history = [
        replace(it, phases=(), impact_started_at=None, components=0)
        for it in read_history(as_lines(made_up_history(60)), "made-up")
    ]
    made = study(history)
    assert [section.title for section in made.sections] == ["Posted incidents, until resolved"]
    assert len(made.traits) == 7


def test_a_study_of_a_handful_says_nothing():
    """A dozen incidents are no history: no section, no trait, but still the share of short ones."""
    made = study(read_history(as_lines(made_up_history(12)), "made-up"))
    assert (made.sections, made.traits) == ((), ())
