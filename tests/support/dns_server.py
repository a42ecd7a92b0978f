"""A DNS server on loopback that says what a test wrote down, by UDP and TCP on one port."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

Reply = Callable[[dns.message.Message], Iterable[bytes]]


def answer(
    query: dns.message.Message, *records: str, rcode: str = "NOERROR", flags: int = 0
) -> dns.message.Message:
    """Answer `query` with zone-file lines."""
    response = dns.message.make_response(query)
    response.set_rcode(dns.rcode.from_text(rcode))
    response.flags |= flags
    for record in records:
        name, ttl, _, kind, text = record.split(maxsplit=4)
        response.answer.append(dns.rrset.from_text(name, int(ttl), "IN", kind, text))
    return response


def framed(wire: bytes) -> bytes:
    """Put its length before a message, as DNS over TCP wants."""
    return len(wire).to_bytes(2) + wire


@dataclass
class DnsServer(asyncio.DatagramProtocol):
    """`reply` gives the datagrams, or the pieces of the TCP stream, that answer a query."""

    reply: Reply
    port: int = 0
    queries: list[dns.message.Message] = field(default_factory=list)
    transport: asyncio.DatagramTransport | None = None
    asked_by: tuple[str, int] | None = None

    def connection_made(self, transport) -> None:
        self.transport = transport

    def datagram_received(self, data, addr) -> None:
        self.asked_by = addr
        for wire in self._reply(data):
            self.transport.sendto(wire, addr)

    async def serve_stream(self, reader, writer) -> None:
        length = int.from_bytes(await reader.readexactly(2))
        for piece in self._reply(await reader.readexactly(length)):
            writer.write(piece)
            await writer.drain()
        writer.close()

    def _reply(self, wire: bytes) -> Iterable[bytes]:
        query = dns.message.from_wire(wire)
        self.queries.append(query)
        return self.reply(query)


@contextlib.asynccontextmanager
async def serve_dns(reply: Reply) -> AsyncIterator[DnsServer]:
    """Serve on a free port of 127.0.0.1 until the block ends."""
    served = DnsServer(reply)
    tcp = await asyncio.start_server(served.serve_stream, "127.0.0.1", 0)
    served.port = tcp.sockets[0].getsockname()[1]
    loop = asyncio.get_running_loop()
    udp, _ = await loop.create_datagram_endpoint(
        lambda: served, local_addr=("127.0.0.1", served.port)
    )
    try:
        yield served
    finally:
        udp.close()
        tcp.close()
