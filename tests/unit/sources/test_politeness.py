"""How often a page is asked in an hour, counted at its sockets: as docs/status-page.md has it."""

import re
from pathlib import Path

import pytest
from support.clock import FakeClock
from support.statuspage_body import COMPONENTS, PAGE_ID, body
from support.statuspage_polls import OFFLINE, Page
from support.statuspage_server import PageServer, Reply, json_reply, with_etag

from claude_exporter.sources.http import make_client
from claude_exporter.sources.statuspage import StatusPage

DOCUMENT = Path(__file__).parents[3] / "docs" / "status-page.md"
BODY = body()
WAF = Reply(status=405, headers={"x-amzn-waf-action": "captcha"})
ASKED_AWAY = Reply(status=429, headers={"retry-after": "1800"})
BROKEN = Reply(status=500)

HOURS = {
    "a page that does not change": (with_etag(BODY), with_etag(BODY)),
    "a page without ETag": (json_reply(BODY), json_reply(BODY)),
    "a challenge (WAF) at the first address": (WAF, with_etag(BODY)),
    "429 with `retry-after: 1800` at the first address": (ASKED_AWAY, with_etag(BODY)),
    "a challenge at both addresses": (WAF, WAF),
    "429 with `retry-after: 1800` at both": (ASKED_AWAY, ASKED_AWAY),
    "500 at the first address": (BROKEN, with_etag(BODY)),
    "500 at both addresses": (BROKEN, BROKEN),
}
"""What the two addresses of a page answer for an hour, to every request."""


def stated():
    """The rows of the document's table: case, requests to each address, full bodies."""
    rows = re.findall(
        r"^\| ([^|]+) \| (\d+) \| (\d+) \| (\d+) \|$", DOCUMENT.read_text("utf-8"), re.MULTILINE
    )
    return {name: tuple(map(int, counts)) for name, *counts in rows}


def counted(script, bodies):
    """The script, which notes each reply with the page in it."""

    def answer(request):
        reply = script if isinstance(script, Reply) else script(request)
        if reply.status == 200:
            bodies.append(request)
        return reply

    return answer


async def an_hour(first, second):
    """60 polls, a minute apart; requests at each address, and bodies that were sent in full."""
    bodies = []
    async with (
        PageServer(counted(first, bodies)) as one,
        PageServer(counted(second, bodies)) as other,
        make_client(OFFLINE) as client,
    ):
        clock = FakeClock()
        page = Page(url=one.url, aliases=(other.url,), components=COMPONENTS)
        source = StatusPage(page, client, clock, PAGE_ID)
        for _ in range(60):
            await source.poll()
            await clock.advance(60.0)
        asked = [*one.requests, *other.requests]
        counts = (len(one.requests), len(other.requests), len(bodies))
        return counts, {each.target for each in asked}


@pytest.mark.parametrize("case", HOURS)
async def test_an_hour(case):
    """Exactly as many as the document states."""
    counts, targets = await an_hour(*HOURS[case])
    assert counts == stated()[case]
    assert targets <= {"/api/v2/summary.json", "/history.atom"}


def test_the_document_has_every_case():
    assert list(stated()) == list(HOURS)
