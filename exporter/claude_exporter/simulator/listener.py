"""One port of 127.0.0.1 that can really be closed and opened again, and stays ours meanwhile."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from claude_exporter.simulator.dns_server import LOOPBACK

_BACKLOG: Final = 128
_GRACE: Final = 0.1
_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class Listener:
    """
    Serves HTTP on a port of its own.

    A second socket that never listens keeps the port while it is closed, so that nobody else gets
    it and connections are refused.
    """

    def __init__(self, handler: Handler, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self._http = web.Server(handler, access_log=None, handler_cancellation=True)
        self._keeper = _bound_socket(0)
        self.port: Final[int] = self._keeper.getsockname()[1]
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Accept connections; nothing happens where they already are."""
        if self._server is not None:
            return
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            self._http, sock=_bound_socket(self.port), ssl=self._tls, backlog=_BACKLOG
        )

    def close(self) -> None:
        """Refuse connections and drop those that are open."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self.drop()

    def drop(self) -> None:
        """Cut all open connections, so that the next request needs a new one."""
        for connection in self._http.connections:
            if connection.transport is not None:
                connection.transport.abort()

    async def stop(self) -> None:
        """Close for good: requests that are still being answered are cancelled."""
        self.close()
        await self._http.shutdown(_GRACE)
        self._keeper.close()


def reset(transport: asyncio.Transport) -> None:
    """Cut a connection with a TCP reset instead of an orderly end."""
    # A duplicate, because a transport's own socket object may refuse options (uvloop).
    with socket.socket(fileno=os.dup(transport.get_extra_info("socket").fileno())) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    transport.abort()


def _bound_socket(port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setblocking(False)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((LOOPBACK, port))
    return bound
