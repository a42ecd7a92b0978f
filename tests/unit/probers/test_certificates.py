"""TLS: what verifies, what does not, and that the dates are read either way."""

import asyncio
import ssl
from datetime import timedelta

import pytest
from support.certificates import Authority
from support.wire import LOOPS, answers, connector, hangs, probe, run, says, serve

from claude_exporter.core.model import Phase, Sign

NAME = "claude.test"


@pytest.fixture(params=LOOPS)
def loop(request):
    return request.param


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


async def _probed(issued, authority, prober="tls", act=None, **options):
    async with serve(act or hangs(), tls=issued.server_context()) as wire:
        place = {f"{NAME}:443": wire.place}
        by = connector(connect_to=place, ca_file=str(authority.ca_file))
        address = f"https://{NAME}/" if prober == "http" else f"{NAME}:443"
        return await probe(address, prober, by=by, **options)


def test_verified(loop, authority):
    """A good certificate gives every fact, with the end of the chain that was verified."""
    issued = authority.issue(NAME)
    seen = run(loop, _probed(issued, authority))

    assert (seen.sign, seen.success) == (Sign.OK, True)
    assert tuple(seen.phases) == (Phase.CONNECT, Phase.TLS)
    assert seen.duration == pytest.approx(sum(seen.phases.values()))
    assert seen.tls
    assert seen.tls.version == "TLS 1.3"
    assert seen.tls.cipher.startswith("TLS_")
    assert seen.tls.not_after_at == seen.tls.chain_not_after_at == issued.not_after_at
    assert seen.tls.fingerprint_sha256 == issued.fingerprint_sha256
    assert (seen.tls.subject, seen.tls.issuer) == (f"CN={NAME}", "CN=Test Authority")
    assert seen.tls.subject_alternative == NAME
    assert issued.path.stem.endswith(seen.tls.serial_number.lstrip("0"))


def expired(home, _stranger):
    return home.issue(NAME, ends_in=timedelta(days=-3))


REFUSED = {
    "an expired one": (expired, "certificate has expired"),
    "a self-signed one": (lambda home, _: home.self_signed(NAME), "self-signed certificate"),
    "one for another host": (
        lambda home, _: home.issue("other.test"),
        "Hostname mismatch, certificate is not valid for 'claude.test'.",
    ),
    "one of an authority nobody knows": (
        lambda _, stranger: stranger.issue(NAME),
        "unable to get local issuer certificate",
    ),
}


