"""Rates of ending by age: read exactly, fitted exactly, and honest beyond the data."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_exporter.core.survival import (
    LONGEST,
    Hazard,
    Span,
    at_risk,
    fit_hazard,
    typical_hazard,
)

HAZARD = Hazard((0.0, 100.0, 300.0), (0.01, 0.002, 0.005))
HAZARDS = st.lists(st.tuples(st.floats(1, 1e5), st.floats(1e-7, 1.0)), min_size=1, max_size=7).map(
    lambda pieces: Hazard(
        tuple(sum(width for width, _ in pieces[:index]) for index in range(len(pieces))),
        tuple(rate for _, rate in pieces),
    )
)
ANY_AGE = st.floats(allow_nan=True, allow_infinity=True)


@pytest.mark.parametrize(
    ("age", "within", "ratio", "expected"),
    [
        pytest.param(0, 50, 1.0, 0.5, id="within the first piece"),
        pytest.param(0, 200, 1.0, 1.2, id="over the edge of a piece"),
        pytest.param(50, 350, 1.0, 0.5 + 0.4 + 0.5, id="over two edges"),
        pytest.param(700, 100, 1.0, 0.5, id="beyond the last edge"),
        pytest.param(90_000, 100, 1.0, 0.5, id="far beyond the data, as at the last edge"),
        pytest.param(-30, 50, 1.0, 0.5, id="a clock that runs behind reads as age 0"),
        pytest.param(0, 50, 3.0, 1.5, id="a ratio multiplies the rate"),
        pytest.param(0, 0, 1.0, 0.0, id="within no time"),
    ],
)
def test_probability_follows_the_rates(age, within, ratio, expected):
    """The probability is one minus e to the minus of rate times time, piece by piece."""
    assert HAZARD.probability(age, within, ratio) == pytest.approx(1 - math.exp(-expected))


@pytest.mark.parametrize(
    ("age", "share", "ratio", "expected"),
    [
        pytest.param(0, 1 - math.exp(-0.5), 1.0, 50, id="within the first piece"),
        pytest.param(0, 1 - math.exp(-1.2), 1.0, 200, id="over the edge of a piece"),
        pytest.param(700, 0.5, 1.0, math.log(2) / 0.005, id="beyond the last edge"),
        pytest.param(0, 1 - math.exp(-1.5), 3.0, 50, id="a ratio shortens it"),
        pytest.param(40, 0.0, 1.0, 0, id="nothing of it ends at once"),
    ],
)
def test_remaining_follows_the_rates(age, share, ratio, expected):
    """The time within which a share ends is the probability read backwards."""
    assert HAZARD.remaining(age, share, ratio) == pytest.approx(expected, abs=1e-9)


@given(HAZARDS, ANY_AGE, st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0.01, 100))
def test_a_longer_wait_is_never_less_likely_to_be_enough(hazard, age, one, two, ratio):
    """Probabilities are within 0..1 and rise with the horizon, at any age whatsoever."""
    less, more = (hazard.probability(age, within, ratio) for within in sorted((one, two)))
    assert 0 <= less <= more <= 1


@given(HAZARDS, st.floats(0, 1e6), st.floats(0.01, 0.99))
def test_what_remains_is_what_the_probability_says(hazard, age, share):
    """The two ways to read a hazard agree."""
    remaining = hazard.remaining(age, share)
    assert hazard.probability(age, remaining) == pytest.approx(share, rel=1e-6)


@given(HAZARDS, ANY_AGE)
def test_what_remains_is_a_length_at_any_age(hazard, age):
    """What remains is finite and not negative, at any age whatsoever."""
    assert 0 <= hazard.remaining(age) < math.inf


@given(HAZARDS, st.floats(0, LONGEST / 2), st.floats(0, 1e6))
def test_beyond_the_data_age_says_nothing(hazard, more, within):
    """Once past the last edge a forecast stays what it was."""
    last = hazard.starts[-1]
    expected = hazard.probability(last, within)
    assert hazard.probability(last + more, within) == pytest.approx(expected, rel=1e-3, abs=1e-6)


@pytest.mark.parametrize(
    ("starts", "rates", "message"),
    [
        pytest.param((), (), "at least one piece, not 0 rates for 0 pieces", id="no piece"),
        pytest.param((0.0, 7.0), (0.1,), "not 1 rates for 2 pieces", id="a rate too few"),
        pytest.param((7.0,), (0.1,), r"ages that rise from 0, not \[7.0\]", id="not from 0"),
        pytest.param((0.0, 7.0, 7.0), (0.1,) * 3, "ages that rise from 0", id="not rising"),
        pytest.param((0.0,), (0.0,), r"rates above 0, not \[0.0\]", id="a rate of 0"),
        pytest.param((0.0,), (math.inf,), "rates above 0", id="a rate without end"),
        pytest.param((0.0,), (math.nan,), "rates above 0", id="a rate that is no number"),
    ],
)
def test_a_hazard_that_means_nothing_is_refused(starts, rates, message):
    """A hazard says what it wanted and what it got."""
    with pytest.raises(ValueError, match=message):
        Hazard(starts, rates)


def test_a_rate_is_endings_over_time_watched():
    """Without a prior worth the name, a piece's rate is its endings over its time at risk."""
    spans = [Span(5.0), Span(10.0), Span(12.0), Span(13.0, ended=False), Span(17.0, weight=2.0)]
    fitted = fit_hazard(spans, (0.0, 10.0, 15.0), towards=Hazard((0.0,), (1.0,)), prior=1e-12)
    # Below 10: 5 + 10 + 10 + 10 + 2x10 seconds and two endings; then 2 + 3 + 2x5 and one, and the
    # last piece shares its own 2x2 and two endings with the one before it.
    assert fitted.rates == pytest.approx((2 / 55, 1 / 15, 3 / 19), abs=1e-9)


