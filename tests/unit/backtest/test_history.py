"""Outages are read from either shape of history, and what is not stated is drawn with a seed."""

from __future__ import annotations

import json

import pytest
from support.incidents import as_lines, as_statuspage, made_up_history
from support.outages import BEGIN, history_of, incident

from claude_exporter.backtest.history import CLOSINGS, LAGS, outages_of
from claude_exporter.core.model import Surface

IDS = {"k8w3r06qmzrp": Surface.API}


def test_both_shapes_of_a_history_give_the_same_outages() -> None:
    """A Statuspage's own file lacks only the stated impact."""
    told = [
        {**it, "impact_started_at": None, "impact_ended_at": None} for it in made_up_history(50)
    ]
    lines = outages_of([("a.jsonl", as_lines(told))], IDS, 7)
    page = outages_of([("incidents.json", as_statuspage(told))], IDS, 7)
    assert lines == page


def test_a_stated_impact_is_taken_as_it_is() -> None:
    """No draw touches a start or an end that the page gave."""
    (outage,) = history_of(incident(1, start=7, end=41, posted=13, resolved=59))
    found = (outage.start, outage.end, outage.posted_at, outage.resolved_at, outage.stated)
    minutes = (7, 41, 13, 59)
    assert found == (*(BEGIN + 60 * it for it in minutes), True)


def test_a_history_without_stated_impacts_uses_the_measured_delays() -> None:
    """Start is a known lag before the post, end a known delay before `resolved`, in order."""
    told = [
        {**it, "impact_started_at": None, "impact_ended_at": None} for it in made_up_history(50)
    ]
    for outage in outages_of([("a.jsonl", as_lines(told))], IDS, 7):
        lag, closing = outage.posted_at - outage.start, outage.resolved_at - outage.end
        assert any(lag == pytest.approx(it) for it in LAGS)
        assert any(closing == pytest.approx(it) for it in (0.0, *CLOSINGS))
        assert outage.start < outage.end


def test_the_same_seed_draws_the_same_and_another_seed_another() -> None:
    """And what one incident draws does not depend on which others there are."""
    told = [
        {**it, "impact_started_at": None, "impact_ended_at": None} for it in made_up_history(60)
    ]
    text = as_lines(told)
    first = outages_of([("a", text)], IDS, 7)
    assert first == outages_of([("a", text)], IDS, 7)
    assert first[:50] == outages_of([("a", as_lines(told[:50]))], IDS, 7)
    assert first != outages_of([("a", text)], IDS, 11)


REACH = {
    "a title that names the API fails the API": (
        "API outage",
        ({Surface.API}, set()),
    ),
    "one model fails only that model": (
        "Elevated errors on Claude Opus 4.1",
        (set(), {"opus"}),
    ),
    "a model on a surface is still only a model": (
        "Elevated errors on Claude Sonnet 4 for Claude.ai",
        (set(), {"sonnet"}),
    ),
    "a surface listed beside a model fails too": (
        "claude.ai and Sonnet 4 errors",
        ({Surface.WEB}, {"sonnet"}),
    ),
    "a model of no family we know is an older one": (
        "API Errors for Claude Instant",
        (set(), {"older"}),
    ),
    "a title that says nothing may mean everything": (
        "Elevated errors",
        ({Surface.WEB, Surface.API, Surface.CODE, Surface.CONSOLE}, set()),
    ),
    "what is not ours fails nothing": ("Cowork new task page not loading", (set(), set())),
}


@pytest.mark.parametrize(("title", "wanted"), REACH.values(), ids=REACH)
def test_reach(title: str, wanted: tuple[set[Surface], set[str]]) -> None:
    """Which surfaces and models an incident fails."""
    (outage,) = history_of(incident(1, start=0, end=9, posted=5, title=title))
    assert (outage.surfaces, outage.models) == wanted


def test_components_say_more_than_a_silent_title() -> None:
    """By their names, or by the ids that the configuration maps."""
    told = {**incident(1, start=0, end=9, posted=5, title="Elevated errors")}
    by_name = outages_of([("a", json.dumps({**told, "components": ["claude.ai"]}))], IDS, 7)
    listed = [{"id": "k8w3r06qmzrp", "name": "renamed"}]
    by_id = outages_of([("a", json.dumps({**told, "components": listed}))], IDS, 7)
    assert [by_name[0].surfaces, by_id[0].surfaces] == [{Surface.WEB}, {Surface.API}]


def test_maintenances_and_open_incidents_are_left_out() -> None:
    """The one is no outage, and of the other no end is known."""
    kept = incident(1, start=0, end=9, posted=5)
    planned = incident(2, start=60, end=90, posted=61, impact="maintenance")
    still_open = {**incident(3, start=90, end=99, posted=95), "resolved_at": None}
    assert history_of(kept, planned, still_open) == history_of(kept)


def test_an_odd_line_is_named() -> None:
    """File and line are told by the reader that the forecast uses."""
    text = as_lines([incident(1, start=0, end=9, posted=5)]) + '{"posted_at": "noon"}\n'
    with pytest.raises(ValueError, match=r"mine\.jsonl:2: \$\.posted_at: expected a moment"):
        outages_of([("mine.jsonl", text)], IDS, 7)
