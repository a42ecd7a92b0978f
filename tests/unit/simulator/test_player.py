"""A scenario on a clock that only the test moves."""

from __future__ import annotations

import asyncio

import pytest
from support.clock import FakeClock, drain

from claude_exporter.simulator.behaviour import OK, Behaviour
from claude_exporter.simulator.hosts import Host
from claude_exporter.simulator.player import Player
from claude_exporter.simulator.scenario import Scenario

SCENARIO = Scenario.model_validate(
    {
        "name": "short",
        "description": "An outage of 100 seconds.",
        "duration": "5m",
        "timeline": [
            {"at": "1m40s", "set": {"api": {"status": 529}}},
            {"at": "1m40s", "set": {"web": {"status": 503}}},
            {"at": "3m20s", "set": {"api": "ok"}},
        ],
    }
)


class Recorder:
    """Takes what the player brings: anything a simulator does, without its sockets."""

    def __init__(self):
        self.began = []
        self.worlds = []

    def begin(self, epoch, scale):
        self.began.append((epoch, scale))

    async def apply(self, world):
        self.worlds.append(world)


async def _playing(player):
    task = asyncio.ensure_future(player.play())
    await drain()
    return task


@pytest.mark.parametrize("scale", [1.0, 20.0])
async def test_each_change_comes_at_its_moment(scale):
    """Compressed or not, every world is applied, then told, at the moment of its steps."""
    clock, simulator, told = FakeClock(now=1_700_000_003.0), Recorder(), []

    async def tell(world):
        told.append((clock.now() - 1_700_000_003.0, world.at))

    player = Player(SCENARIO, simulator, clock, scale=scale, on_change=tell)
    task = await _playing(player)
    await clock.advance(299.0 / scale)
    assert not task.done()
    await clock.advance(1.0 / scale)
    await task
    assert simulator.began == [(1_700_000_003.0, scale)]
    assert told == [(pytest.approx(100.0 / scale), 100.0), (pytest.approx(200.0 / scale), 200.0)]
    assert simulator.worlds == [SCENARIO.world_at(100.0), SCENARIO.world_at(200.0)]


async def test_steps_of_one_moment_are_one_change():
    """Nobody ever sees half of what happens at once."""
    clock, simulator = FakeClock(), Recorder()
    task = await _playing(Player(SCENARIO, simulator, clock))
    await clock.advance(100.0)
    task.cancel()
    assert [world.hosts for world in simulator.worlds] == [
        {Host.API: Behaviour(status=529), Host.WEB: Behaviour(status=503)}
    ]


async def test_a_stopped_player_ends_at_once_and_leaves_the_world():
    """Stopping is no failure, brings nothing more, and may be done twice."""
    clock, simulator = FakeClock(), Recorder()
    player = Player(SCENARIO, simulator, clock)
    task = await _playing(player)
    await clock.advance(150.0)
    player.stop()
    player.stop()
    await task
    assert (len(simulator.worlds), player.at) == (1, 150.0)


async def test_a_player_that_is_stopped_before_it_plays_does_nothing():
    """No change can slip in after the decision to stop."""
    simulator = Recorder()
    player = Player(SCENARIO, simulator, FakeClock())
    player.stop()
    await player.play()
    assert simulator.worlds == []


async def test_a_cancelled_player_is_cancelled():
    """A cancellation from outside passes through."""
    task = await _playing(Player(SCENARIO, Recorder(), FakeClock()))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_scale_of_nothing_is_refused():
    """Time cannot stand still or run backwards."""
    with pytest.raises(ValueError, match="expected a scale above 0, not 0"):
        Player(SCENARIO, Recorder(), FakeClock(), scale=0.0)


def test_a_world_follows_from_the_scenario_and_the_moment_alone():
    """The same moment gives the same world, in whatever order moments are asked for."""
    moments = [0.0, 99.0, 100.0, 200.0, 300.0]
    forwards = [SCENARIO.world_at(at) for at in moments]
    backwards = [SCENARIO.world_at(at) for at in reversed(moments)]
    assert forwards == backwards[::-1]
    assert [world.behaviour_of(Host.API) for world in forwards] == [
        OK,
        OK,
        Behaviour(status=529),
        OK,
        OK,
    ]
