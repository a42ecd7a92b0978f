"""Plays a scenario's time-line on a clock, as it is or compressed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from claude_exporter.runtime.clock import Clock
from claude_exporter.simulator.scenario import Scenario
from claude_exporter.simulator.server import Simulator
from claude_exporter.simulator.world import World


class Player:
    """
    Brings one scenario into one simulator, once.

    `scale` seconds of the scenario pass in one second. `on_change` is awaited with each new world
    after the simulator has taken it.
    """

    def __init__(
        self,
        scenario: Scenario,
        simulator: Simulator,
        clock: Clock,
        *,
        scale: float = 1.0,
        on_change: Callable[[World], Awaitable[None]] | None = None,
    ) -> None:
        if scale <= 0:
            raise ValueError(f"expected a scale above 0, not {scale:g}")
        self._scenario = scenario
        self._simulator = simulator
        self._clock = clock
        self._scale = scale
        self._on_change = on_change
        self._began = 0.0
        self._playing: asyncio.Task[None] | None = None
        self._stopped = False

    @property
    def at(self) -> float:
        """How far the scenario is, in its own seconds."""
        return (self._clock.monotonic() - self._began) * self._scale

    async def play(self) -> None:
        """Play from the beginning until the scenario's end, or until it is stopped."""
        self._began = self._clock.monotonic()
        self._simulator.begin(self._clock.now(), self._scale)
        async with asyncio.TaskGroup() as group:
            self._playing = group.create_task(self._play())
            if self._stopped:
                self._playing.cancel()

    def stop(self) -> None:
        """End the playing where it is; the simulator keeps the world it has."""
        self._stopped = True
        if self._playing is not None:
            self._playing.cancel()

    async def _play(self) -> None:
        for moment in self._scenario.moments:
            await self._sleep_until(moment)
            world = self._scenario.world_at(moment)
            await self._simulator.apply(world)
            if self._on_change is not None:
                await self._on_change(world)
        await self._sleep_until(self._scenario.duration)

    async def _sleep_until(self, moment: float) -> None:
        while (left := (moment - self.at) / self._scale) > 0:
            await self._clock.sleep(left)
