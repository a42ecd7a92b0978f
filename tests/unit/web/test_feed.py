"""The Atom feed: what is news, and what a reader relies on."""

from dataclasses import replace
from datetime import datetime
from xml.etree import ElementTree as ET

import pytest
from aiohttp.test_utils import TestClient, TestServer
from support.exposed import STATES

from claude_exporter.core.model import Action, Surface
from claude_exporter.runtime.history import Change
from claude_exporter.web.feed import ENTRIES, feed_atom
from claude_exporter.web.server import Server

ATOM = "{http://www.w3.org/2005/Atom}"
HOME = "https://tools.test/claude/"
START = 1_700_000_003.0


def change(at, row, title="Claude is down, and nobody says so", **more):
    return Change(
        **{
            "at": START + at,
            "surface": Surface.API,
            "action": Action.ESCALATE,
            "row": row,
            "title": title,
            "reason": "It has failed.",
            **more,
        }
    )


FINE = change(0, "fine", "Claude works")
DOWN = change(600, "unacknowledged")
UNKNOWN = change(1200, "unknown", "Cannot tell yet")
NEWS = {
    "that it works when we first look": ([FINE], []),
    "an outage, and its end": (
        [FINE, DOWN, change(900, "fine", "Claude works")],
        ["Claude API: Down, and nobody says so", "Claude API: works"],
    ),
    "not that nothing is known after a restart": (
        [DOWN, UNKNOWN, change(1230, "unacknowledged")],
        ["Claude API: Down, and nobody says so"],
    ),
    "but that nothing is known for long": (
        [DOWN, UNKNOWN, change(1500, "unacknowledged")],
        [
            "Claude API: Down, and nobody says so",
            "Claude API: Cannot tell yet",
            "Claude API: Down, and nobody says so",
        ],
    ),
    "each surface by itself": (
        [DOWN, replace(DOWN, surface=Surface.WEB), UNKNOWN],
        ["Claude API: Down, and nobody says so", "claude.ai: Down, and nobody says so"],
    ),
}


@pytest.mark.parametrize(("changes", "titles"), NEWS.values(), ids=NEWS.keys())
def test_what_is_news(changes, titles):
    feed = parsed(feed_atom(changes, HOME, START, START + 1499))
    assert [each.find(f"{ATOM}title").text for each in feed.iter(f"{ATOM}entry")] == titles[::-1]


def parsed(text):
    return ET.fromstring(text)  # noqa: S314


def assert_valid(feed):
    """What RFC 4287 asks of a feed and its entries."""
    assert feed.tag == f"{ATOM}feed"
    ids = [each.text for each in feed.iter(f"{ATOM}id")]
    assert len(set(ids)) == len(ids)
    assert all(each.startswith("urn:uuid:") for each in ids)
    assert feed.find(f"{ATOM}author/{ATOM}name").text
    for element in (feed, *feed.iter(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"{ATOM}{name}")) == 1
        datetime.fromisoformat(element.find(f"{ATOM}updated").text)
    links = {each.get("rel"): each.get("href") for each in feed.findall(f"{ATOM}link")}
    assert links == {"self": f"{HOME}feed.atom", "alternate": f"{HOME}history"}


def test_a_feed_is_valid_with_and_without_entries():
    for changes in ([], [FINE], [DOWN]):
        assert_valid(parsed(feed_atom(changes, HOME, START, START + 9)))


def test_what_others_write_is_text():
    """Markup, letters that XML forbids, and lines."""
    odd = change(600, "acknowledged", "<b>&\x00\x1b\ufffe]]>", reason="a\n<script>\ud800")
    feed = parsed(feed_atom([odd], HOME, START, START).encode("utf-8", "strict"))
    assert feed.find(f"{ATOM}entry/{ATOM}title").text == "Claude API: <b>&]]>"
    assert feed.find(f"{ATOM}entry/{ATOM}summary").text == "a <script>"


def test_the_newest_are_first_and_bounded():
    """Each keeps its id while others come and go."""
    many = [change(60 * n, "unacknowledged" if n % 2 else "fine", f"T{n}") for n in range(300)]
    one, two = (parsed(feed_atom(many[:last], HOME, START, START)) for last in (299, 300))
    first, second = (
        [each.find(f"{ATOM}id").text for each in feed.iter(f"{ATOM}entry")] for feed in (one, two)
    )
    assert (len(first), second[1:]) == (ENTRIES, first[:-1])
    assert two.find(f"{ATOM}updated").text == two.find(f"{ATOM}entry/{ATOM}updated").text


async def no_reload():
    return ""


async def test_who_has_the_feed_is_told_so():
    """Until there is news."""
    exposed = await STATES["outage_unacknowledged"]()
    server = Server(exposed.exporter, no_reload)
    async with TestClient(TestServer(server.application())) as client:
        async with client.get("/feed.atom") as answer:
            home = str(client.make_url("/"))
            tag, kind = answer.headers["ETag"], answer.headers["Content-Type"]
            feed = parsed(await answer.text())
        async with client.get("/feed.atom", headers={"If-None-Match": tag}) as answer:
            same = answer.status, await answer.text(), answer.headers["ETag"]
        await exposed.pass_time(60)
        async with client.get("/feed.atom", headers={"If-None-Match": tag}) as answer:
            other = answer.status
    assert kind == "application/atom+xml; charset=utf-8"
    assert same == (304, "", tag)
    assert other == 200
    assert feed.find(f"{ATOM}link").get("href") == f"{home}feed.atom"