@pytest.mark.parametrize(("made", "problem"), REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("prober", ["tls", "http"])
def test_refused(loop, authority, tmp_path, prober, made, problem):
    """A certificate that does not verify fails the probe, and its dates are known all the same."""
    issued = made(authority, Authority(tmp_path, "Strange Authority"))
    seen = run(loop, _probed(issued, authority, prober))

    assert (seen.sign, seen.success) == (Sign.TLS, False)
    assert seen.detail == f"tls: certificate verify failed: {problem}"
    assert tuple(seen.phases) == (Phase.CONNECT,)
    assert seen.tls
    assert seen.tls.not_after_at == issued.not_after_at
    assert seen.tls.fingerprint_sha256 == issued.fingerprint_sha256
    assert seen.tls.chain_not_after_at is None


def test_refused_under_tls_1_2(authority):
    """The dates are read from the older handshake too."""
    issued = authority.issue(NAME, ends_in=timedelta(days=-3))

    async def probed():
        context = issued.server_context()
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        async with serve(hangs(), tls=context) as wire:
            by = connector(connect_to={f"{NAME}:443": wire.place})
            return await probe(f"{NAME}:443", "tls", by=by)

    seen = run("uvloop", probed())

    assert seen.tls
    assert seen.tls.not_after_at == issued.not_after_at


def test_unverified(authority):
    """Where verification is off everything passes, and nothing is called verified."""
    issued = authority.issue("other.test", ends_in=timedelta(days=-3))
    seen = run("uvloop", _probed(issued, authority, verify=False))

    assert seen.success
    assert seen.tls
    assert (seen.tls.not_after_at, seen.tls.chain_not_after_at) == (issued.not_after_at, None)


def test_server_name(authority):
    """The name to verify can be another than the one to connect to."""
    seen = run(
        "uvloop", _probed(authority.issue("other.test"), authority, server_name="other.test")
    )

    assert seen.success


def test_host_header_names_the_certificate(authority):
    """A configured Host header is also who TLS asks for."""
    issued = authority.issue("other.test")
    seen = run(
        "uvloop",
        _probed(issued, authority, "http", answers(200), headers={"Host": "other.test"}),
    )

    assert (seen.success, seen.http.encrypted) == (True, True)


def test_https(loop, authority):
    """An HTTPS probe has its TLS phase between connection and processing."""
    issued = authority.issue(NAME)
    seen = run(loop, _probed(issued, authority, "http", answers(200, b"x" * 200_000)))

    assert seen.success
    assert seen.http.body_length == 200_000
    assert tuple(seen.phases) == (Phase.CONNECT, Phase.TLS, Phase.PROCESSING, Phase.TRANSFER)


def test_https_that_closes_early(loop, authority):
    """A cut body is a protocol error behind TLS too."""
    act = says(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc")
    seen = run(loop, _probed(authority.issue(NAME), authority, "http", act))

    assert (seen.sign, seen.http.status) == (Sign.PROTOCOL, 200)


def test_tcp_with_tls(authority):
    """The tcp prober shakes hands where it is told to."""
    seen = run("uvloop", _probed(authority.issue(NAME), authority, "tcp", tls=True))

    assert tuple(seen.phases) == (Phase.CONNECT, Phase.TLS)


def test_a_handshake_alone_is_finished(loop, authority):
    """A server sees the end of a handshake that no request follows."""
    issued = authority.issue(NAME)

    async def probed():
        finished = asyncio.Event()

        async def accepts(_reader, writer):
            finished.set()
            writer.close()

        async with serve(accepts, tls=issued.server_context(), greets=True) as wire:
            by = connector(connect_to={f"{NAME}:443": wire.place}, ca_file=str(authority.ca_file))
            seen = await probe(f"{NAME}:443", "tls", by=by)
            async with asyncio.timeout(5):
                await finished.wait()
            return seen

    assert run(loop, probed()).success


def test_one_context_per_setting(authority):
    """Contexts are dear: many probes at once make one for each distinct setting."""
    issued = authority.issue(NAME)

    async def probed():
        async with serve(hangs(), tls=issued.server_context()) as wire:
            by = connector(connect_to={f"{NAME}:443": wire.place}, ca_file=str(authority.ca_file))
            async with asyncio.TaskGroup() as group:
                for verify in [True, False] * 3:
                    group.create_task(probe(f"{NAME}:443", "tls", by=by, verify=verify))
            return by.contexts.made

    assert run("uvloop", probed()) == 2


async def listens_and_closes(reader, writer):
    await reader.read(65536)
    await says(b"")(reader, writer)


SILENT = {
    "it hangs": (hangs(), Sign.TIMEOUT, "tls: the deadline of 0.11s passed"),
    "it speaks no TLS": (says(b"220 hello\r\n"), Sign.TLS, "tls: wrong version number"),
    "it closes": (listens_and_closes, Sign.TLS, "tls: closed in the middle of the TLS handshake"),
}


@pytest.mark.parametrize(("act", "sign", "detail"), SILENT.values(), ids=SILENT)
def test_no_handshake(loop, act, sign, detail):
    """A server that never shakes hands has a connect phase and no certificate."""

    async def probed():
        async with serve(act, greets=True) as wire:
            return await probe(wire.place, "tls", timeout=0.11)

    seen = run(loop, probed())

    assert (sign, detail, None) == (seen.sign, seen.detail, seen.tls)
    assert tuple(seen.phases) == (Phase.CONNECT,)
