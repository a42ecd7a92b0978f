"""What silences what, decided by a real Alertmanager with our configuration."""

import asyncio

import httpx
import pytest
from support.alerts import labels_of
from support.programs import require

from claude_exporter.stack.configs import write_configs
from claude_exporter.stack.launches import launch_alertmanager
from claude_exporter.stack.ports import Place
from claude_exporter.stack.supervise import all_ready, started

pytestmark = pytest.mark.e2e

DEADLINE = 30.0


def api(name):
    return labels_of(name, surface="api")


CASES = {
    "one alert alone is heard": (
        [api("ClaudeOutageUnacknowledged")],
        {"ClaudeOutageUnacknowledged"},
    ),
    "our own network silences everything about Claude but not the watchdog": (
        [
            labels_of("ClaudeLocalNetworkDown"),
            api("ClaudeOutageUnacknowledged"),
            api("ClaudeServiceFailing"),
            labels_of("ClaudeStatusPageUnreadable", page="claude"),
            labels_of("Watchdog"),
        ],
        {"ClaudeLocalNetworkDown", "Watchdog"},
    ),
    "a broken network at one of several exporters does not silence what the others see": (
        [labels_of("ClaudeLocalNetworkDown", vantage="paris"), api("ClaudeOutageUnacknowledged")],
        {"ClaudeLocalNetworkDown", "ClaudeOutageUnacknowledged"},
    ),
    "an acknowledged outage silences the page and the symptom, and is itself heard": (
        [
            api("ClaudeOutageAcknowledged"),
            api("ClaudeOutageUnacknowledged"),
            api("ClaudeServiceFailing"),
            labels_of("ClaudeClientErrors", surface="api", model="claude-opus-4-5"),
        ],
        {"ClaudeOutageAcknowledged"},
    ),
    "an acknowledged outage of one surface says nothing about another": (
        [
            labels_of("ClaudeOutageAcknowledged", surface="web"),
            api("ClaudeOutageUnacknowledged"),
        ],
        {"ClaudeOutageAcknowledged", "ClaudeOutageUnacknowledged"},
    ),
    "who is told to escalate is not told to wait as well": (
        [
            api("ClaudeOutageUnacknowledged"),
            api("ClaudeServiceFailing"),
            api("ClaudeClientErrors"),
        ],
        {"ClaudeOutageUnacknowledged"},
    ),
    "an incident that went silent is the news": (
        [
            api("ClaudeIncidentSilent"),
            api("ClaudeOutageAcknowledged"),
            api("ClaudeOutageUnacknowledged"),
        ],
        {"ClaudeIncidentSilent"},
    ),
    "a maintenance explains what fails": (
        [
            api("ClaudeMaintenanceInProgress"),
            api("ClaudeServiceFailing"),
            api("ClaudeClientErrors"),
        ],
        {"ClaudeMaintenanceInProgress"},
    ),
    "what one's own product meets is heard while the probes say nothing": (
        [api("ClaudeClientErrors"), labels_of("ClaudeOutageUnacknowledged", surface="web")],
        {"ClaudeClientErrors", "ClaudeOutageUnacknowledged"},
    ),
}


@pytest.fixture
async def alertmanager(tmp_path, unused_tcp_port):
    """A real Alertmanager with our files and nobody to notify."""
    place = Place(host="127.0.0.1", port=unused_tcp_port)
    write_configs(tmp_path / "config", {"alertmanager": place.reach, "exporter": "127.0.0.1:1"})
    launch = launch_alertmanager(tmp_path, require("alertmanager"), place)
    client = httpx.AsyncClient(trust_env=False, base_url=f"http://{place.reach}/api/v2")
    async with client, started([launch]) as programs:
        await all_ready(programs, client, within=DEADLINE)
        yield client


async def heard(client, count):
    """The names of the alerts that nothing silences, once all of them have been judged."""
    async with asyncio.timeout(DEADLINE):
        while True:
            alerts = (await client.get("/alerts")).json()
            if len(alerts) == count and all(a["status"]["state"] != "unprocessed" for a in alerts):
                return {
                    alert["labels"]["alertname"]
                    for alert in alerts
                    if not alert["status"]["inhibitedBy"]
                }
            await asyncio.sleep(0.1)


@pytest.mark.parametrize(("alerts", "expected"), CASES.values(), ids=CASES.keys())
async def test_only_what_a_person_needs_is_heard(alertmanager, alerts, expected):
    answer = await alertmanager.post("/alerts", json=[{"labels": labels} for labels in alerts])
    assert answer.status_code == 200, answer.text
    assert await heard(alertmanager, len(alerts)) == expected