def test_a_piece_without_data_has_the_rate_it_is_drawn_towards():
    """The prior decides where nothing was seen, piece by piece."""
    towards = Hazard((0.0, 10.0), (0.5, 0.25))
    assert fit_hazard([], (0.0, 5.0, 15.0), towards=towards, prior=3.0).rates == pytest.approx(
        (0.5, (5 * 0.5 + 5 * 0.25) / 10, 0.25)
    )


def test_the_prior_counts_as_so_many_endings():
    """A prior of 3 beside one ending in 40 s, towards 0.1 per second."""
    fitted = fit_hazard([Span(40.0)], (0.0, 50.0), towards=Hazard((0.0,), (0.1,)), prior=3.0)
    assert fitted.rates[0] == pytest.approx((1 + 3) / (40 + 30))


def test_the_typical_rate_leaves_the_long_tail_out():
    """Up to 100 s: 2x30 + 100 + 100 + 100 seconds watched and three endings; weights count."""
    spans = [Span(30.0, weight=2.0), Span(100.0), Span(9999.0), Span(170.0, ended=False)]
    assert typical_hazard(spans, 100.0) == Hazard((0.0,), (3 / 360,))


def test_nothing_ended_means_no_rate():
    """A history in which nothing ends yet teaches nothing, and says so."""
    with pytest.raises(ValueError, match="spans that ended within 100 s, found none"):
        typical_hazard([Span(30.0, ended=False), Span(130.0)], 100.0)


def test_at_risk_counts_what_lasted_longer():
    """What lasted just as long is no longer at risk; what is still going on is."""
    spans = [Span(5.0), Span(7.0), Span(11.0, ended=False)]
    assert at_risk(spans, (0.0, 5.0, 7.0, 11.0)) == (3, 2, 1, 0)


def test_a_known_hazard_is_recovered_from_spans_cut_short():
    """Rates that changed with age come out within 10 per cent, though a quarter is still open."""
    dice = random.Random(11)  # noqa: S311
    spans = []
    for _ in range(20_000):
        length = HAZARD.remaining(0.0, share=dice.random())
        watched = dice.expovariate(1 / 400)
        spans.append(Span(min(length, watched), ended=length <= watched))
    starts = (*HAZARD.starts, 600.0)
    fitted = fit_hazard(spans, starts, towards=typical_hazard(spans, 300.0), prior=3.0)
    assert sum(not span.ended for span in spans) > 5000
    assert fitted.rates == pytest.approx((*HAZARD.rates, 0.005), rel=0.1)
