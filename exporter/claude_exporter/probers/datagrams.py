"""One question by UDP, driven directly on the event loop's readiness callbacks."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from time import perf_counter

from claude_exporter.probers.resolve import Address
from claude_exporter.probers.timestamps import enable_stamps, receive


async def ask_by_datagram(
    address: Address, question: bytes, accept: Callable[[bytes], bool]
) -> float:
    """
    Send `question` once and give `accept` what comes back until it takes it.

    Answers the seconds from the question to that datagram. The kernel drops what comes from
    anybody but `address`. Raises OSError, and what `accept` raises.
    """
    loop = asyncio.get_running_loop()
    waiter: asyncio.Future[float] = loop.create_future()
    with socket.socket(address.family, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        enable_stamps(sock)
        sock.connect(address.address)
        sent_at = perf_counter()
        sock.send(question)
        loop.add_reader(sock.fileno(), _read, sock, sent_at, accept, waiter)
        try:
            return await waiter - sent_at
        finally:
            loop.remove_reader(sock.fileno())


def _read(
    sock: socket.socket,
    sent_at: float,
    accept: Callable[[bytes], bool],
    waiter: asyncio.Future[float],
) -> None:
    if waiter.done():
        return
    try:
        arrival = receive(sock, sent_at)
        accepted = accept(arrival.data)
    except (BlockingIOError, InterruptedError):
        return
    except Exception as exc:  # noqa: BLE001 - whatever it is, the prober that waits must get it
        waiter.set_exception(exc)
        return
    if accepted:
        waiter.set_result(arrival.at)
