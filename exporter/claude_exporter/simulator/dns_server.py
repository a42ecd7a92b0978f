"""A small DNS server on loopback that knows the simulated hosts and fails on demand."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import Callable, Mapping
from types import MappingProxyType, TracebackType
from typing import Final, Self, cast

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from claude_exporter.simulator.behaviour import Fault
from claude_exporter.simulator.hosts import host_of_dns_name
from claude_exporter.simulator.world import World

LOOPBACK: Final = "127.0.0.1"
_ATTEMPTS: Final = 8
_TTL: Final = 1
_RCODE_OF_FAULT: Final[Mapping[Fault, dns.rcode.Rcode]] = MappingProxyType(
    {Fault.DNS_NXDOMAIN: dns.rcode.NXDOMAIN, Fault.DNS_SERVFAIL: dns.rcode.SERVFAIL}
)


def answer_query(query: dns.message.Message, world: World) -> dns.message.Message | None:
    """
    The answer to one query, None where the name server stays silent.

    Simulated hosts live at 127.0.0.1 and have no other records; other names do not exist.
    """
    question = query.question[0]
    host = host_of_dns_name(question.name.to_text(omit_final_dot=True))
    fault = None if host is None else world.behaviour_of(host).fault
    if fault is Fault.DNS_TIMEOUT:
        return None
    answer = dns.message.make_response(query, recursion_available=True)
    missing = dns.rcode.NXDOMAIN if host is None else dns.rcode.NOERROR
    answer.set_rcode(missing if fault is None else _RCODE_OF_FAULT.get(fault, missing))
    if answer.rcode() == dns.rcode.NOERROR and question.rdtype == dns.rdatatype.A:
        answer.answer.append(dns.rrset.from_text(question.name, _TTL, "IN", "A", LOOPBACK))
    return answer


class DnsServer:
    """Answers over UDP and TCP on one port of 127.0.0.1 while it is entered."""

    def __init__(self, world: Callable[[], World], heard: Callable[[str], None]) -> None:
        self._world = world
        self._heard = heard
        self._tcp: asyncio.Server | None = None
        self._udp: asyncio.DatagramTransport | None = None
        self._streams: set[asyncio.StreamWriter] = set()
        self.port = 0

    async def __aenter__(self) -> Self:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                await self._listen()
            except OSError:
                # Somebody else has the UDP port of the TCP port that we were given.
                self._stop()
                if attempt == _ATTEMPTS:
                    raise
            else:
                break
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def reply(self, wire: bytes) -> bytes | None:
        """The answer to a message as it came from the network; None for what is no query."""
        try:
            query = dns.message.from_wire(wire)
        except dns.exception.DNSException:
            return None
        if not query.question or query.flags & dns.flags.QR:
            return None
        self._heard(query.question[0].name.to_text(omit_final_dot=True))
        answer = answer_query(query, self._world())
        return None if answer is None else answer.to_wire()

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        self._tcp = await asyncio.start_server(self._serve_stream, LOOPBACK, 0)
        self.port = self._tcp.sockets[0].getsockname()[1]
        self._udp, _ = await loop.create_datagram_endpoint(
            lambda: _Datagrams(self), local_addr=(LOOPBACK, self.port)
        )

    def _stop(self) -> None:
        if self._udp is not None:
            self._udp.close()
        if self._tcp is not None:
            self._tcp.close()
        for stream in self._streams:
            stream.close()
        self._udp = self._tcp = None

    async def _serve_stream(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._streams.add(writer)
        try:
            # Ends with IncompleteReadError when the client, or our own stop, closes the stream.
            with contextlib.suppress(asyncio.IncompleteReadError, OSError):
                await self._answer_all(reader, writer)
        finally:
            self._streams.discard(writer)
            writer.close()

    async def _answer_all(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            (length,) = struct.unpack("!H", await reader.readexactly(2))
            answer = self.reply(await reader.readexactly(length))
            if answer is not None:
                writer.write(struct.pack("!H", len(answer)) + answer)
                await writer.drain()


class _Datagrams(asyncio.DatagramProtocol):
    """The UDP side of the server."""

    def __init__(self, server: DnsServer) -> None:
        self._server = server
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        answer = self._server.reply(data)
        if answer is not None and self._transport is not None:
            self._transport.sendto(answer, addr)
