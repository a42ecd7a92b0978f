"""Asking DNS servers that answer well, badly, late or not at all."""

import contextlib
import re
import socket
from dataclasses import replace

import dns.flags
import dns.message
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.dns_probe import NAME, RECORD, one, probe, target
from support.dns_server import answer, framed, serve_dns
from support.wire import LOOPS, run

from claude_exporter.core.model import DnsFacts, Phase, ProbeResult, Sign
from claude_exporter.probers.attempt import Attempt
from claude_exporter.probers.dns import (
    _Exchange,
)
from claude_exporter.probers.faults import ProtocolError

SOA = f"{NAME} 60 IN SOA ns.test. root.test. 2026112203 7200 3600 1209600 3600"


def nothing(query):  # noqa: ARG001
    return []


REPLIES = {
    "a record": (one(RECORD), {}, Sign.OK, "", DnsFacts(rcode="NOERROR", answers=1)),
    "records of a chain are counted one by one": (
        one(
            f"{NAME} 60 IN CNAME a.test.", "a.test. 60 IN A 192.0.2.7", "a.test. 60 IN A 192.0.2.9"
        ),
        {},
        Sign.OK,
        "",
        DnsFacts(rcode="NOERROR", answers=3),
    ),
    "the start of a zone has a serial": (
        one(SOA),
        {"query_type": "SOA"},
        Sign.OK,
        "",
        DnsFacts(rcode="NOERROR", answers=1, serial=2026112203),
    ),
    "no such name": (
        one(rcode="NXDOMAIN"),
        {},
        Sign.DNS,
        "expected NOERROR, not NXDOMAIN",
        DnsFacts(rcode="NXDOMAIN"),
    ),
    "a broken server": (
        one(rcode="SERVFAIL"),
        {"valid_rcodes": ["NOERROR", "NXDOMAIN"]},
        Sign.DNS,
        "expected NOERROR or NXDOMAIN, not SERVFAIL",
        DnsFacts(rcode="SERVFAIL"),
    ),
    "a server that refuses": (
        one(rcode="REFUSED"),
        {},
        Sign.DNS,
        "expected NOERROR, not REFUSED",
        DnsFacts(rcode="REFUSED"),
    ),
    "a name that must not exist": (
        one(rcode="NXDOMAIN"),
        {"valid_rcodes": ["NXDOMAIN"]},
        Sign.OK,
        "",
        DnsFacts(rcode="NXDOMAIN"),
    ),
    "a name that must not exist and does": (
        one(RECORD),
        {"valid_rcodes": ["NXDOMAIN"]},
        Sign.UNEXPECTED,
        "expected NXDOMAIN, not NOERROR",
        DnsFacts(rcode="NOERROR", answers=1),
    ),
    "no record": (
        one(),
        {"query_type": "aaaa"},
        Sign.DNS,
        f"expected an AAAA record of {NAME}, not none",
        DnsFacts(rcode="NOERROR"),
    ),
    "no record where none is expected": (
        one(),
        {"expect_answer": False},
        Sign.OK,
        "",
        DnsFacts(rcode="NOERROR"),
    ),
}


@pytest.mark.parametrize(
    ("reply", "options", "sign", "detail", "facts"), REPLIES.values(), ids=list(REPLIES)
)
@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_an_answer_is_judged(transport, reply, options, sign, detail, facts):
    """Code and records decide, by UDP and by TCP alike; the server is asked exactly once."""

    def reply_framed(query):
        return [framed(wire) for wire in reply(query)]

    async with serve_dns(reply if transport == "udp" else reply_framed) as server:
        result = await probe(target(f"127.0.0.1:{server.port}", transport=transport, **options))
    assert (result.sign, result.success, result.detail) == (sign, sign is Sign.OK, detail)
    assert result.dns == facts
    assert result.ip == "127.0.0.1"
    phases = {Phase.PROCESSING} if transport == "udp" else {Phase.CONNECT, Phase.PROCESSING}
    assert set(result.phases) == phases
    assert result.duration == sum(result.phases.values())
    assert len(server.queries) == 1


async def test_the_question_is_the_targets():
    """Name and type are asked as configured, with recursion wanted."""
    async with serve_dns(one(SOA)) as server:
        await probe(target(f"127.0.0.1:{server.port}", query_name="Claude.Test", query_type="soa"))
    (query,) = server.queries
    assert str(query.question[0]) == "Claude.Test. IN SOA"
    assert query.flags == dns.flags.RD


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_either_event_loop_will_do(loop, transport):
    """uvloop and plain asyncio see the same answer."""

    def reply(query):
        wire = answer(query, RECORD).to_wire()
        return [wire if transport == "udp" else framed(wire)]

    async def work() -> ProbeResult:
        async with serve_dns(reply) as server:
            return await probe(target(f"127.0.0.1:{server.port}", transport=transport))

    result = run(loop, work())
    assert (result.success, result.dns) == (True, DnsFacts(rcode="NOERROR", answers=1))


