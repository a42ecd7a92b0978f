"""The whole chain with real programs: simulator, exporter, Prometheus, Alertmanager, receiver."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from support.programs import require

from claude_exporter.simulator.library import load_scenario
from claude_exporter.stack.drill import DrillSettings, play
from claude_exporter.stack.drill_record import deviations

SPEED = 20.0

pytestmark = pytest.mark.e2e

# What the person at the end of the chain reads: each message once, firing ones in this order.
TOLD = {
    "unacknowledged-outage": [
        ("firing", "Claude api fails"),
        ("firing", "Claude api is down and nobody says so"),
        ("resolved", "Claude api is down and nobody says so"),
        ("resolved", "Claude api fails"),
    ],
    "acknowledged-late": [
        ("firing", "Claude api fails"),
        ("firing", "Claude api is down and nobody says so"),
        ("firing", "Claude api is down, and Claude knows"),
        ("resolved", "Claude api is down, and Claude knows"),
        ("resolved", "Claude api is down and nobody says so"),
        ("resolved", "Claude api fails"),
    ],
    "local-network-down": [
        ("firing", "Your network is down, not Claude"),
        ("resolved", "Your network is down, not Claude"),
    ],
    "bad-key": [
        ("firing", "Claude api refuses your credential"),
        ("resolved", "Claude api refuses your credential"),
    ],
    "blip-90s": [],
}


PAGE = "Claude api is down and nobody says so"
ONSET = 120.0
LIMIT = 600.0 + 30.0 + 15.0 + 5.0
"""Ten minutes, one probe interval, one evaluation interval, and group_wait."""

HOPS = 5
"""Prober, exporter, Prometheus, Alertmanager, receiver: each may meet the machine's worst stall."""


@asynccontextmanager
async def stalls(hop=0.02):
    """The longest time for which this machine has let a program wait that wanted to run."""
    loop, worst = asyncio.get_running_loop(), [0.0]

    async def watch():
        while True:
            before = loop.time()
            await asyncio.sleep(hop)
            worst[0] = max(worst[0], loop.time() - before - hop)

    task = asyncio.create_task(watch())
    try:
        yield lambda: worst[0]
    finally:
        task.cancel()


@pytest.mark.parametrize("name", TOLD)
async def test_what_a_person_is_told(name, tmp_path):
    """Each message arrives once, with its text, in its order and in its time."""
    require("prometheus")
    require("alertmanager")
    scenario = load_scenario(name)
    settings = DrillSettings(folder=tmp_path, speed=SPEED, install=False)

    async with stalls() as longest_stall:
        seen = await play(scenario, settings, lambda _: None, lambda _: None)

    told = [(each.status, each.summary) for each in seen.told]
    assert deviations(scenario, seen) == ()
    assert [each for each in told if each[0] == "firing"] == [
        each for each in TOLD[name] if each[0] == "firing"
    ]
    assert sorted(told) == sorted(TOLD[name])
    paged = [each.at for each in seen.told if (each.status, each.summary) == ("firing", PAGE)]
    assert all(at <= ONSET + LIMIT + HOPS * SPEED * longest_stall() for at in paged)
