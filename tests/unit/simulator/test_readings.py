"""The real probers and the real status page source on the simulator's real sockets."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest
import yaml

from claude_exporter.config.load import load_config
from claude_exporter.core.model import Sign
from claude_exporter.core.page_model import PageContent
from claude_exporter.probers import PROBERS
from claude_exporter.probers.connection import Connector
from claude_exporter.probers.spec import ProbeContext
from claude_exporter.runtime.clock import SystemClock
from claude_exporter.simulator.answers import ENVIRON
from claude_exporter.simulator.behaviour import OK, Behaviour, Fault
from claude_exporter.simulator.bodies import Body
from claude_exporter.simulator.hosts import PAGES, SERVED, Host
from claude_exporter.simulator.page import Moments
from claude_exporter.simulator.readings import page_reading_of, reading_of
from claude_exporter.simulator.scenario import Change, Scenario, Step
from claude_exporter.simulator.server import Simulator
from claude_exporter.simulator.world import World
from claude_exporter.sources.http import make_client
from claude_exporter.sources.statuspage import StatusPage

EPOCH = 1_790_000_003.0

KEYED = {
    "targets": [
        {
            "name": "api-keyed",
            "surface": "api",
            "prober": "http",
            "address": "https://api.anthropic.com/v1/models",
            "options": {"headers_from": {"x-api-key": {"env": "CLAUDE_SIMULATED_KEY"}}},
        }
    ]
}

ANSWERS = {
    "ok": OK,
    "a status nobody expects": Behaviour(status=418),
    "a redirect to nowhere": Behaviour(
        status=302, body=Body.EMPTY, headers={"location": "https://nowhere.sim.test/"}
    ),
    **{body.value: Behaviour(body=body) for body in Body},
}

FAULTS = {
    "a long delay": Behaviour(delay=3600.0),
    **{fault.value: Behaviour(fault=fault) for fault in Fault},
}

UNANSWERED = (Fault.HANG, Fault.DRIP, Fault.DNS_TIMEOUT)


def _timeout(behaviour):
    """Short where nothing else ends the exchange, far away everywhere else."""
    return 1.3 if behaviour.delay or behaviour.fault in UNANSWERED else 10.0


@pytest.fixture
async def simulator():
    async with Simulator() as playing:
        playing.begin(EPOCH)
        yield playing


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    path = tmp_path_factory.mktemp("config") / "config.yml"
    path.write_text(yaml.safe_dump(KEYED))
    return load_config(path, ENVIRON)


async def _probed(simulator, targets):
    context = ProbeContext(connector=Connector(simulator.network(), {}), user_agent="test/1")
    results = await asyncio.gather(
        *(PROBERS[target.prober].probe(target, context) for target in targets)
    )
    return {result.target: (result.sign, result.success) for result in results}


def _expected(targets, world):
    readings = {target.name: reading_of(target, world) for target in targets}
    return {name: (reading.sign, reading.success) for name, reading in readings.items()}


async def test_the_probers_read_every_answer(simulator, config):
    """Every answer, met by every default target and a keyed one, reads as the replay says."""
    targets = config.build_targets()
    found, wanted = {}, {}
    for name, behaviour in ANSWERS.items():
        world = World(hosts=dict.fromkeys(SERVED, behaviour))
        await simulator.apply(world)
        found[name] = await _probed(simulator, targets)
        wanted[name] = _expected(targets, world)
    assert found == wanted


@pytest.mark.parametrize("behaviour", FAULTS.values(), ids=FAULTS.keys())
async def test_the_probers_read_every_fault(simulator, config, behaviour):
    """Every fault, met by every default target and a keyed one, reads as the replay says."""
    world = World(hosts=dict.fromkeys(SERVED, behaviour))
    timeout = _timeout(behaviour)
    targets = [dataclasses.replace(target, timeout=timeout) for target in config.build_targets()]
    await simulator.apply(world)
    assert await _probed(simulator, targets) == _expected(targets, world)


async def _polled(client, page):
    report = await StatusPage(page, client, SystemClock()).poll()
    return report.content if report.fault is None else report.fault


def _page_expected(world, page):
    return page_reading_of(world, Moments(epoch=EPOCH), page.timeout, page.components)


async def test_the_source_reads_every_answer(simulator, config):
    """Every answer of the page's own server gives the content, or the fault, of the replay."""
    page = config.status_pages[0]
    found, wanted = {}, {}
    for name, behaviour in ANSWERS.items():
        world = World(hosts=dict.fromkeys(PAGES, behaviour))
        await simulator.apply(world)
        async with make_client(simulator.network()) as client:
            found[name] = await _polled(client, page)
        wanted[name] = _page_expected(world, page)
    assert found == wanted


@pytest.mark.parametrize("behaviour", FAULTS.values(), ids=FAULTS.keys())
async def test_the_source_reads_every_fault(simulator, config, behaviour):
    """Every fault of the page's own server gives the fault of the replay."""
    world = World(hosts=dict.fromkeys(PAGES, behaviour))
    page = config.status_pages[0].model_copy(update={"timeout": _timeout(behaviour)})
    await simulator.apply(world)
    async with make_client(simulator.network()) as client:
        assert await _polled(client, page) == _page_expected(world, page)


async def test_the_other_address_serves_when_the_first_does_not(simulator, config):
    """A page whose own name is behind a WAF is still read under the other name."""
    world = World(hosts={Host.PAGE: Behaviour(body=Body.WAF_CAPTCHA)})
    page = config.status_pages[0]
    await simulator.apply(world)
    async with make_client(simulator.network()) as client:
        found = await _polled(client, page)
    assert isinstance(found, PageContent)
    assert found == _page_expected(world, page)


async def test_the_source_reads_an_incident_and_a_maintenance(simulator, config):
    """What a scenario posts arrives whole: components, incidents and maintenances."""
    posted = {
        "incident": {"name": "Elevated errors on Opus", "components": ["api"]},
        "maintenance": {"name": "Works", "components": ["web"], "starts": "2h", "ends": "3h"},
        "components": {"api": "partial_outage"},
    }
    step = Step(at=7.0, set=Change.model_validate({"page": posted}))
    scenario = Scenario(name="posted", description="", duration=11.0, timeline=(step,))
    world = scenario.world_at(7.0)
    page = config.status_pages[0]
    await simulator.apply(world)
    async with make_client(simulator.network()) as client:
        found = await _polled(client, page)
    assert found == _page_expected(world, page)
    assert [incident.started_at for incident in found.incidents] == [EPOCH + 7.0]
    assert [works.ends_at for works in found.maintenances] == [EPOCH + 10_800.0]


def test_a_slow_answer_is_slow(config):
    """A delay above the target's own threshold is the sign slow, and still a success."""
    target = dataclasses.replace(config.build_targets()[0], slow_after=2.0)
    world = World(hosts={Host.API: Behaviour(delay=3.0)})
    reading = reading_of(target, world)
    assert (reading.sign, reading.success, reading.duration) == (Sign.SLOW, True, 3.0)


def test_a_target_elsewhere_cannot_be_read(config):
    """A host that is not simulated has no reading at all, rather than a good one."""
    target = dataclasses.replace(config.build_targets()[0], address="https://example.test/")
    with pytest.raises(
        ValueError, match=r"expected a host the simulator plays, not 'example.test'"
    ):
        reading_of(target, World())
