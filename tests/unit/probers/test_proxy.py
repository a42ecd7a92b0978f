"""Proxies from the environment: which is chosen, and what is said to it."""

import contextlib

import pytest
from support.certificates import Authority
from support.connect_proxy import joins
from support.wire import LOOPS, answers, connector, hangs, probe, run, serve

from claude_exporter.core.model import Phase, Sign
from claude_exporter.probers.addresses import Endpoint
from claude_exporter.probers.proxy import Proxy, ProxyError, proxies_of

ONE = Proxy(Endpoint("one.test", 3128))
TWO = Proxy(Endpoint("two.test", 80))
URL_ONE, URL_TWO = "http://one.test:3128", "http://two.test/"

CHOSEN = {
    "nothing set": ({}, "https", None),
    "HTTPS_PROXY is for https": ({"HTTPS_PROXY": URL_ONE}, "https", ONE),
    "HTTPS_PROXY is not for http": ({"HTTPS_PROXY": URL_ONE}, "http", None),
    "http_proxy is for http": ({"http_proxy": URL_TWO}, "http", TWO),
    "small letters go first": ({"https_proxy": URL_ONE, "HTTPS_PROXY": URL_TWO}, "https", ONE),
    "an empty variable is not set": ({"https_proxy": "", "HTTPS_PROXY": URL_TWO}, "https", TWO),
    "ALL_PROXY is for what has none": ({"ALL_PROXY": URL_ONE}, "http", ONE),
    "a scheme's own goes before ALL_PROXY": (
        {"ALL_PROXY": URL_ONE, "HTTP_PROXY": URL_TWO},
        "http",
        TWO,
    ),
    "a proxy without a scheme speaks http": ({"HTTPS_PROXY": "one.test:3128"}, "https", ONE),
    "HTTP_PROXY is a header where we may be a CGI program": (
        {"HTTP_PROXY": URL_ONE, "REQUEST_METHOD": "GET"},
        "http",
        None,
    ),
    "http_proxy is nobody's header": (
        {"http_proxy": URL_ONE, "REQUEST_METHOD": "GET"},
        "http",
        ONE,
    ),
    "a user and a password become basic authentication": (
        {"HTTPS_PROXY": "http://a%40b:p%3Aw@one.test:3128"},
        "https",
        Proxy(Endpoint("one.test", 3128), "Basic YUBiOnA6dw=="),
    ),
}


@pytest.mark.parametrize(("environ", "scheme", "expected"), CHOSEN.values(), ids=CHOSEN)
def test_chosen(environ, scheme, expected):
    """The environment names the proxy of a scheme."""
    assert proxies_of(environ).proxy_for(scheme, Endpoint("api.test", 443)) == expected


NO_PROXY = {
    "a name": ("api.test", "api.test:443", True),
    "a name covers its subdomains": ("api.test", "eu.api.test:443", True),
    "a name covers no other": ("api.test", "myapi.test:443", False),
    "a dot covers subdomains": (".api.test", "eu.api.test:443", True),
    "a dot does not cover the domain itself": (".api.test", "api.test:443", False),
    "a star and a dot are a dot": ("*.api.test", "eu.api.test:443", True),
    "a port must be the same": ("api.test:8443", "api.test:443", False),
    "the same port": ("api.test:443", "api.test:443", True),
    "an address": ("192.0.2.7", "192.0.2.7:443", True),
    "another address": ("192.0.2.7", "192.0.2.8:443", False),
    "an address with a port": ("192.0.2.7:80", "192.0.2.7:443", False),
    "a network": ("192.0.2.0/24", "192.0.2.200:443", True),
    "a network of IPv6": ("2001:db8::/32", "[2001:db8::7]:443", True),
    "an address of IPv6 with a port": ("[2001:db8::7]:443", "[2001:db8::7]:443", True),
    "a network covers no name": ("0.0.0.0/0", "api.test:443", False),
    "capitals do not matter": ("API.Test", "api.test:443", True),
    "the second entry": ("x.test, api.test ,", "api.test:443", True),
    "everything": ("x.test,*", "api.test:443", True),
    "loopback never has a proxy": ("", "127.0.0.7:443", True),
    "localhost never has a proxy": ("", "localhost:443", True),
    "IPv6 loopback never has a proxy": ("", "[::1]:443", True),
    "nothing": ("", "api.test:443", False),
}


@pytest.mark.parametrize(("text", "place", "direct"), NO_PROXY.values(), ids=NO_PROXY)
def test_no_proxy(text, place, direct):
    """NO_PROXY says which hosts are asked directly."""
    host, _, port = place.rpartition(":")
    proxies = proxies_of({"ALL_PROXY": URL_ONE, "NO_PROXY": text})

    assert (proxies.proxy_for("https", Endpoint(host.strip("[]"), int(port))) is None) == direct


