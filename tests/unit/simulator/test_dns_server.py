"""The simulator's name server as a DNS client meets it, over UDP and TCP."""

from __future__ import annotations

import asyncio
from collections import Counter

import dns.asyncquery
import dns.exception
import dns.message
import dns.rcode
import pytest
from support.simulated import world_of

from claude_exporter.simulator.behaviour import Behaviour, Fault
from claude_exporter.simulator.dns_server import DnsServer, answer_query
from claude_exporter.simulator.world import World

BROKEN = world_of(
    web=Behaviour(fault=Fault.DNS_NXDOMAIN),
    console=Behaviour(fault=Fault.DNS_SERVFAIL),
    api=Behaviour(fault=Fault.REFUSE),
)

ANSWERS = {
    "a simulated name": ("downloads.sim.test", "A", "NOERROR", ["127.0.0.1"]),
    "a real name": ("downloads.claude.ai", "A", "NOERROR", ["127.0.0.1"]),
    "names have no case": ("Downloads.Claude.AI", "A", "NOERROR", ["127.0.0.1"]),
    "no address of the other kind": ("downloads.sim.test", "AAAA", "NOERROR", []),
    "a name nobody plays": ("example.test", "A", "NXDOMAIN", []),
    "a host nobody plays": ("moon.sim.test", "A", "NXDOMAIN", []),
    "keyed is no host": ("keyed.sim.test", "A", "NXDOMAIN", []),
    "a name that is gone": ("claude.ai", "A", "NXDOMAIN", []),
    "a name that is gone, by its simulated name": ("web.sim.test", "A", "NXDOMAIN", []),
    "a name server that fails": ("platform.claude.com", "A", "SERVFAIL", []),
    "a host that is down still has a name": ("api.sim.test", "A", "NOERROR", ["127.0.0.1"]),
}


@pytest.fixture
async def server():
    async with DnsServer(lambda: BROKEN, lambda _: None) as serving:
        yield serving


@pytest.mark.parametrize("ask", [dns.asyncquery.udp, dns.asyncquery.tcp], ids=["udp", "tcp"])
@pytest.mark.parametrize(("name", "kind", "rcode", "addresses"), ANSWERS.values(), ids=ANSWERS)
async def test_a_name_is_answered(server, ask, name, kind, rcode, addresses):
    """Both transports give the same answer, faults included."""
    query = dns.message.make_query(name, kind)
    answer = await ask(query, "127.0.0.1", timeout=5, port=server.port)
    found = [record.to_text() for rrset in answer.answer for record in rrset]
    assert (dns.rcode.to_text(answer.rcode()), found) == (rcode, addresses)


def test_a_silent_name_server_gives_no_answer():
    """Whoever asks has to give up by itself."""
    world = world_of(web=Behaviour(fault=Fault.DNS_TIMEOUT))
    assert answer_query(dns.message.make_query("claude.ai", "A"), world) is None
    assert answer_query(dns.message.make_query("platform.claude.com", "A"), world) is not None


async def test_silence_on_tcp_does_not_end_the_stream(server):
    """What is no query is passed over, and the next query on the same stream is answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    query = dns.message.make_query("downloads.sim.test", "A").to_wire()
    writer.write(b"\x00\x03abc" + len(query).to_bytes(2, "big") + query)
    async with asyncio.timeout(5):
        length = int.from_bytes(await reader.readexactly(2), "big")
        answer = dns.message.from_wire(await reader.readexactly(length))
    writer.close()
    assert answer.rcode() == dns.rcode.NOERROR


NO_QUERIES = {
    "noise": b"abc",
    "an answer": dns.message.make_response(dns.message.make_query("a.test", "A")).to_wire(),
    "no question": dns.message.Message().to_wire(),
}


@pytest.mark.parametrize("wire", NO_QUERIES.values(), ids=NO_QUERIES.keys())
def test_what_is_no_query_is_ignored(wire):
    """It is neither answered nor counted."""
    heard = Counter()
    server = DnsServer(World, lambda name: heard.update([name]))
    assert (server.reply(wire), heard) == (None, Counter())


async def test_queries_are_heard_by_name():
    """Each name that was asked for is reported once a query."""
    heard = Counter()
    async with DnsServer(World, lambda name: heard.update([name])) as serving:
        query = dns.message.make_query("api.sim.test", "A")
        await dns.asyncquery.udp(query, "127.0.0.1", timeout=5, port=serving.port)
    assert heard == {"api.sim.test": 1}
