"""Plays the faults that happen after a request was read, on the connection itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Final

from claude_exporter.simulator.behaviour import Fault
from claude_exporter.simulator.listener import reset

_DRIP_PAUSE: Final = 0.25
_DRIP_START: Final = b"HTTP/1.1 200 OK\r\nx-drip: "
_GARBAGE: Final = b"\x00\xff\x15garbage that no HTTP client can read\r\n\r\n"


async def play_fault(fault: Fault, transport: asyncio.Transport) -> None:
    """Play a fault of the request; returns once the connection is done for."""
    await _FAULTS[fault](transport)


async def _reset(transport: asyncio.Transport) -> None:
    reset(transport)


async def _hang(transport: asyncio.Transport) -> None:
    del transport
    # The server cancels this when the client goes away or the simulator stops.
    await asyncio.Event().wait()


async def _drip(transport: asyncio.Transport) -> None:
    transport.write(_DRIP_START)
    while not transport.is_closing():
        transport.write(b".")
        await asyncio.sleep(_DRIP_PAUSE)


async def _close(transport: asyncio.Transport) -> None:
    transport.close()


async def _garbage(transport: asyncio.Transport) -> None:
    transport.write(_GARBAGE)
    transport.close()


_FAULTS: Final[Mapping[Fault, Callable[[asyncio.Transport], Awaitable[None]]]] = MappingProxyType(
    {
        Fault.RESET: _reset,
        Fault.HANG: _hang,
        Fault.DRIP: _drip,
        Fault.CLOSE: _close,
        Fault.GARBAGE: _garbage,
    }
)
