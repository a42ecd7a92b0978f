"""Does a DNS server answer a question, and is the answer what is expected."""

from __future__ import annotations

from typing import Annotated, Final, Literal

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.resolver
import pydantic

from claude_exporter.core.model import DnsFacts, Phase, ProbeResult, Sign, Target
from claude_exporter.probers.addresses import Endpoint, parse_endpoint
from claude_exporter.probers.attempt import Attempt, Finding
from claude_exporter.probers.connection import Connector
from claude_exporter.probers.datagrams import ask_by_datagram
from claude_exporter.probers.faults import LookupFailedError, ProtocolError
from claude_exporter.probers.spec import ProbeContext

PORT: Final = 53
_FINE: Final = "NOERROR"
_HEADER: Final = 12
_ID: Final = 2
_LENGTH: Final = 2


def _known_name(text: str) -> str:
    try:
        return dns.name.from_text(text).to_text()
    except dns.exception.DNSException as exc:
        raise ValueError(f"expected a domain name, not {text!r}") from exc


def _known_type(text: str) -> str:
    try:
        return dns.rdatatype.to_text(dns.rdatatype.from_text(text))
    except (dns.exception.DNSException, ValueError) as exc:
        raise ValueError(f"expected a record type such as A or SOA, not {text!r}") from exc


def _known_rcode(text: str) -> str:
    try:
        return dns.rcode.to_text(dns.rcode.from_text(text))
    except (dns.exception.DNSException, ValueError) as exc:
        raise ValueError(f"expected a DNS answer code such as NOERROR, not {text!r}") from exc


class DnsOptions(pydantic.BaseModel):
    """
    What a `dns` target asks and accepts.

    `expect_answer` wants a record in the answer; it says nothing about a code that has none.
    """

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")

    query_name: Annotated[str, pydantic.AfterValidator(_known_name)]
    query_type: Annotated[str, pydantic.AfterValidator(_known_type)] = "A"
    transport: Literal["udp", "tcp"] = "udp"
    valid_rcodes: list[Annotated[str, pydantic.AfterValidator(_known_rcode)]] = ["NOERROR"]
    expect_answer: bool = True


def dns_address_problem(address: str) -> str | None:
    """Whether `address` names a server: "host", "host:port", or "" for the usual one."""
    try:
        if address:
            parse_endpoint(address, PORT)
    except ValueError as exc:
        return str(exc)
    return None


class _Exchange:
    """One query, and its answer once `accept` has taken one."""

    __slots__ = ("_attempt", "_query", "answer", "wire")

    answer: dns.message.Message

    def __init__(self, options: DnsOptions, attempt: Attempt) -> None:
        self._attempt = attempt
        self._query = dns.message.make_query(options.query_name, options.query_type)
        self.wire = self._query.to_wire()

    def accept(self, wire: bytes) -> bool:
        """Take `wire` if it answers the query; raises ProtocolError for what is no message."""
        if len(wire) < _HEADER:
            raise ProtocolError(f"expected a DNS message, not {len(wire)} bytes")
        if not wire.startswith(self.wire[:_ID]):
            self._attempt.note("ignored an answer with another id")
            return False
        try:
            answer = dns.message.from_wire(wire)
        except dns.exception.DNSException as exc:
            raise ProtocolError(f"expected a DNS message: {exc}") from exc
        if not self._query.is_response(answer):
            self._attempt.note("ignored an answer to another question")
            return False
        self.answer = answer
        return True


class _LongMessages:
    """Splits a TCP stream into its messages, each behind its length."""

    __slots__ = ("_exchange", "_read")

    def __init__(self, exchange: _Exchange) -> None:
        self._exchange = exchange
        self._read = b""

    def receive(self, data: bytes, at: float) -> bool:  # noqa: ARG002 - the stream keeps the time
        """Take `data`; true once the answer is whole."""
        self._read += data
        while len(self._read) >= _LENGTH:
            end = _LENGTH + int.from_bytes(self._read[:_LENGTH])
            if len(self._read) < end:
                return False
            wire, self._read = self._read[_LENGTH:end], self._read[end:]
            if self._exchange.accept(wire):
                return True
        return False

    def end(self, at: float) -> None:  # noqa: ARG002 - the stream keeps the time
        """No server may leave without an answer."""
        raise ProtocolError(f"closed after {len(self._read)} bytes of an answer")


