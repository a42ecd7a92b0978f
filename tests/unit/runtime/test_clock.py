"""Time as the shell sees it, and the clock that tests move."""

import asyncio

import pytest
from support.clock import FakeClock, drain

from claude_exporter.runtime.clock import SystemClock


async def test_the_system_clock_waits_as_long_as_told():
    """A sleep never ends early, and a negative one ends at once."""
    clock = SystemClock()
    start, start_at = clock.monotonic(), clock.now()

    await clock.sleep(0.02)
    await clock.sleep(-7)

    assert 0.02 <= clock.monotonic() - start < 7
    assert 0.019 <= clock.now() - start_at < 7


async def test_sleepers_wake_in_the_order_of_their_moments():
    """Each sleeper sees its own moment, whatever was started first."""
    clock, woken = FakeClock(now=103.0, monotonic=11.0), []

    async def sleep(name, *naps):
        for nap in naps:
            await clock.sleep(nap)
            woken.append((name, clock.monotonic(), clock.now()))

    async with asyncio.TaskGroup() as group:
        group.create_task(sleep("slow", 5))
        group.create_task(sleep("fast", 2, 2))
        await clock.advance(4.5)
        assert woken == [("fast", 13.0, 105.0), ("fast", 15.0, 107.0)]
        await clock.advance(1)

    assert woken[2:] == [("slow", 16.0, 108.0)]
    assert clock.monotonic() == 16.5


async def test_a_leap_wakes_everybody_late():
    """After a suspended machine wakes, all sleepers see the same late moment."""
    clock, woken = FakeClock(monotonic=11.0), []

    async def sleep(seconds):
        await clock.sleep(seconds)
        woken.append(clock.monotonic())

    async with asyncio.TaskGroup() as group:
        group.create_task(sleep(3))
        group.create_task(sleep(5))
        await clock.leap(101)

    assert woken == [112.0, 112.0]


async def test_a_loop_that_never_rests_is_an_error():
    """A test that cannot come to rest ends, and says why."""

    loop = asyncio.get_running_loop()
    ended = asyncio.Event()

    def spin():
        if not ended.is_set():
            loop.call_soon(spin)

    spin()
    with pytest.raises(RuntimeError, match="comes to rest"):
        await drain()
    ended.set()
