"""Names asked of one configured DNS server."""

import pytest
from support.dns_server import answer, framed, serve_dns
from support.wire import LOOPS, answers, connector, probe, run, serve

from claude_exporter.core.model import Phase, Sign

A = "claude.test. 60 IN A 127.0.0.1"


def zone(*records, rcode="NOERROR", truncated=False):
    """Answer a question with the records of its type; a long answer asks for TCP first."""
    cut = [truncated]

    def reply(query):
        if cut[0]:
            cut[0] = False
            yield answer(query, flags=0x0200).to_wire()
            return
        kind = query.question[0].rdtype
        chosen = [r for r in records if r.split()[3] in ("CNAME", kind.name)]
        wire = answer(query, *chosen, rcode=rcode).to_wire()
        yield framed(wire) if truncated else wire

    return reply


async def _probed(reply, **options):
    async with serve_dns(reply) as names, serve(answers(200)) as wire:
        by = connector(
            resolver=f"127.0.0.1:{names.port}", ip_protocol=options.pop("ip_protocol", "any")
        )
        seen = await probe(f"http://claude.test:{wire.port}/", by=by, **options)
        return seen, [query.question[0].to_text() for query in names.queries]


RESOLVED = {
    "an address": (lambda: zone(A), "any", "127.0.0.1"),
    "an answer too long for UDP": (lambda: zone(A, truncated=True), "ip4", "127.0.0.1"),
    "a chain of names": (
        lambda: zone("claude.test. 60 IN CNAME edge.test.", "edge.test. 60 IN A 127.0.0.1"),
        "ip4",
        "127.0.0.1",
    ),
}


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize(("reply", "ip_protocol", "ip"), RESOLVED.values(), ids=RESOLVED)
def test_resolved(loop, reply, ip_protocol, ip):
    """The server's address is the one that is connected to, and asking has its phase."""
    seen, _ = run(loop, _probed(reply(), ip_protocol=ip_protocol))

    assert (seen.ip, seen.success) == (ip, True)
    assert next(iter(seen.phases)) is Phase.RESOLVE


UNRESOLVED = {
    "the name does not exist": (zone(rcode="NXDOMAIN"), "resolve: claude.test: NXDOMAIN"),
    "the server fails": (zone(rcode="SERVFAIL"), "resolve: claude.test: SERVFAIL"),
    "the name has no address": (zone(), "resolve: no address for claude.test"),
    "the server is silent": (lambda _: (), "resolve: the deadline of 0.11s passed"),
}


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize(("reply", "detail"), UNRESOLVED.values(), ids=UNRESOLVED)
def test_unresolved(loop, reply, detail):
    """Whatever keeps a name from its address is a DNS sign, also a silent server."""
    seen, _ = run(loop, _probed(reply, timeout=0.11))

    assert (seen.sign, seen.detail, dict(seen.phases)) == (Sign.DNS, detail, {})


def test_one_family():
    """With ip6 nothing is asked but AAAA."""
    seen, questions = run("uvloop", _probed(zone(A), ip_protocol="ip6"))

    assert seen.sign is Sign.DNS
    assert questions == ["claude.test. IN AAAA"]