REFUSED = {
    "a SOCKS proxy": ("socks5://u:secret@x:1", "not a socks5:// one"),
    "a proxy behind TLS": ("https://u:secret@x", "not a https:// one"),
    "no host": ("http://", "not one that cannot be read"),
    "no port": ("http://u:secret@x:port", "not one that cannot be read"),
}


@pytest.mark.parametrize(("url", "problem"), REFUSED.values(), ids=REFUSED)
def test_refused(url, problem):
    """A proxy we cannot speak to is refused at once, and its password is not told."""
    with pytest.raises(ProxyError, match=problem) as caught:
        proxies_of({"all_proxy": url})

    assert "secret" not in str(caught.value)
    assert str(caught.value).startswith("all_proxy: expected the URL of an http:// proxy")


def test_the_password_is_not_printed():
    """A proxy prints without its credentials."""
    proxies = proxies_of({"ALL_PROXY": "http://user:secret@one.test"})

    assert "Basic" not in repr(proxies)


def test_plain_http():
    """A plain request goes to the proxy whole, with the target's own headers."""

    async def probed():
        async with serve(answers(200)) as proxy:
            by = connector({"http_proxy": f"http://u:p@{proxy.place}"})
            return await probe("http://api.test/a?b", by=by), proxy.requests

    seen, [request] = run("uvloop", probed())

    assert seen.success
    assert Phase.RESOLVE not in seen.phases
    assert request == (
        b"GET http://api.test/a?b HTTP/1.1\r\nHost: api.test\r\n"
        b"User-Agent: claude-exporter/test\r\nConnection: close\r\n"
        b"Proxy-Authorization: Basic dTpw\r\n\r\n"
    )


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("prober", ["http", "tls"])
def test_tunnel(loop, tmp_path, prober):
    """TLS goes through a tunnel, so that the certificate and the credentials are the target's."""
    authority = Authority(tmp_path)
    issued = authority.issue("api.test")

    async def probed():
        async with contextlib.AsyncExitStack() as stack:
            server = await stack.enter_async_context(
                serve(answers(200), tls=issued.server_context())
            )
            proxy = await stack.enter_async_context(serve(joins(server.port)))
            by = connector(
                {"HTTPS_PROXY": f"http://u:p@{proxy.place}"}, ca_file=str(authority.ca_file)
            )
            address = "https://api.test/" if prober == "http" else "api.test"
            return await probe(address, prober, by=by), proxy.requests, server.requests

    seen, [request], asked = run(loop, probed())

    assert seen.success
    assert request == (
        b"CONNECT api.test:443 HTTP/1.1\r\nHost: api.test:443\r\n"
        b"Proxy-Authorization: Basic dTpw\r\n\r\n"
    )
    assert all(b"Proxy-" not in inner for inner in asked)
    assert seen.tls
    assert seen.tls.fingerprint_sha256 == issued.fingerprint_sha256
    assert tuple(seen.phases)[:2] == (Phase.CONNECT, Phase.TLS)


CLOSED = {
    "the proxy refuses": (
        answers(403),
        Sign.CONNECT,
        "connect: the proxy answered CONNECT with status 403",
    ),
    "the proxy wants a password": (
        answers(407),
        Sign.CONNECT,
        "connect: the proxy answered CONNECT with status 407",
    ),
    "the proxy hangs": (hangs(), Sign.TIMEOUT, "connect: the deadline of 0.11s passed"),
    "the proxy talks nonsense": (
        hangs(b"220 hello\r\n\r\n"),
        Sign.PROTOCOL,
        "connect: Expected HTTP/, RTSP/ or ICE/",
    ),
}


@pytest.mark.parametrize(("act", "sign", "detail"), CLOSED.values(), ids=CLOSED)
def test_no_tunnel(act, sign, detail):
    """A tunnel that does not open is a connection that was not made."""

    async def probed():
        async with serve(act) as proxy:
            by = connector({"ALL_PROXY": proxy.url})
            return await probe("https://api.test/", by=by, timeout=0.11)

    seen = run("uvloop", probed())

    assert (sign, detail, {}) == (seen.sign, seen.detail, dict(seen.phases))


def test_connect_to_goes_before_a_proxy():
    """Where `connect_to` says the place, no proxy is asked."""

    async def probed():
        async with serve(answers(200)) as wire:
            by = connector({"http_proxy": URL_ONE}, connect_to={"api.test:80": wire.place})
            return await probe("http://api.test/", by=by)

    assert run("uvloop", probed()).success


def test_proxies_can_be_turned_off():
    """A configuration that says so hears nothing of the environment."""
    by = connector({"http_proxy": URL_ONE}, proxy_from_environment=False)

    assert by.proxy_for("http", Endpoint("api.test", 80)) is None
