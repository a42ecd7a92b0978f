"""--web.external-url and --web.route-prefix: what they take, and where the page then is."""

import pytest
from aiohttp.test_utils import TestClient, TestServer
from click.testing import CliRunner
from support.exposed import Exposed

from claude_exporter.cli.serve import serve
from claude_exporter.web.address import Address, address_of
from claude_exporter.web.server import Server

READ = {
    "nothing said": ((None, None), Address("", ""), "/"),
    "a host alone": (("https://a.test", None), Address("https://a.test", ""), "/"),
    "a path prefixes the routes": (
        ("https://a.test:8443/claude/", None),
        Address("https://a.test:8443/claude", "/claude"),
        "/claude/",
    ),
    "unless the proxy takes it off": (
        ("http://a.test/tools/claude", "/"),
        Address("http://a.test/tools/claude", ""),
        "/tools/claude/",
    ),
    "a prefix alone": ((None, "claude/x/"), Address("", "/claude/x"), "/claude/x/"),
    "an empty URL is none": (("", "/x"), Address("", "/x"), "/x/"),
}


@pytest.mark.parametrize(("flags", "address", "home"), READ.values(), ids=READ.keys())
def test_what_the_flags_mean(flags, address, home):
    found = address_of(*flags)
    assert (found, found.home) == (address, home)


REFUSED = {
    "no scheme": ("a.test/claude", None, "external URL: expected http(s)://HOST"),
    "another scheme": ("ftp://a.test/", None, "external URL: expected http(s)://HOST"),
    "no host": ("http:///claude", None, "external URL: expected http(s)://HOST"),
    "a port beyond the last": ("http://a.test:99999/", None, "external URL: expected"),
    "a password": ("http://u:p@a.test/", None, "external URL: expected"),
    "a query": ("http://a.test/?x=1", None, "external URL: expected"),
    "a template for a host": ("http://{{x}}/", None, "external URL: expected"),
    "markup": ("http://a.test/<b>", None, "external URL: expected"),
    "a route with a pattern": (None, "/{x}", "route prefix: expected a path such as /claude"),
    "a route of two slashes": (None, "/a//b", "route prefix: expected a path such as /claude"),
}


@pytest.mark.parametrize(("url", "prefix", "said"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_address_is_refused_with_what_was_wanted(url, prefix, said):
    with pytest.raises(ValueError, match="expected") as caught:
        address_of(url, prefix)
    assert str(caught.value).startswith(said)
    assert repr(url or prefix) in str(caught.value)


def test_the_command_refuses_it_before_it_starts():
    said = CliRunner().invoke(serve, ["--web.external-url=nowhere"])
    assert (said.exit_code, "expected http(s)://HOST" in said.output) == (2, True)


async def no_reload():
    return ""


async def test_all_routes_are_below_the_prefix():
    """And `/`, which Prometheus leads to the page as well."""
    address = address_of("https://a.test/claude", None)
    server = Server(Exposed().exporter, no_reload, address=address)
    async with TestClient(TestServer(server.application())) as client:
        found = {}
        for path in ("/", "/claude", "/claude/", "/claude/metrics", "/metrics", "/claude/x", "/x"):
            async with client.get(path, allow_redirects=False) as answer:
                found[path] = answer.status, answer.headers.get("Location")
        async with client.get("/claude/feed.atom") as answer:
            feed = await answer.text()
    assert found == {
        "/": (302, "/claude/"),
        "/claude": (302, "/claude/"),
        "/claude/": (200, None),
        "/claude/metrics": (200, None),
        "/metrics": (404, None),
        "/claude/x": (404, None),
        "/x": (404, None),
    }
    assert 'href="https://a.test/claude/feed.atom"' in feed