async def probe_dns(target: Target, context: ProbeContext) -> ProbeResult:
    """Ask a DNS server once; the code and the records of its answer decide."""
    options = target.options
    if not isinstance(options, DnsOptions):
        raise TypeError(f"target {target.name}: expected DnsOptions, not {options!r}")
    attempt = Attempt(target)
    return await attempt.run(_ask(target.address, options, context.connector, attempt))


async def _ask(
    address: str, options: DnsOptions, connector: Connector, attempt: Attempt
) -> Finding:
    server = _server(address, connector.settings.resolver)
    exchange = _Exchange(options, attempt)
    ask = _ask_by_tcp if options.transport == "tcp" else _ask_by_udp
    attempt.leave(Phase.PROCESSING, await ask(server, exchange, connector, attempt))
    attempt.dns = facts_of_answer(exchange.answer)
    if exchange.answer.flags & dns.flags.TC:
        attempt.note("the answer is truncated: only TCP would show all of it")
    return finding_of_facts(attempt.dns, options)


async def _ask_by_udp(
    server: Endpoint, exchange: _Exchange, connector: Connector, attempt: Attempt
) -> float:
    address = await connector.locate(attempt, server)
    attempt.ip = address.ip
    attempt.enter(Phase.PROCESSING, f"asking {address.ip} port {server.port} by UDP")
    return await ask_by_datagram(address, exchange.wire, exchange.accept)


async def _ask_by_tcp(
    server: Endpoint, exchange: _Exchange, connector: Connector, attempt: Attempt
) -> float:
    stream = await connector.open(attempt, server)
    try:
        attempt.enter(Phase.PROCESSING, f"asking {attempt.ip} port {server.port} by TCP")
        question = len(exchange.wire).to_bytes(_LENGTH) + exchange.wire
        ended_at = await stream.exchange(question, _LongMessages(exchange))
        return ended_at - stream.sent_at
    finally:
        stream.close()


def _server(address: str, resolver: str | None) -> Endpoint:
    """The server to ask: the target's own, else the configured one, else the system's first."""
    if address or resolver:
        return parse_endpoint(address or resolver or "", PORT)
    try:
        system = dns.resolver.Resolver()
    except dns.resolver.NoResolverConfiguration as exc:
        raise LookupFailedError("this system names no DNS server") from exc
    return Endpoint(str(system.nameservers[0]), system.port)


def facts_of_answer(answer: dns.message.Message) -> DnsFacts:
    """What an answer holds, counted in records."""
    records = (record for some in answer.answer for record in some)
    serials = (record.serial for record in records if record.rdtype == dns.rdatatype.SOA)
    return DnsFacts(
        rcode=dns.rcode.to_text(answer.rcode()),
        answers=sum(map(len, answer.answer)),
        authorities=sum(map(len, answer.authority)),
        additionals=sum(map(len, answer.additional)),
        serial=next(serials, None),
    )


def finding_of_facts(facts: DnsFacts, options: DnsOptions) -> Finding:
    """Whether an answer is what the target expects."""
    if facts.rcode not in options.valid_rcodes:
        # An answer where none was expected is no failure of DNS.
        sign = Sign.UNEXPECTED if facts.rcode == _FINE else Sign.DNS
        wanted = " or ".join(options.valid_rcodes)
        return Finding(sign, success=False, detail=f"expected {wanted}, not {facts.rcode}")
    if options.expect_answer and facts.rcode == _FINE and not facts.answers:
        wanted = f"{options.query_type} record of {options.query_name}"
        return Finding(Sign.DNS, success=False, detail=f"expected an {wanted}, not none")
    return Finding(Sign.OK, success=True)
