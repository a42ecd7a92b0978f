"""Keyed probes of a simulator on real sockets."""

import pytest
import pytest_asyncio
from support.simulated import world_of

from claude_exporter.core.model import Surface, Target
from claude_exporter.probers.api import probe_api
from claude_exporter.probers.api_options import ApiOptions
from claude_exporter.probers.connection import Connector
from claude_exporter.probers.spec import ProbeContext, ProbeRefusedError
from claude_exporter.simulator.answers import VALID_KEY
from claude_exporter.simulator.behaviour import Behaviour
from claude_exporter.simulator.server import Simulator

MODEL = "claude-haiku-4-5"


class Purse:
    """Allows everything but what a test forbids, and remembers what it was told."""

    def __init__(self, refusal=None):
        self.refusal = refusal
        self.told = []

    def admit(self, _scope):
        if self.refusal:
            raise ProbeRefusedError(self.refusal)

    def reserve(self, scope, cost):
        self.admit(scope)
        self.told.append(("reserve", cost))
        return cost

    def settle(self, receipt, cost):
        self.told.append(("settle", receipt, cost))

    def back_off(self, scope, seconds):
        self.told.append(("back off", scope, seconds))

    def go_on(self, scope):
        self.told.append(("go on", scope))


class Api:
    """One simulator and one probe of it at a time."""

    def __init__(self, simulator):
        self.simulator = simulator
        self.purse = Purse()
        self.connector = Connector(simulator.network(), {})

    async def behave(self, **behaviour):
        await self.simulator.apply(world_of(api=Behaviour.model_validate(behaviour)))

    async def probe(self, kind, *, timeout=5.0, key=VALID_KEY, model=MODEL, **options):
        secret = {"key": {"env": "KEY"}}
        options = ApiOptions.model_validate(
            {"kind": kind, "model": model, **secret, **options}, context={"environ": {"KEY": key}}
        )
        target = Target(
            name="probed",
            surface=Surface.API,
            prober="api",
            address="https://api.anthropic.com",
            timeout=timeout,
            keyed=True,
            options=options,
        )
        context = ProbeContext(
            connector=self.connector, user_agent="claude-exporter/test", purse=self.purse
        )
        return await probe_api(target, context)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def simulator():
    """One for all tests of a module, since its certificates take a while."""
    async with Simulator() as playing:
        yield playing


@pytest_asyncio.fixture(loop_scope="module")
async def api(simulator):
    """The simulated API as it is on a good day, not yet asked anything."""
    found = Api(simulator)
    await found.behave()
    simulator.requests.clear()
    return found


@pytest.fixture
def purse():
    return Purse()
