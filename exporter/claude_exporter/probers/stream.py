"""
One TCP connection driven directly on the event loop's readiness callbacks.

There is no transport, no protocol and no task: the prober awaits one future per step, and what the
step took is measured inside the callbacks, so a late wake-up of the prober costs no accuracy.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
import ssl
import struct
import sys
from collections.abc import Callable
from time import perf_counter
from typing import Final, Protocol

from claude_exporter.probers.secure import Channel, TlsContext
from claude_exporter.probers.timestamps import Arrival, enable_stamps, receive

_LINUX: Final = sys.platform == "linux"
_TCP_INFO_SIZE: Final = 104
_RTT: Final = 68
_RETRANSMITS: Final = 100
_WORD: Final = struct.Struct("I")


class Receiver(Protocol):
    """What takes the bytes of an answer as they arrive."""

    def receive(self, data: bytes, at: float) -> bool:
        """Take `data`; true once the message is whole."""

    def end(self, at: float) -> None:
        """The peer closed: raise where that leaves the message unfinished."""


class Stream:
    """A connection from its socket to its last byte; `close` it whatever happened."""

    __slots__ = (
        "_advance",
        "_fd",
        "_lag",
        "_loop",
        "_receiver",
        "_since",
        "_socket",
        "_unsent",
        "_waiter",
        "channel",
        "sent_at",
    )

    def __init__(self, loop: asyncio.AbstractEventLoop, family: int) -> None:
        self._loop = loop
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._fd = self._socket.fileno()
        self._waiter: asyncio.Future[float] | None = None
        self._advance: Callable[[Arrival], bool] | None = None
        self._receiver: Receiver | None = None
        self._unsent = b""
        self._since = 0.0
        self._lag = 0.0
        self.channel: Channel | None = None
        self.sent_at = 0.0

    async def connect(self, address: tuple[str, int] | tuple[str, int, int, int]) -> float:
        """Connect; answers the seconds the TCP handshake took."""
        enable_stamps(self._socket)
        self._since = perf_counter()
        code = self._socket.connect_ex(address)
        if code == errno.EINPROGRESS:
            self._loop.add_writer(self._fd, self._connected)
            return await self._finished()
        if code:
            raise OSError(code, os.strerror(code))
        self._loop.add_reader(self._fd, self._readable)
        return perf_counter() - self._since

    async def handshake(self, context: TlsContext, server_name: str) -> float:
        """Speak TLS from here on; answers the seconds that took, without our own waiting."""
        begun = perf_counter()
        self._since, self._lag, self._receiver = begun, 0.0, None
        self.channel = context.open(server_name)
        self.channel.handshake()
        self._advance = self._shake
        self._send(self.channel.unsent())
        return await self._finished() - begun - self._lag

    async def exchange(self, request: bytes, receiver: Receiver) -> float:
        """Send `request`, give the answer to `receiver`; answers when its last byte arrived."""
        self._receiver = receiver
        self._advance = self._receive if self.channel is None else self._receive_secure
        if self.channel is not None:
            self.channel.encrypt(request)
            request = self.channel.unsent()
        self._since = perf_counter()
        self._send(request)
        self.sent_at = perf_counter()
        return await self._finished()

    def close(self) -> None:
        """Let go of everything; no callback comes after this."""
        self._loop.remove_reader(self._fd)
        self._loop.remove_writer(self._fd)
        if self.channel is not None and not self._unsent and (last := self.channel.unsent()):
            with contextlib.suppress(OSError):
                self._socket.send(last)
        self._socket.close()
        # A failed future holds the traceback that holds us: the cycle would wait for the collector.
        self._waiter = self._advance = self._receiver = self.channel = None

    async def _finished(self) -> float:
        self._waiter = self._loop.create_future()
        return await self._waiter

    def _connected(self) -> None:
        elapsed = perf_counter() - self._since
        waiter = self._waiter
        if waiter is None or waiter.done():
            return
        code = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        # The reader first, so that the loop keeps its one handle for this socket.
        if not code:
            self._loop.add_reader(self._fd, self._readable)
        self._loop.remove_writer(self._fd)
        if code:
            waiter.set_exception(OSError(code, os.strerror(code)))
        else:
            waiter.set_result(_handshake_time(self._socket, elapsed))

    def _readable(self) -> None:
        waiter, advance = self._waiter, self._advance
        if waiter is None or advance is None or waiter.done():
            return
        try:
            arrival = receive(self._socket, self._since)
            done = advance(arrival)
        except (BlockingIOError, InterruptedError):
            return
        except Exception as exc:  # noqa: BLE001 - whatever it is, the prober that waits must get it
            waiter.set_exception(exc)
            # The exception's traceback holds this frame, so this frame must not hold the future.
            del waiter
            return
        if done:
            waiter.set_result(arrival.at if self._receiver else perf_counter())

    def _shake(self, arrival: Arrival) -> bool:
        if self.channel is None or not arrival.data:
            raise ssl.SSLEOFError(ssl.SSL_ERROR_EOF, "closed in the middle of the TLS handshake")
        self._lag += arrival.read_at - arrival.at
        try:
            done = self.channel.handshake(arrival.data)
        except ssl.SSLError:
            # The alert tells the peer why; whether it still listens changes nothing.
            with contextlib.suppress(OSError):
                self._send(self.channel.unsent())
            raise
        if not done:
            self._send(self.channel.unsent())
        # The last flight waits for the request, to leave in one packet; `close` sends it else.
        return done

    def _receive(self, arrival: Arrival) -> bool:
        if self._receiver is None:
            return False
        if arrival.data:
            return self._receiver.receive(arrival.data, arrival.at)
        self._receiver.end(arrival.at)
        return True

    def _receive_secure(self, arrival: Arrival) -> bool:
        if self._receiver is None or self.channel is None:
            return False
        if arrival.data:
            for plain in self.channel.decrypt(arrival.data):
                if self._receiver.receive(plain, arrival.at):
                    return True
            self._send(self.channel.unsent())
            if not self.channel.closed:
                return False
        self._receiver.end(arrival.at)
        return True

    def _send(self, data: bytes) -> None:
        if self._unsent:
            self._unsent += data
            return
        if data:
            self._push(data)
            if self._unsent:
                self._loop.add_writer(self._fd, self._writable)

    def _push(self, data: bytes) -> None:
        try:
            sent = self._socket.send(data)
        except (BlockingIOError, InterruptedError):
            sent = 0
        self._unsent = data[sent:]

    def _writable(self) -> None:
        try:
            self._push(self._unsent)
        except OSError as exc:
            self._unsent = b""
            if self._waiter is not None and not self._waiter.done():
                self._waiter.set_exception(exc)
        if not self._unsent:
            self.sent_at = perf_counter()
            self._loop.remove_writer(self._fd)


def _handshake_time(sock: socket.socket, elapsed: float) -> float:
    """
    The kernel's own round trip of SYN and SYN-ACK, where it is one measurement.

    After a lost SYN the kernel's figure leaves the lost time out, so ours is the truth.
    """
    if not _LINUX:
        return elapsed
    info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_SIZE)
    if len(info) < _TCP_INFO_SIZE or _WORD.unpack_from(info, _RETRANSMITS)[0]:
        return elapsed
    rtt: int = _WORD.unpack_from(info, _RTT)[0]
    return rtt / 1e6 if 0 < rtt / 1e6 <= elapsed else elapsed
