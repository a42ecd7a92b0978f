"""What the http prober puts on the wire, and where redirects take it."""

import pytest
from support.wire import answers, connector, probe, run, serve

from claude_exporter.config.secrets import SecretError
from claude_exporter.core.model import Phase, Sign

REQUESTS = {
    "a plain request says no more than it must": (
        {},
        "GET / HTTP/1.1\r\n{head}Connection: close\r\n\r\n",
    ),
    "a body has its length": (
        {"method": "POST", "body": "{}", "headers": {"A": "b"}},
        "POST / HTTP/1.1\r\n{head}A: b\r\nContent-Length: 2\r\nConnection: close\r\n\r\n",
    ),
    "a POST without a body has the length 0": (
        {"method": "POST"},
        "POST / HTTP/1.1\r\n{head}Content-Length: 0\r\nConnection: close\r\n\r\n",
    ),
    "configured headers replace ours, but never the framing": (
        {"headers": {"user-agent": "me", "HOST": "other.test", "Connection": "keep-alive"}},
        "GET / HTTP/1.1\r\nuser-agent: me\r\nHOST: other.test\r\nConnection: close\r\n\r\n",
    ),
}


@pytest.mark.parametrize(("options", "expected"), REQUESTS.values(), ids=REQUESTS)
def test_request(options, expected):
    """The request, byte for byte."""

    async def asked():
        async with serve(answers(200)) as wire:
            await probe(wire.url, **options)
            return wire

    wire = run("uvloop", asked())

    head = f"Host: {wire.place}\r\nUser-Agent: claude-exporter/test\r\n"
    assert wire.requests == [expected.format(head=head).encode()]


def test_path_and_query():
    """A URL is sent escaped, once; its fragment stays here."""

    async def asked():
        async with serve(answers(200)) as wire:
            await probe(f"{wire.url}ä b?q=ü%20&r=1#top")
            return wire.requests

    [request] = run("uvloop", asked())

    assert request.startswith(b"GET /%C3%A4%20b?q=%C3%BC%20&r=1 HTTP/1.1\r\n")


def test_secret_headers(monkeypatch):
    """A secret is read when it is needed and sent as it is."""
    monkeypatch.setenv("KEY", "sk-first")

    async def asked():
        async with serve(answers(200)) as wire:
            seen = await probe(wire.url, headers_from={"x-api-key": {"env": "KEY"}})
            return wire.requests, seen

    [request], seen = run("uvloop", asked())

    assert b"\r\nx-api-key: sk-first\r\n" in request
    assert "sk-first" not in repr(seen)


def test_a_secret_of_two_lines_is_refused(monkeypatch):
    """A secret cannot put a header of its own into the request; the error does not tell it."""
    monkeypatch.setenv("KEY", "sk-first\r\nHost: evil.test")

    with pytest.raises(SecretError, match="expected a secret of one line in env:KEY"):
        run("uvloop", probe("http://127.0.0.1:1/", headers_from={"x-api-key": {"env": "KEY"}}))


METHODS = {
    "301 turns a POST into a GET": (301, "POST", b"GET", False),
    "302 turns a POST into a GET": (302, "POST", b"GET", False),
    "303 turns a PUT into a GET": (303, "PUT", b"GET", False),
    "303 keeps HEAD": (303, "HEAD", b"HEAD", False),
    "307 keeps a POST and its body": (307, "POST", b"POST", True),
    "308 keeps a POST and its body": (308, "POST", b"POST", True),
}


@pytest.mark.parametrize(("status", "method", "then", "body"), METHODS.values(), ids=METHODS)
def test_redirect_method(status, method, then, body):
    """The status says whether the request is repeated or replaced by a GET."""
    given = None if method == "HEAD" else "{}"

    async def asked():
        async with serve(answers(status, location="/next"), answers(200)) as wire:
            seen = await probe(wire.url, method=method, body=given)
            return wire.requests, seen

    [_, request], seen = run("uvloop", asked())

    assert request.startswith(then + b" /next HTTP/1.1\r\n")
    assert (b"Content-Length: 2" in request) == body
    assert (seen.success, seen.http.status, seen.http.redirects) == (True, 200, 1)


HOSTS = {
    "another port is another host": ("http://127.0.0.1:{other}/", False),
    "another name is another host": ("http://localhost:{port}/", False),
    "the same host keeps them": ("/deeper", True),
}


@pytest.mark.parametrize(("location", "kept"), HOSTS.values(), ids=HOSTS)
def test_credentials_stay_home(monkeypatch, location, kept):
    """A redirect to another host never carries what belongs to the first one."""
    monkeypatch.setenv("KEY", "sk-first")
    headers = {"Authorization": "Bearer x", "Cookie": "a=b", "X-Other": "kept"}

    secret = {"x-api-key": {"env": "KEY"}}

    async def asked():
        async def redirect(reader, writer):
            place = location.format(port=wire.port, other=other.port)
            await answers(302, location=place)(reader, writer)

        async with serve(answers(200)) as other, serve(redirect, answers(200)) as wire:
            by = connector(ip_protocol="ip4")
            await probe(wire.url, by=by, headers=headers, headers_from=secret)
            return [*wire.requests, *other.requests][-1]

    request = run("uvloop", asked()).lower()

    assert b"x-other: kept" in request
    for secret in (b"authorization:", b"cookie:", b"x-api-key:"):
        assert (secret in request) == kept


ENDS = {
    "more redirects than allowed": (
        {"max_redirects": 2},
        answers(302, location="/"),
        (Sign.UNEXPECTED, False, "more than 2 redirects", 3, 302),
    ),
    "a redirect that is not followed can be success": (
        {"follow_redirects": False, "valid_statuses": [302]},
        answers(302, location="/"),
        (Sign.OK, True, "", 1, 302),
    ),
    "a redirect that is not followed is no 2xx": (
        {"follow_redirects": False},
        answers(302, location="/"),
        (Sign.UNEXPECTED, False, "status 302", 1, 302),
    ),
    "a redirect to nowhere is an answer": (
        {},
        answers(302),
        (Sign.UNEXPECTED, False, "status 302", 0, 302),
    ),
    "a redirect to what is no URL": (
        {},
        answers(302, location="ftp://x/"),
        (
            Sign.UNEXPECTED,
            False,
            "redirect: expected an http:// or https:// URL, not 'ftp://x/'",
            1,
            302,
        ),
    ),
}


@pytest.mark.parametrize(("options", "act", "expected"), ENDS.values(), ids=ENDS)
def test_redirect_ends(options, act, expected):
    """Redirects are counted with the one that is not followed."""

    async def asked():
        async with serve(act) as wire:
            return await probe(wire.url, **options)

    seen = run("uvloop", asked())

    assert expected == (
        seen.sign,
        seen.success,
        seen.detail,
        seen.http.redirects,
        seen.http.status,
    )


def test_phases_sum_over_redirects():
    """Every hop is a connection of its own, and the phases are their sum."""

    async def asked():
        async with serve(
            answers(302, location="/a"), answers(302, location="/b"), answers(200)
        ) as w:
            return await probe(w.url), w.connections

    seen, connections = run("uvloop", asked())

    assert connections == 3
    assert tuple(seen.phases) == (Phase.CONNECT, Phase.PROCESSING, Phase.TRANSFER)
    assert seen.duration == pytest.approx(sum(seen.phases.values()))
