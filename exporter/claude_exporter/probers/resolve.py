"""Names to addresses: one address per probe, by the system's resolver or a configured server."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue
from time import perf_counter
from typing import Final, NamedTuple, Protocol, TypeVar

from claude_exporter.probers.addresses import Endpoint
from claude_exporter.probers.faults import LookupFailedError
from claude_exporter.probers.spec import IpProtocol

T = TypeVar("T")

SockAddress = tuple[str, int] | tuple[str, int, int, int]
FAMILY_OF_PROTOCOL: Final = {
    "any": socket.AF_UNSPEC,
    "ip4": socket.AF_INET,
    "ip6": socket.AF_INET6,
}
THREADS: Final = 32
"""Lookups that may hang at once; each is one thread."""


class Address(NamedTuple):
    """Where to connect, and the seconds it took to learn it (None where nothing was asked)."""

    family: int
    address: SockAddress
    took: float | None

    @property
    def ip(self) -> str:
        return self.address[0]


class Resolver(Protocol):
    """Finds the one address of a name; raises OSError where there is none."""

    async def resolve(self, endpoint: Endpoint) -> Address:
        """Resolve a name that is no IP address."""


class Workers:
    """
    At most `limit` daemon threads for calls that block.

    Daemons, because a lookup that hangs must not hold up the end of the process; the loop's own
    executor would wait for it.
    """

    def __init__(self, limit: int = THREADS) -> None:
        self._limit = limit
        self._idle = threading.Semaphore(0)
        self._started = 0
        self._calls: SimpleQueue[Callable[[], None]] = SimpleQueue()

    async def run(self, call: Callable[[], T]) -> T:
        """Run `call` in a thread; the caller may leave before it ends."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._calls.put(lambda: _settle(loop, future, call))
        if not self._idle.acquire(blocking=False) and self._started < self._limit:
            self._started += 1
            threading.Thread(target=self._work, name="resolve", daemon=True).start()
        return await future

    def _work(self) -> None:
        while True:
            self._calls.get()()
            self._idle.release()


def _settle(
    loop: asyncio.AbstractEventLoop, future: asyncio.Future[T], call: Callable[[], T]
) -> None:
    if future.cancelled():
        return
    try:
        value = call()
    except Exception as exc:  # noqa: BLE001 - it belongs to the coroutine that waits
        answer = partial(_fail, future, exc)
    else:
        answer = partial(_succeed, future, value)
    # The loop may have ended while the call was hanging: then nobody waits.
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(answer)


def _succeed(future: asyncio.Future[T], value: T) -> None:
    if not future.done():
        future.set_result(value)


def _fail(future: asyncio.Future[T], exc: Exception) -> None:
    if not future.done():
        future.set_exception(exc)


@dataclass(frozen=True, slots=True)
class SystemResolver:
    """
    getaddrinfo, with everything this system puts behind it.

    Its first answer is taken: it is sorted by RFC 6724, so IPv6 leads exactly where this host has
    a way to reach it.
    """

    workers: Workers
    ip_protocol: IpProtocol = "any"

    async def resolve(self, endpoint: Endpoint) -> Address:
        """Ask in a thread; the time is taken there, so it holds no waiting of ours."""
        return await self.workers.run(lambda: self._look_up(endpoint))

    def _look_up(self, endpoint: Endpoint) -> Address:
        family = FAMILY_OF_PROTOCOL[self.ip_protocol]
        begun = perf_counter()
        answers = socket.getaddrinfo(endpoint.host, endpoint.port, family, socket.SOCK_STREAM)
        took = perf_counter() - begun
        for found, _, _, _, address in answers:
            if found in (socket.AF_INET, socket.AF_INET6):
                return Address(found, _as_address(address), took)
        raise LookupFailedError(f"no address for {endpoint.host}")


def _as_address(
    address: tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes],
) -> SockAddress:
    if isinstance(address[0], str) and isinstance(address[1], int):
        return (address[0], address[1], *address[2:]) if len(address) > 2 else address[:2]
    raise LookupFailedError("no address that Python can use")


def address_of_ip(endpoint: Endpoint) -> Address:
    """The address of an endpoint that is an IP address already."""
    if ":" in endpoint.host:
        return Address(socket.AF_INET6, (endpoint.host, endpoint.port, 0, 0), None)
    return Address(socket.AF_INET, (endpoint.host, endpoint.port), None)


def has_ipv6_route() -> bool:
    """Whether this host has a way to IPv6 hosts; nothing is sent."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.connect(("2000::1", 53))
    except OSError:
        return False
    return True
