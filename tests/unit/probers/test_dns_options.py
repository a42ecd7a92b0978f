"""Which DNS server is asked, and what a dns target may be."""

import re
from dataclasses import replace
from pathlib import Path

import pydantic
import pytest
from support.dns_probe import NAME, NETWORK, RECORD, one, probe, target
from support.dns_server import serve_dns

from claude_exporter.core.model import Phase
from claude_exporter.probers.addresses import Endpoint
from claude_exporter.probers.dns import (
    DnsOptions,
    _server,
    dns_address_problem,
)
from claude_exporter.probers.faults import LookupFailedError


async def test_the_server_may_have_a_name():
    """A server's name is resolved in a phase of its own, by the configured resolver."""
    async with serve_dns(one("ns.test. 60 IN A 127.0.0.1")) as server:
        resolver = f"127.0.0.1:{server.port}"
        network = replace(NETWORK, resolver=resolver, ip_protocol="ip4")
        result = await probe(target(f"ns.test:{server.port}"), network)
    assert set(result.phases) == {Phase.RESOLVE, Phase.PROCESSING}
    assert [str(query.question[0].name) for query in server.queries] == ["ns.test.", NAME]


async def test_no_address_asks_the_configured_resolver():
    """An empty address is the network's own resolver."""
    async with serve_dns(one(RECORD)) as server:
        network = replace(NETWORK, resolver=f"127.0.0.1:{server.port}")
        result = await probe(target(""), network)
    assert (result.success, len(server.queries)) == (True, 1)


def test_without_any_configuration_the_systems_first_server_is_asked():
    """An empty address and no resolver mean the first nameserver of resolv.conf."""
    conf = Path("/etc/resolv.conf")
    words = [line.split() for line in conf.read_text().splitlines()] if conf.exists() else []
    servers = [line[1] for line in words if line[:1] == ["nameserver"]]
    if servers:
        assert _server("", None) == Endpoint(servers[0], 53)
    else:
        with pytest.raises(LookupFailedError, match="this system names no DNS server"):
            _server("", None)


async def test_a_server_may_be_moved():
    """`connect_to` holds for DNS servers too."""
    async with serve_dns(one(RECORD)) as server:
        moved = {"192.0.2.53:53": f"127.0.0.1:{server.port}"}
        result = await probe(target("192.0.2.53"), replace(NETWORK, connect_to=moved))
    assert (result.success, result.ip) == (True, "127.0.0.1")


ADDRESSES = {
    "": None,
    "1.1.1.1": None,
    "1.1.1.1:5353": None,
    "[2606:4700::1111]:53": None,
    "dns.google": None,
    "1.1.1.1:x": "expected host or host:port, not '1.1.1.1:x'",
    "https://dns.google/": "expected host or host:port, not 'https://dns.google/'",
}


@pytest.mark.parametrize(("address", "problem"), ADDRESSES.items())
def test_addresses(address, problem):
    """A server is "", a host, or host:port."""
    assert dns_address_problem(address) == problem


OPTIONS = {
    "query_name": ("a..b", "expected a domain name, not 'a..b'"),
    "query_type": ("AAAAA", "expected a record type such as A or SOA, not 'AAAAA'"),
    "valid_rcodes": (["FINE"], "expected a DNS answer code such as NOERROR, not 'FINE'"),
}


@pytest.mark.parametrize(("name", "value", "problem"), [(k, *v) for k, v in OPTIONS.items()])
def test_bad_options_are_refused(name, value, problem):
    """Each option says what it wants and what it found."""
    with pytest.raises(pydantic.ValidationError, match=re.escape(problem)):
        DnsOptions.model_validate({"query_name": NAME, name: value})
