"""The client of the sources: where it dials, whom it believes, what it says about itself."""

import asyncio

import h2.config
import h2.connection
import h2.events
import httpx
import pytest
from support.dns_server import answer, serve_dns
from support.statuspage_body import recorded
from support.statuspage_polls import Page, polled
from support.statuspage_server import PageServer, Reply, json_reply

from claude_exporter.core.page_model import PageFault
from claude_exporter.probers.proxy import ProxyError
from claude_exporter.probers.spec import NetworkSettings
from claude_exporter.probers.trust import TrustError
from claude_exporter.runtime.clock import SystemClock
from claude_exporter.simulator.authority import Authority, Flaw
from claude_exporter.sources.http import USER_AGENT, make_client
from claude_exporter.sources.statuspage import CLAUDE_PAGE_ID, StatusPage

HOST = "status.claude.com"
OK = recorded("summary-ok")
NOBODY = "127.0.0.1:1"


def network(**settings):
    return NetworkSettings(**{"proxy_from_environment": False} | settings)


def loopback(query):
    """What a DNS server says that knows every name as 127.0.0.1."""
    yield answer(query, f"{query.question[0].name} 7 IN A 127.0.0.1").to_wire()


def nothing(query):
    """What a DNS server says that knows no name."""
    yield answer(query, rcode="NXDOMAIN").to_wire()


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


async def report_of(settings, url=f"https://{HOST}"):
    async with make_client(settings) as client:
        page = Page(url=url, timeout=5.0)
        return await StatusPage(page, client, SystemClock(), CLAUDE_PAGE_ID).poll()


async def test_dialled_elsewhere_the_names_stay(authority):
    """Connected to loopback, Host, SNI and the certificate's name are the page's own."""
    context = authority.context(HOST)
    names = []
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    async with PageServer(json_reply(OK), tls=context) as server:
        elsewhere = {f"{HOST}:443": server.address}
        report = await report_of(network(connect_to=elsewhere, ca_file=str(authority.ca_file)))

        assert (report.fault, report.detail) == (None, f"read from {HOST}")
        assert names == [HOST]
        assert server.requests[0].headers["host"] == HOST


async def test_an_unknown_authority_is_not_believed(authority):
    """Without its CA file the simulated page is a TLS fault."""
    async with PageServer(json_reply(OK), tls=authority.context(HOST)) as server:
        report = await report_of(network(connect_to={f"{HOST}:443": server.address}))

    assert report.fault is PageFault.TLS
    assert "certificate verify failed" in report.detail


@pytest.mark.parametrize("flaw", [Flaw.EXPIRED, Flaw.SELF_SIGNED, Flaw.WRONG_HOST])
async def test_a_bad_certificate_is_a_tls_fault(authority, flaw):
    """A certificate that does not verify is a fault of TLS, whatever is wrong with it."""
    async with PageServer(json_reply(OK), tls=authority.context(HOST, flaw)) as server:
        elsewhere = {f"{HOST}:443": server.address}
        report = await report_of(network(connect_to=elsewhere, ca_file=str(authority.ca_file)))

    assert report.fault is PageFault.TLS


async def test_own_resolver():
    """Names are asked of the configured DNS server, and only of it."""
    async with serve_dns(loopback) as names, PageServer(json_reply(OK)) as server:
        settings = network(resolver=f"127.0.0.1:{names.port}", ip_protocol="ip4")
        report = await report_of(settings, f"http://{HOST}:{server.port}")

        assert report.fault is None
        assert [str(query.question[0]) for query in names.queries] == [f"{HOST}. IN A"]


async def test_a_name_that_is_not():
    """A name that the DNS server does not know is a fault of DNS."""
    async with serve_dns(nothing) as names:
        report = await report_of(network(resolver=f"127.0.0.1:{names.port}"))

    assert report.fault is PageFault.DNS
    assert report.detail.startswith(f"{HOST}: {HOST}: ")


async def test_a_name_the_system_does_not_know():
    """A name that can never be is a fault of DNS by the system's resolver too."""
    report = await report_of(network(), "http://status.invalid")

    assert report.fault is PageFault.DNS


