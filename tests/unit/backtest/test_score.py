"""The score of made-up histories is what one can work out by hand."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.outages import BEGIN, history_of, incident, setup_of

from claude_exporter.backtest.history import Outage
from claude_exporter.backtest.noise import Cause, Noise, Trouble, noise_troubles
from claude_exporter.backtest.replay import replay
from claude_exporter.backtest.score import Ending, Reason, Score, quantiles, score_of
from claude_exporter.backtest.vantage import Setup
from claude_exporter.core.model import Surface


def scored(setup: Setup, outages: Sequence[Outage] = ()) -> Score:
    """The score of one replay."""
    return score_of(setup, outages, replay(setup))


ENDINGS = {
    "nobody posts it for an hour": (
        incident(1, start=13, end=71, posted=70, resolved=90),
        Ending.PAGED_FIRST,
    ),
    "it is posted after five minutes": (
        incident(1, start=13, end=71, posted=18, resolved=90),
        Ending.ACKNOWLEDGED,
    ),
    "it lasts seven minutes": (incident(1, start=13, end=20, posted=200), Ending.OVER),
    "it lasts no probe": (incident(1, start=13, end=13.01, posted=200), Ending.UNSEEN),
}


@pytest.mark.parametrize(("told", "ending"), ENDINGS.values(), ids=ENDINGS)
def test_endings(told: dict[str, object], ending: Ending) -> None:
    """What became of one outage."""
    outages = history_of(told)
    (finding,) = scored(setup_of(outages), outages).findings
    assert finding.ending is ending


def test_a_long_outage_is_caught_in_time() -> None:
    """Wait within a probe interval, a page within ten minutes and a probe interval more."""
    outages = history_of(incident(1, start=13, end=71, posted=70, resolved=90))
    (finding,) = scored(setup_of(outages), outages).findings
    assert finding.required
    assert finding.prompt
    assert finding.waited_after is not None
    assert 0 <= finding.waited_after <= 33
    assert finding.paged_after is not None
    assert 600 <= finding.paged_after <= 634


def test_an_outage_inside_an_escalated_one_is_caught_by_what_is_said_already() -> None:
    """Nobody is told to wait again where somebody has been told to act."""
    around = incident(1, start=13, end=71, posted=400)
    within = incident(2, start=29, end=53, posted=401)
    outages = history_of(around, within)
    first, second = scored(setup_of(outages), outages).findings
    assert (first.prompt, first.overlapping) == (True, False)
    assert (second.prompt, second.overlapping, second.waited_after) == (True, True, None)


def test_an_outage_of_claude_code_alone_is_caught() -> None:
    """Five minutes a blip, then a matter of set-up, and after ten minutes a page."""
    outages = history_of(incident(1, start=13, end=71, posted=400, title="Claude Code is down"))
    assert outages[0].surfaces == {Surface.CODE}
    score = scored(setup_of(outages), outages)
    assert score.findings[0].prompt
    assert [page.row for page in score.pages] == ["only-claude-code/unacknowledged"]


def test_a_partial_failure_is_not_called_caught() -> None:
    """Where three of ten probes fail, nobody is paged within ten minutes, and the score says so."""
    outages = history_of(incident(1, start=13, end=71, posted=70, resolved=90))
    (finding,) = scored(setup_of(outages, share=0.3), outages).findings
    assert finding.required
    assert not finding.prompt
    assert finding.ending is Ending.BROKEN_UP


def test_one_model_counts_only_where_keyed_probes_can_see_it() -> None:
    """A keyless probe is not asked for what it cannot know."""
    outages = history_of(incident(1, start=13, end=71, posted=30, title="Errors on Claude Opus 4"))
    assert scored(setup_of(outages), outages).findings == []
    (finding,) = scored(setup_of(outages, keyed=True), outages).findings
    assert (finding.required, finding.seen_after is None) == (False, False)


def trouble(cause: Cause, start: float, end: float, *surfaces: Surface) -> Trouble:
    """One trouble of the first vantage; moments are minutes after BEGIN."""
    return Trouble(
        cause=cause,
        start=BEGIN + start * 60,
        end=BEGIN + end * 60,
        surfaces=frozenset(surfaces),
        vantage=0,
    )


REASONS = {
    "a broken path pages for our own network": (
        trouble(Cause.PATH, 13, 41),
        {Surface.WEB, Surface.API, Surface.CONSOLE},
        Reason.NETWORK,
    ),
    "a surface that fails for no reason is noise": (
        trouble(Cause.BLIP, 13, 41, Surface.WEB),
        {Surface.WEB},
        Reason.NOISE,
    ),
    "a refused account is ours to act on": (
        trouble(Cause.ACCOUNT, 13, 71),
        {Surface.API},
        Reason.ACCOUNT,
    ),
}


@pytest.mark.parametrize(("noise", "surfaces", "reason"), REASONS.values(), ids=REASONS)
def test_pages_without_an_outage(noise: Trouble, surfaces: set[Surface], reason: Reason) -> None:
    """One page per surface, Claude Code not beside the API; and why it was none to act on."""
    pages = scored(setup_of((), noise, keyed=True)).pages
    assert sorted(page.surface for page in pages) == sorted(surfaces)
    assert {page.reason for page in pages} == {reason}


def test_what_fails_now_and_then_in_a_silent_incident_calls_nobody() -> None:
    """Each failing probe is a new spell of failing, and none of them lasts."""
    outages = history_of(incident(1, start=13, end=300, posted=18))
    assert scored(setup_of(outages, hours=6, share=0.3), outages).pages == []


def test_a_silent_incident_is_a_call_in_the_chat_and_no_page() -> None:
    """An hour after its only post."""
    outages = history_of(incident(1, start=13, end=300, posted=18, resolved=317))
    score = scored(setup_of(outages, hours=6), outages)
    assert [(it.row, it.urgent) for it in score.pages] == [("silent-incident", False)]


def test_our_own_network_down_pages_nobody() -> None:
    """The control hosts fail too, so the guide says that it is us."""
    assert scored(setup_of((), trouble(Cause.NETWORK, 13, 200))).pages == []


def test_the_hours_add_up() -> None:
    """Every surface is said something of, all the time from its first judgement on."""
    outages = history_of(incident(1, start=13, end=71, posted=30, resolved=90))
    setup = setup_of(outages)
    hours = scored(setup, outages).hours
    whole = 4 * (setup.span.end - setup.span.begin) / 3600
    assert sum(hours.values()) == pytest.approx(whole, abs=0.04)
    silent = sum(spent for (truth, _), spent in hours.items() if truth == "outage, page silent")
    # The page speaks of the API after 17 minutes, and never of Claude Code, which fails with it.
    assert silent == pytest.approx((17 + 58) / 60)


def test_quantiles() -> None:
    """Median, nine tenths, largest."""
    assert quantiles([7.0, 2.0, 3.0]) == (3.0, 7.0, 7.0)
    assert quantiles([]) is None


@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 1000))
def test_more_vantages_never_make_more_pages_of_one_vantages_noise(seed: int) -> None:
    """Whatever breaks between one vantage and Claude, a second and third one only calm it."""
    noise = Noise(blips=0, network=300, path=500, account=0, challenges=0, slow=0, page=0)
    end = BEGIN + 2 * 3600
    troubles = list(noise_troubles(noise, BEGIN, end, 0, seed))
    counts = [
        len(scored(setup_of((), *troubles, hours=3, vantages=vantages)).pages)
        for vantages in (1, 2, 3)
    ]
    assert counts == sorted(counts, reverse=True)
