"""The page in a real browser: what it says, that nothing complains, and what it looks like."""

import os
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from support.browser import Browser
from support.exposed import STATES

from claude_exporter.web.guard import HEADERS
from claude_exporter.web.server import Server

pytestmark = pytest.mark.e2e

IMAGES = Path(__file__).parents[2] / "docs" / "images"
FIRING = b"""{"receiver": "pager", "alerts": [{"status": "firing",
 "labels": {"alertname": "ClaudeOutageUnacknowledged", "surface": "api"},
 "annotations": {"summary": "Claude api is down and nobody says so"}}]}"""
LOOKS = {
    "fine": ("healthy", "Claude works"),
    "an outage that nobody acknowledges": (
        "outage_unacknowledged",
        "Claude API and Claude Code are down, and nobody says so",
    ),
    "our network is down": ("network_down", "Your network is down, not Claude"),
}
SIZES = {360: 2300, 1280: 1400}


async def no_reload():
    return ""


@pytest.mark.parametrize(("state", "headline"), LOOKS.values(), ids=LOOKS.keys())
async def test_page_in_a_browser(state, headline, tmp_path):
    """On a phone and on a desk, light and dark: the headline is there, the console is silent."""
    exposed = await STATES[state]()
    server = Server(exposed.exporter, no_reload)
    if state == "outage_unacknowledged":
        server.notifications.take(FIRING, exposed.clock.now() - 181)
    browser = Browser(tmp_path)
    pictures = {}
    async with TestServer(server.application()) as running:
        url = str(running.make_url("/"))
        dom, complaints = await browser.dom(url)
        assert f">{headline}</h1>" in dom
        for width, height in SIZES.items():
            for scheme in ("light", "dark"):
                path = tmp_path / f"{state}-{width}-{scheme}.png"
                look = {"width": width, "height": height, "scheme": scheme}
                complaints += await browser.picture(url, path, **look)
                pictures[width, scheme] = path.read_bytes()
        if os.environ.get("PICTURES") == "write" and state == "outage_unacknowledged":
            IMAGES.mkdir(exist_ok=True)
            picture = IMAGES / "page-outage.png"
            await browser.picture(url, picture, width=1280, height=860, scheme="light")
    assert complaints == []
    assert {width_of(picture) for picture in pictures.values()} == set(SIZES)
    assert len(set(pictures.values())) == len(pictures)


def width_of(png):
    """Pixels, from the header of a PNG file."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    return int.from_bytes(png[16:20], "big")


def test_the_picture_of_the_documents_is_small():
    """Below 200 kB; PICTURES=write makes it again."""
    picture = (IMAGES / "page-outage.png").read_bytes()
    assert (width_of(picture), len(picture) < 200_000) == (1280, True)


async def test_a_browser_that_refuses_something_says_so(tmp_path):
    """The silence above means something: an inline style is refused, and we hear of it."""

    async def styled(request):
        del request
        html = "<!doctype html><p style='color: red'>x"
        return web.Response(text=html, content_type="text/html", headers=HEADERS)

    app = web.Application()
    app.add_routes([web.get("/", styled)])
    async with TestServer(app) as running:
        _, complaints = await Browser(tmp_path).dom(str(running.make_url("/")))
    assert any("Content Security Policy" in each for each in complaints)
