"""Ctrl-C and its like as an event, so that the way out is the same as any other."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from typing import Final

_STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextlib.asynccontextmanager
async def stop_asked() -> AsyncIterator[asyncio.Event]:
    """Yield an event that is set when somebody asks this process to end."""
    loop = asyncio.get_running_loop()
    asked = asyncio.Event()
    for number in _STOP_SIGNALS:
        loop.add_signal_handler(number, asked.set)
    try:
        yield asked
    finally:
        for number in _STOP_SIGNALS:
            loop.remove_signal_handler(number)