def with_id(query: dns.message.Message, number: int) -> bytes:
    return number.to_bytes(2) + answer(query, RECORD).to_wire()[2:]


async def test_answers_to_others_are_ignored():
    """Another id and another question are passed over; the right answer behind them counts."""

    def reply(query):
        other = dns.message.make_query("other.test", "A", id=query.id)
        return [
            with_id(query, query.id ^ 1),
            answer(other, "other.test. 60 IN A 192.0.2.9").to_wire(),
            answer(query, RECORD).to_wire(),
        ]

    async with serve_dns(reply) as server:
        result = await probe(target(f"127.0.0.1:{server.port}"))
    lines = [re.sub(r"^\S+ ", "", line) for line in result.log]
    assert result.success
    assert lines[1:3] == [
        "ignored an answer with another id",
        "ignored an answer to another question",
    ]


async def test_answers_from_others_are_ignored():
    """What another address sends, right id and all, is never read."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.1", 0))

        def reply(query):
            stranger.sendto(answer(query, rcode="REFUSED").to_wire(), server.asked_by)
            return [answer(query, RECORD).to_wire()]

        async with serve_dns(reply) as server:
            result = await probe(target(f"127.0.0.1:{server.port}"))
    assert (result.sign, result.dns) == (Sign.OK, DnsFacts(rcode="NOERROR", answers=1))


async def test_a_truncated_answer_is_reported():
    """A cut answer is judged as it is, and the log says that it was cut."""
    async with serve_dns(one(RECORD, flags=dns.flags.TC)) as server:
        result = await probe(target(f"127.0.0.1:{server.port}"))
    assert result.success
    assert any("the answer is truncated" in line for line in result.log)


def reply_garbage(query):
    return [query.id.to_bytes(2) + b"\xff" * 30]


BAD = {
    "too short for a message": ("udp", lambda _: [b"HTTP/1.1"], Sign.PROTOCOL),
    "our id and then garbage": ("udp", reply_garbage, Sign.PROTOCOL),
    "a stream that ends within the length": ("tcp", lambda _: [b"\x00"], Sign.PROTOCOL),
    "a stream that ends within the message": ("tcp", lambda _: [b"HTTP/1.1"], Sign.PROTOCOL),
    "a stream that ends at once": ("tcp", nothing, Sign.PROTOCOL),
    "an empty message": ("tcp", lambda _: [b"\x00\x00"], Sign.PROTOCOL),
}


@pytest.mark.parametrize(("transport", "reply", "sign"), BAD.values(), ids=list(BAD))
async def test_garbage_is_a_fault_of_the_protocol(transport, reply, sign):
    """What is no DNS message is told apart from silence, without waiting for the deadline."""
    async with serve_dns(reply) as server:
        result = await probe(target(f"127.0.0.1:{server.port}", transport=transport))
    assert (result.sign, result.success, result.dns) == (sign, False, None)
    assert result.duration < 4


async def test_pieces_of_a_stream_are_joined():
    """By TCP a message may come byte by byte, and another's message before it."""

    def reply(query):
        stream = framed(with_id(query, query.id ^ 1)) + framed(answer(query, RECORD).to_wire())
        return [stream[at : at + 1] for at in range(len(stream))]

    async with serve_dns(reply) as server:
        result = await probe(target(f"127.0.0.1:{server.port}", transport="tcp"))
    assert result.success


async def test_silence_ends_at_the_deadline():
    """A server that says nothing costs the timeout and not more; the phase has no sample."""
    async with serve_dns(nothing) as server:
        result = await probe(target(f"127.0.0.1:{server.port}", timeout=0.11))
    assert (result.sign, dict(result.phases), result.dns) == (Sign.TIMEOUT, {}, None)
    assert result.detail == "processing: the deadline of 0.11s passed"
    assert 0.11 <= result.duration < 1


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_closed_port_refuses(transport):
    """Nobody listening is a failed connection, at once."""
    kind = socket.SOCK_STREAM if transport == "tcp" else socket.SOCK_DGRAM
    with socket.socket(socket.AF_INET, kind) as held:
        held.bind(("127.0.0.1", 0))
        port = held.getsockname()[1]
    result = await probe(target(f"127.0.0.1:{port}", transport=transport))
    assert (result.sign, result.success) == (Sign.CONNECT, False)


async def test_wrong_options_are_our_fault():
    """A target that the configuration did not make raises."""
    with pytest.raises(TypeError, match="target resolver: expected DnsOptions, not None"):
        await probe(replace(target(""), options=None))


@given(st.binary(max_size=100))
def test_any_answer_can_be_read(body):
    """Bytes behind our id are an answer, ignored, or a fault of the protocol: nothing else."""
    asked = target("")
    exchange = _Exchange(asked.options, Attempt(asked))
    with contextlib.suppress(ProtocolError):
        assert exchange.accept(exchange.wire[:2] + body) in (True, False)
