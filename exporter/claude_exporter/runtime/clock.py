"""The only place that reads a clock or waits for one."""

from __future__ import annotations

import asyncio
import time
from math import ceil
from typing import Protocol


class Clock(Protocol):
    """Time as the shell sees it; a test brings its own."""

    def now(self) -> float:
        """Give the moment in Unix seconds; it may jump."""
        ...

    def monotonic(self) -> float:
        """Give seconds since some fixed moment; they never go back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait `seconds`, yielding at least once however few they are."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> float:
        """Give the moment in Unix seconds."""
        return time.time()

    def monotonic(self) -> float:
        """Give seconds since some fixed moment."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait `seconds`, rounded up to a millisecond, yielding at least once."""
        # Event loops keep time in milliseconds: a finer wait ends early and must be repeated.
        await asyncio.sleep(ceil(seconds * 1000) / 1000 if seconds > 0 else 0)
