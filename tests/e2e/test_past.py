"""The days that the dashboards are drawn from: what they are meant to show is really there."""

import pytest
from support.days import BEGIN, HOUR, days
from support.past import past
from support.played import Vantage

pytestmark = pytest.mark.e2e

ALL_FINE = {(surface, "fine") for surface in ("web", "api", "code", "console")}
SHOWN = {
    "calm": (ALL_FINE, {"Watchdog"}),
    "acknowledged": (
        ALL_FINE - {("api", "fine"), ("code", "fine")}
        | {("api", "acknowledged"), ("code", "acknowledged")},
        {"Watchdog", "ClaudeOutageAcknowledged", "ClaudeIncidentOpen"},
    ),
    "unacknowledged": (
        ALL_FINE - {("api", "fine"), ("code", "fine")}
        | {("api", "unacknowledged"), ("code", "unacknowledged")},
        {"Watchdog", "ClaudeOutageUnacknowledged", "ClaudePageAndProbesDisagree"},
    ),
    "network": (
        {(surface, "our-network") for surface, _ in ALL_FINE},
        {"Watchdog", "ClaudeLocalNetworkDown"},
    ),
    "model": (
        ALL_FINE - {("api", "fine"), ("code", "fine")}
        | {("api", "one-model"), ("code", "one-model")},
        {"Watchdog", "ClaudeModelFailing", "ClaudeIncidentOpen"},
    ),
    "mixed": (ALL_FINE, {"Watchdog", "ClaudeMaintenanceSoon"}),
}


@pytest.mark.parametrize("name", days())
def test_a_day_ends_as_it_is_called(name):
    """The office's verdicts and the alerts at the last moment; both evaluators agree all day."""
    day = past(name)
    rows, alerts = SHOWN[name]
    judged = day.query('claude:verdict{vantage="office"}')
    firing = day.query('ALERTS{alertstate="firing"}')
    assert {(each["metric"]["surface"], each["metric"]["row"]) for each in judged} == rows
    assert alerts <= {each["metric"]["alertname"] for each in firing}
    disagree = day.query_range(
        "claude_verdict_row == 1 unless on (surface, vantage, row) claude:verdict",
        BEGIN,
        day.day.end,
        60,
    )
    assert disagree == []


async def test_a_day_is_the_same_every_time():
    """Nothing but the day and the vantage's name makes it."""
    first = [text async for _, text in Vantage(days()["model"], "office").scrapes()][:90]
    again = []
    async for at, text in Vantage(days()["model"], "office").scrapes():
        again.append(text)
        if at >= BEGIN + 1.5 * HOUR - 60:
            break
    assert first == again