async def test_the_next_address_is_tried():
    """Where a name has several addresses, one at which nobody listens is not the end."""

    def two_of_them(query):
        name = query.question[0].name
        yield answer(query, f"{name} 7 IN A 127.0.0.2", f"{name} 7 IN A 127.0.0.1").to_wire()

    async with serve_dns(two_of_them) as names, PageServer(json_reply(OK)) as server:
        settings = network(resolver=f"127.0.0.1:{names.port}", ip_protocol="ip4")
        report = await report_of(settings, f"http://{HOST}:{server.port}")

    assert report.fault is None


async def test_no_cookies():
    """A cookie that the page sets never comes back."""
    async with polled(Reply(body=OK, headers={"set-cookie": "a=b; Path=/"})) as (server, page, _):
        await page.poll()
        await page.poll()

        assert [request.headers.get("cookie") for request in server.requests] == [None, None]


async def test_proxy():
    """A proxy of the environment is asked for the page, with its password, by our name."""
    async with PageServer(json_reply(OK)) as proxy:
        environ = {"http_proxy": f"http://me:secret@{proxy.address}"}
        async with make_client(NetworkSettings(), environ=environ) as client:
            got = await client.get("http://status.claude.com/api")

        [request] = proxy.requests
        assert (got.status_code, request.target) == (200, "http://status.claude.com/api")
        assert request.headers["proxy-authorization"] == "Basic bWU6c2VjcmV0"
        assert request.headers["user-agent"] == USER_AGENT


DIRECT = {
    "exempt by the environment": ({"no_proxy": "status.test"}, {}, "status.test"),
    "loopback": ({}, {}, "127.0.0.1"),
    "proxies switched off": ({}, {"proxy_from_environment": False}, "status.test"),
}


@pytest.mark.parametrize(("more", "settings", "host"), DIRECT.values(), ids=DIRECT)
async def test_no_proxy(more, settings, host):
    """Addresses that need no proxy are dialled without it."""
    async with serve_dns(loopback) as names, PageServer(Reply()) as server:
        settings = {"resolver": f"127.0.0.1:{names.port}", "ip_protocol": "ip4"} | settings
        environ = {"http_proxy": f"http://{NOBODY}", **more}
        async with make_client(NetworkSettings(**settings), environ=environ) as client:
            got = await client.get(f"http://{host}:{server.port}/")

    assert got.status_code == 200


async def test_what_is_dialled_elsewhere_needs_no_proxy():
    """An address in `connect_to` is dialled directly, whatever proxy there is."""
    async with PageServer(Reply()) as server:
        settings = NetworkSettings(connect_to={"status.test:80": server.address})
        environ = {"http_proxy": f"http://{NOBODY}"}
        async with make_client(settings, environ=environ) as client:
            got = await client.get("http://status.test/")

    assert got.status_code == 200


def test_a_proxy_of_another_kind_is_said():
    """A proxy we cannot speak to is refused at the start, without its password."""
    environ = {"https_proxy": "socks5://me:secret@127.0.0.1:1080"}
    with pytest.raises(ProxyError, match="socks5") as caught:
        make_client(NetworkSettings(), environ=environ)

    assert "secret" not in str(caught.value)


def test_a_missing_ca_file_is_said(tmp_path):
    """A CA file that is not there is refused at the start, by its name."""
    with pytest.raises(TrustError, match=r"nowhere\.pem"):
        make_client(network(ca_file=str(tmp_path / "nowhere.pem")))


async def test_http_2(authority):
    """Where the page speaks HTTP/2, so do we."""
    context = authority.context(HOST)
    context.set_alpn_protocols(["h2"])
    server = await asyncio.start_server(_answer_http_2, "127.0.0.1", 0, ssl=context)
    async with server:
        port = server.sockets[0].getsockname()[1]
        elsewhere = {f"{HOST}:443": f"127.0.0.1:{port}"}
        settings = network(connect_to=elsewhere, ca_file=str(authority.ca_file))
        async with make_client(settings) as client:
            got = await client.get(f"https://{HOST}/")

    assert (got.http_version, got.status_code) == ("HTTP/2", httpx.codes.NO_CONTENT)


async def _answer_http_2(reader, writer):
    connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
    connection.initiate_connection()
    writer.write(connection.data_to_send())
    while data := await reader.read(65_536):
        for event in connection.receive_data(data):
            if isinstance(event, h2.events.RequestReceived):
                connection.send_headers(event.stream_id, [(":status", "204")], end_stream=True)
        writer.write(connection.data_to_send())
    writer.close()
