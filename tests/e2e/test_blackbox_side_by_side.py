"""Our /probe text beside the real blackbox_exporter's, of the same target at the same time."""

import asyncio
import contextlib
import socket
import ssl
import subprocess
import urllib.request
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import dns.message
import pytest
from prometheus_client.parser import text_string_to_metric_families
from support.certificates import Authority
from support.dns_server import answer, serve_dns
from support.programs import require
from support.wire import Act, answers, connector, probe, serve

from claude_exporter.core.model import Surface, Target
from claude_exporter.web.blackbox import blackbox_text

pytestmark = pytest.mark.e2e

MODULES = """\
modules:
  http:
    prober: http
    http: {{preferred_ip_protocol: ip4, tls_config: {{ca_file: {ca}}}}}
  http_stay:
    prober: http
    http: {{preferred_ip_protocol: ip4, follow_redirects: false}}
  http_regex:
    prober: http
    http: {{preferred_ip_protocol: ip4, fail_if_body_matches_regexp: [x+]}}
  tcp:
    prober: tcp
    tcp: {{preferred_ip_protocol: ip4}}
  tls:
    prober: tcp
    tcp: {{preferred_ip_protocol: ip4, tls: true, tls_config: {{ca_file: {ca}}}}}
  dns:
    prober: dns
    dns: {{preferred_ip_protocol: ip4, query_name: claude.test, query_type: A}}
  dns_soa:
    prober: dns
    dns: {{preferred_ip_protocol: ip4, query_name: claude.test, query_type: SOA}}
"""

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]

NEWER_LABEL = "serialnumber"
"""Versions after the tested 0.23 have it."""
CERTIFICATE = {
    "probe_ssl_earliest_cert_expiry",
    "probe_ssl_last_chain_info",
    "probe_tls_version_info",
}


@dataclass(frozen=True)
class Blackbox:
    """The running blackbox_exporter."""

    port: int

    async def samples(self, module: str, target: str) -> Samples:
        query = f"module={module}&target={quote(target, safe='')}"
        url = f"http://127.0.0.1:{self.port}/probe?{query}"
        samples = samples_of(await asyncio.to_thread(_get, url))
        # It says 0 for a phase that did not happen.
        return {key: value for key, value in samples.items() if value or not dict(key[1])}


def _get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=20) as response:  # noqa: S310 - loopback
        return response.read().decode()


