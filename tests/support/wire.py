"""Servers that follow a script on loopback, and one probe of them on either event loop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

import uvloop

from claude_exporter.core.model import ProbeResult, Surface, Target
from claude_exporter.probers import PROBERS
from claude_exporter.probers.connection import Connector
from claude_exporter.probers.spec import NetworkSettings, ProbeContext

LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
USER_AGENT = "claude-exporter/test"

T = TypeVar("T")
Act = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass(slots=True)
class Wire:
    """A running server: its port, the requests it read and how many connections it saw."""

    port: int = 0
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.port}"


@contextlib.asynccontextmanager
async def serve(
    *acts: Act, tls: ssl.SSLContext | None = None, greets: bool = False
) -> AsyncIterator[Wire]:
    """
    Play `acts`, one per connection, the last one again for every further connection.

    Each waits for a request's head first, unless the server `greets`.
    """
    wire = Wire()
    busy: set[asyncio.Task[None]] = set()

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        busy.add(task)
        act = acts[min(wire.connections, len(acts) - 1)]
        wire.connections += 1
        with contextlib.suppress(OSError, asyncio.CancelledError, asyncio.IncompleteReadError):
            if not greets:
                wire.requests.append(await reader.readuntil(b"\r\n\r\n"))
            await act(reader, writer)
        writer.transport.abort()
        busy.discard(task)

    server = await asyncio.start_server(play, "127.0.0.1", 0, ssl=tls)
    wire.port = server.sockets[0].getsockname()[1]
    try:
        yield wire
    finally:
        server.close()
        for task in busy:
            task.cancel()
        await asyncio.gather(*busy)


def says(data: bytes, *more: bytes) -> Act:
    """Send the parts and close as one should."""

    async def act(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for part in (data, *more):
            writer.write(part)
            await writer.drain()
        writer.close()
        await writer.wait_closed()

    return act


def answers(status: int, body: bytes = b"", **headers: str) -> Act:
    """Send a whole answer; header names have _ for -."""
    lines = [f"HTTP/1.1 {status} Status", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return says("\r\n".join([*lines, "", ""]).encode() + body)


def hangs(data: bytes = b"") -> Act:
    """Send `data`, then nothing, until the other side gives up."""

    async def act(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        while await reader.read(65536):
            pass

    return act


def repeats(data: bytes, again: bytes) -> Act:
    """Send `data`, then `again` for as long as someone takes it."""

    async def act(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        while True:
            writer.write(again)
            await writer.drain()
            await asyncio.sleep(0)

    return act


def resets(data: bytes = b"") -> Act:
    """Send `data`, then a reset."""

    async def act(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()
        sock: socket.socket = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    return act


def run(loop: str, work: Coroutine[Any, Any, T]) -> T:
    """Run on the named event loop, to its orderly end."""
    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        return runner.run(work)


def connector(environ: dict[str, str] | None = None, **settings: Any) -> Connector:
    """A connector with these settings and, unless given, an empty environment."""
    return Connector(NetworkSettings(**settings), environ or {})


async def probe(
    address: str,
    prober: str = "http",
    *,
    by: Connector | None = None,
    timeout: float = 5.0,
    slow_after: float | None = None,
    **options: Any,
) -> ProbeResult:
    """Probe `address` once."""
    spec = PROBERS[prober]
    target = Target(
        name="probed",
        surface=Surface.API,
        prober=prober,
        address=address,
        timeout=timeout,
        slow_after=slow_after,
        options=spec.options.model_validate(options),
    )
    context = ProbeContext(connector=by or connector(), user_agent=USER_AGENT)
    return await spec.probe(target, context)


async def probe_of(act: Act, **options: Any) -> ProbeResult:
    """Probe by http a server that plays `act`."""
    async with serve(act) as wire:
        return await probe(wire.url, **options)
