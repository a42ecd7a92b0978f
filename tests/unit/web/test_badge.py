"""The badge: its words, its title, who may keep and embed it."""

from xml.etree import ElementTree as ET

import pytest
from aiohttp.test_utils import TestClient, TestServer
from support.exposed import STATES

from claude_exporter.core.model import WATCHED, Surface
from claude_exporter.web.badge import badge_of, badge_svg, wanted_surface
from claude_exporter.web.server import Server

SVG = "{http://www.w3.org/2000/svg}"
WORDS = {
    "fine": ("healthy", None, "Claude: works"),
    "an outage, by its worst": ("outage_unacknowledged", None, "Claude: down"),
    "an outage, of one that works": ("outage_unacknowledged", Surface.WEB, "claude.ai: works"),
    "an outage, of one that does not": ("outage_acknowledged", Surface.API, "Claude API: down"),
    "nothing known": ("before_the_first_probe", None, "Claude: not known"),
    "no word about Claude without a network": (
        "network_down",
        Surface.API,
        "Claude API: cannot tell from here",
    ),
}


@pytest.mark.parametrize(("state", "surface", "title"), WORDS.values(), ids=WORDS.keys())
async def test_the_words_are_the_title(state, surface, title):
    """For who cannot see it, and for who can."""
    exposed = await STATES[state]()
    tree = ET.fromstring(badge_svg(badge_of(exposed.exporter.judge(), surface)))  # noqa: S314
    assert (tree.get("role"), tree.find(f"{SVG}title").text) == ("img", title)
    assert ": ".join(text.text for text in tree.iter(f"{SVG}text")) == title


def test_only_what_has_a_verdict_has_a_badge():
    assert {wanted_surface(name) for name in WATCHED} == set(WATCHED)
    assert wanted_surface(None) is None
    for name in ("control", "", "API", "<b>" * 100):
        with pytest.raises(ValueError, match="expected one of web, api, code, console"):
            wanted_surface(name)


async def no_reload():
    return ""


async def test_it_may_be_embedded_and_kept_for_a_minute():
    exposed = await STATES["healthy"]()
    server = Server(exposed.exporter, no_reload)
    async with TestClient(TestServer(server.application())) as client:
        async with client.get("/badge.svg?surface=api") as answer:
            kept = answer.headers["Cache-Control"], answer.headers["Cross-Origin-Resource-Policy"]
            kind, tag = answer.headers["Content-Type"], answer.headers["ETag"]
        for path, known, status in (
            ("/badge.svg?surface=api", tag, 304),
            ("/badge.svg?surface=api", f'"x", W/{tag}', 304),
            ("/badge.svg?surface=web", tag, 200),
            ("/badge.svg?surface=nobody", "", 404),
        ):
            async with client.get(path, headers={"If-None-Match": known}) as answer:
                assert (path, answer.status) == (path, status)
                body = await answer.text()
                assert bool(body) is (status != 304)
    assert kept == ("max-age=60", "cross-origin")
    assert kind.startswith("image/svg+xml")
    assert body == "Unknown surface 'nobody': expected one of web, api, code, console\n"