def samples_of(text: str) -> Samples:
    """Every sample by name and labels."""
    return {
        (
            sample.name,
            frozenset(pair for pair in sample.labels.items() if pair[0] != NEWER_LABEL),
        ): (sample.value)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture(scope="module")
def authority(tmp_path_factory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(scope="module")
def blackbox(authority, tmp_path_factory):
    program = require("blackbox_exporter")
    folder: Path = tmp_path_factory.mktemp("blackbox")
    (folder / "blackbox.yml").write_text(MODULES.format(ca=authority.ca_file), encoding="utf-8")
    port = _free_port()
    command = [program, f"--config.file={folder}/blackbox.yml", "--log.level=error"]
    with subprocess.Popen([*command, f"--web.listen-address=127.0.0.1:{port}"]) as process:
        try:
            _wait_for(port, process)
            yield Blackbox(port)
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


def _wait_for(port: int, process: subprocess.Popen) -> None:
    while process.poll() is None:
        with (
            contextlib.suppress(ConnectionRefusedError),
            socket.create_connection(("127.0.0.1", port), timeout=5),
        ):
            return
    pytest.fail(f"blackbox_exporter ended with {process.returncode}")


@dataclass(frozen=True)
class Case:
    """
    A target, who asks it how, and what only one of the two says.

    `acts` are a TCP server's, `records` a DNS server's; nobody is there without either.
    """

    module: str
    acts: tuple[Act, ...] = ()
    tls: str = ""
    records: tuple[str, ...] | None = None
    rcode: str = "NOERROR"
    options: Mapping[str, object] = field(default_factory=dict)
    ours_alone: frozenset[str] = frozenset()
    theirs_alone: frozenset[str] = frozenset()

    @property
    def prober(self) -> str:
        return self.module.partition("_")[0]

    def address(self, port: int) -> str:
        if self.prober != "http":
            return f"localhost:{port}"
        return f"http{'s' if self.tls else ''}://localhost:{port}/"

    @contextlib.asynccontextmanager
    async def running(self, authority: Authority) -> AsyncIterator[str]:
        if self.records is not None:
            async with serve_dns(self.reply) as server:
                yield self.address(server.port)
        elif self.acts:
            async with serve(*self.acts, tls=self.context(authority)) as wire:
                yield self.address(wire.port)
        else:
            yield self.address(_free_port())

    def context(self, authority: Authority) -> ssl.SSLContext | None:
        if not self.tls:
            return None
        issue = authority.issue if self.tls == "trusted" else authority.self_signed
        return issue("localhost").server_context()

    def reply(self, query: dns.message.Message) -> list[bytes]:
        return [answer(query, *self.records or (), rcode=self.rcode).to_wire()]


PAGE = answers(200, b"x" * 307, Last_Modified="Wed, 21 Oct 2015 07:28:00 GMT")
MOVED = answers(302, Location="/end")
END = answers(200, b"x" * 7)
BYTES = frozenset({"probe_failed_due_to_bytes"})
CIPHER = frozenset({"probe_tls_cipher_info"})
DNS_PHASES = frozenset({"probe_dns_duration_seconds"})
QUESTION = {"query_name": "claude.test"}
SOA = "claude.test. 60 IN SOA ns.test. root.test. 2026112203 7200 3600 1209600 3600"

CASES = {
    "a page": Case("http", (PAGE,)),
    "a page behind TLS": Case("http", (PAGE,), tls="trusted", ours_alone=CIPHER),
    # Its certificate and how far it came is just what one wants to see then.
    "a certificate nobody vouches for": Case(
        "http",
        (PAGE,),
        tls="self-signed",
        ours_alone=CIPHER | CERTIFICATE | {"probe_http_duration_seconds"},
    ),
    # One connection each for the redirect and for its end; the second prober starts over.
    "a redirect": Case("http", (MOVED, END, MOVED, END)),
    "a redirect that is not followed": Case(
        "http_stay", (MOVED,), options={"follow_redirects": False}
    ),
    "a body that a pattern forbids": Case(
        "http_regex", (PAGE,), options={"fail_if_body_matches": ["x+"]}
    ),
    "a broken service": Case("http", (answers(503, b"upstream"),)),
    "nobody there": Case("http"),
    "a connection": Case("tcp", (PAGE,), ours_alone=BYTES),
    "a handshake": Case("tls", (PAGE,), tls="trusted", ours_alone=BYTES),
    # UDP has no connection; blackbox_exporter times the making of its socket.
    "address records": Case(
        "dns",
        records=("claude.test. 60 IN A 192.0.2.7", "claude.test. 60 IN A 192.0.2.9"),
        options=QUESTION,
        theirs_alone=DNS_PHASES,
    ),
    "the start of a zone": Case(
        "dns_soa",
        records=(SOA,),
        options={**QUESTION, "query_type": "SOA"},
        theirs_alone=DNS_PHASES,
    ),
    "a name that does not exist": Case(
        "dns", records=(), rcode="NXDOMAIN", options=QUESTION, theirs_alone=DNS_PHASES
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
async def test_same_samples_as_the_real_one(blackbox, authority, case):
    """The same names, labels and, where no clock is in them, values; the differences are listed."""
    by = connector(ca_file=str(authority.ca_file), ip_protocol="ip4")
    async with case.running(authority) as address:
        theirs = await blackbox.samples(case.module, address)
        result = await probe(address, case.prober, by=by, **case.options)
    target = Target(name="probed", surface=Surface.API, prober=case.prober, address=address)
    ours = samples_of(blackbox_text(target, result))
    assert {name for name, _ in ours.keys() - theirs.keys()} == case.ours_alone
    assert {name for name, _ in theirs.keys() - ours.keys()} == case.theirs_alone
    assert steady(ours, theirs) == steady(theirs, ours)


def steady(samples: Samples, other: Samples) -> Samples:
    """What both say and no clock is in."""
    return {
        key: value
        for key, value in samples.items()
        if key in other and not key[0].endswith(("duration_seconds", "lookup_time_seconds"))
    }
