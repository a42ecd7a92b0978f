"""
When bytes arrived: by the kernel where it says so, else when we read them.

The kernel stamps with the wall clock, which may step; everything else here is measured with the
monotonic `perf_counter`. So a stamp is only ever used as an age, and only where it is plausible.
"""

from __future__ import annotations

import socket
import struct
import sys
from time import perf_counter, time_ns
from typing import Final, NamedTuple

CHUNK: Final = 64 * 1024
SUPPORTED: Final = sys.platform == "linux"

# linux/net_tstamp.h and asm-generic/socket.h; the socket module names none of them.
_SO_TIMESTAMPING: Final = 37
_RX_SOFTWARE: Final = 1 << 3
_SOFTWARE: Final = 1 << 4
_STAMP: Final = struct.Struct("qq")
_ANCILLARY: Final = socket.CMSG_SPACE(3 * _STAMP.size) if SUPPORTED else 0


class Arrival(NamedTuple):
    """Bytes, when they arrived and when we read them, both by `perf_counter`."""

    data: bytes
    at: float
    read_at: float


def enable_stamps(sock: socket.socket) -> None:
    """Ask the kernel to stamp what this socket receives; harmless where it cannot."""
    if SUPPORTED:
        sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPING, _RX_SOFTWARE | _SOFTWARE)


def keep_stamping() -> socket.socket:
    """
    Open a socket that does nothing but ask for stamps; whoever opens it closes it.

    The kernel begins to stamp a moment after the first socket asks and ends with the last one:
    without this, a lonely probe would be over before its packets had stamps.
    """
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    enable_stamps(sock)
    return sock


def receive(sock: socket.socket, since: float) -> Arrival:
    """Read once from a non-blocking socket; nothing in it can have arrived before `since`."""
    if not SUPPORTED:
        data = sock.recv(CHUNK)
        now = perf_counter()
        return Arrival(data, now, now)
    data, ancillary, _, _ = sock.recvmsg(CHUNK, _ANCILLARY)
    now = perf_counter()
    for level, kind, payload in ancillary:
        if kind == _SO_TIMESTAMPING and level == socket.SOL_SOCKET:
            seconds, nanoseconds = _STAMP.unpack_from(payload)
            stamp = seconds * 1_000_000_000 + nanoseconds
            return Arrival(data, arrival_of(time_ns() - stamp, since, now), now)
    return Arrival(data, now, now)


def arrival_of(age: int, since: float, now: float) -> float:
    """The moment `age` nanoseconds before `now`, or `now` where a stepped clock made up the age."""
    at = now - age / 1e9
    return at if since <= at <= now else now
