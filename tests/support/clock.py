"""A clock that only the test moves."""

import asyncio
import heapq
import itertools

MAX_ROUNDS = 10_000


class FakeClock:
    """Virtual time: sleepers wake moment by moment, and the loop comes to rest in between."""

    def __init__(self, now=1_700_000_003.0, monotonic=1009.0):
        self._monotonic = monotonic
        self._offset = now - monotonic
        self._sleepers = []
        self._order = itertools.count()

    def now(self):
        return self._monotonic + self._offset

    def monotonic(self):
        return self._monotonic

    async def sleep(self, seconds):
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        woken = asyncio.get_running_loop().create_future()
        item = (self._monotonic + seconds, next(self._order), woken)
        heapq.heappush(self._sleepers, item)
        await woken

    async def advance(self, seconds):
        """Let `seconds` pass, stopping at every moment that somebody waits for."""
        until = self._monotonic + seconds
        await drain()
        while self._sleepers and self._sleepers[0][0] <= until:
            self._monotonic = max(self._monotonic, self._sleepers[0][0])
            self._wake()
            await drain()
        self._monotonic = until

    async def leap(self, seconds):
        """Let `seconds` pass in one piece, as on a machine that was suspended."""
        await drain()
        self._monotonic += seconds
        self._wake()
        await drain()

    def set_now(self, now):
        """Set the wall clock alone, as an NTP step does."""
        self._offset = now - self._monotonic

    def _wake(self):
        while self._sleepers and self._sleepers[0][0] <= self._monotonic:
            woken = heapq.heappop(self._sleepers)[2]
            if not woken.done():
                woken.set_result(None)


async def drain():
    """Run the loop until no callback is ready; RuntimeError where that never happens."""
    ready = asyncio.get_running_loop()._ready
    quiet = 0
    for _ in range(MAX_ROUNDS):
        await asyncio.sleep(0)
        quiet = 0 if ready else quiet + 1
        if quiet == 2:
            return
    message = f"expected a loop that comes to rest, still busy after {MAX_ROUNDS} rounds"
    raise RuntimeError(message)
