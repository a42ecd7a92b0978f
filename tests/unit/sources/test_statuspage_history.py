"""The history feed: what it says, what is no feed, and when a page's history is asked at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.statuspage_body import COMPONENTS, PAGES, recorded
from support.statuspage_polls import polled
from support.statuspage_server import Reply, json_reply, with_etag

from claude_exporter.core.model import Surface
from claude_exporter.core.page_model import (
    Impact,
    Incident,
    IncidentPhase,
    Maintenance,
    MaintenancePhase,
    PageContent,
    PageFault,
)
from claude_exporter.sources.statuspage_atom import history_of
from claude_exporter.sources.statuspage_content import UnreadableError

FEED = (PAGES / "history.atom").read_bytes()
LOCAL_FEED = FEED.replace(b"tag:status.claude.com", b"tag:127.0.0.1")
OK = recorded("summary-ok")
HOSTS = frozenset({"status.claude.com", "anthropic.statuspage.io"})
KNOWN_HOSTS = "anthropic.statuspage.io, status.claude.com"
CAPTCHA = Reply(status=405, headers={"x-amzn-waf-action": "captcha"})
NOTE = "the history has no components and no impact"

CONTENT = PageContent(
    page_id="",
    name="Claude Status",
    indicator=Impact.UNKNOWN,
    incidents=(
        Incident(
            id="7h3k9q2m5xvb",
            name="Elevated errors on Claude Opus 4.1",
            phase=IncidentPhase.IDENTIFIED,
            impact=Impact.UNKNOWN,
            surfaces=frozenset({Surface.API, Surface.WEB, Surface.CODE}),
            models=frozenset({"opus 4.1"}),
            updated_at=1780398187.0,
            link="https://status.claude.com/incidents/7h3k9q2m5xvb",
        ),
    ),
    maintenances=(
        Maintenance(
            id="p4w8r6t2y0zc",
            name="Database maintenance of the Console",
            phase=MaintenancePhase.IN_PROGRESS,
            surfaces=frozenset({Surface.CONSOLE}),
            starts_at=None,
            ends_at=None,
        ),
    ),
    updated_at=1780398187.0,
)


def test_history():
    """What is open in the feed, by the ids of the summary, is the content; what is over is not."""
    reading = history_of(FEED, COMPONENTS, HOSTS)

    assert reading.content == CONTENT
    assert reading.notes == (NOTE,)


def test_an_entry_without_a_status_is_no_incident():
    """An entry that does not say how far it is counts as nothing, and is counted."""
    feed = FEED.replace(b"strong&gt;In progress&lt;/strong", b"b&gt;In progress&lt;/b")
    reading = history_of(feed, COMPONENTS, HOSTS)

    assert (reading.content.incidents, reading.content.maintenances) == (CONTENT.incidents, ())
    assert reading.notes == (NOTE, "1 entries without a status left out")


BOMB = b'<!DOCTYPE f [<!ENTITY a "aaaa">]><feed xmlns="http://www.w3.org/2005/Atom">&a;</feed>'
REFUSED = {
    "an empty body": (b"", "expected an Atom feed, not an empty body"),
    "HTML": (
        b"<!DOCTYPE html><title>Just a moment...",
        "expected an Atom feed, not '<!DOCTYPE html><title>Just a moment...'",
    ),
    "entities that could be expanded": (BOMB, f"expected an Atom feed, not {BOMB[:40].decode()!r}"),
    "another XML": (b"<rss/>", "expected an Atom feed, not '<rss/>'"),
    "a feed cut short": (
        FEED[:97],
        """expected an Atom feed, not '<?xml version="1.0" encoding="UTF-8"?> <'""",
    ),
    "bytes that are no text": (b"\xff\xfe<", "expected an Atom feed, not '\ufffd\ufffd<'"),
    "the feed of another page": (
        FEED.replace(b"tag:status.claude.com", b"tag:status.example.com"),
        f"expected the history of {KNOWN_HOSTS}, not status.example.com",
    ),
    "a feed that is no history": (
        b'<feed xmlns="http://www.w3.org/2005/Atom"><id>x</id></feed>',
        f"expected the history of {KNOWN_HOSTS}, not a feed of something else",
    ),
    "past entries whose status cannot be read are not open incidents": (
        FEED.replace(b"strong", b"b"),
        "expected entries with a status, none of 3 has one",
    ),
}


@pytest.mark.parametrize(("body", "message"), REFUSED.values(), ids=REFUSED)
def test_unreadable(body, message):
    """What is no history of this page raises, and says what was wanted and what was found."""
    with pytest.raises(UnreadableError) as caught:
        history_of(body, COMPONENTS, HOSTS)

    assert str(caught.value) == message


@given(st.binary(max_size=200))
def test_any_bytes_are_refused(body):
    """No random bytes are ever a feed, and none make us fail otherwise."""
    with pytest.raises(UnreadableError):
        history_of(body, COMPONENTS, HOSTS)


def test_an_empty_history_is_all_quiet():
    """A feed of this page without entries has no incidents."""
    feed = FEED[: FEED.index(b"<entry>")] + b"</feed>"

    assert history_of(feed, COMPONENTS, HOSTS).content.incidents == ()


def page_of(summary, history):
    """A script with one answer for the summary and one for the history."""

    def answer(request):
        chosen = history if request.target == "/history.atom" else summary
        return chosen if isinstance(chosen, Reply) else chosen(request)

    return answer


def targets(server):
    return [request.target.rpartition("/")[2] for request in server.requests]


async def test_a_page_never_read_is_read_by_its_history():
    """Where the summary is behind a challenge from the start, the history says what it can."""
    async with polled(page_of(CAPTCHA, Reply(body=LOCAL_FEED))) as (server, page, _):
        report = await page.poll()

        assert (report.fault, report.content.incidents[0].name) == (
            None,
            CONTENT.incidents[0].name,
        )
        assert report.detail == (
            f"read from {server.address}/history.atom; {NOTE}; {server.address}: "
            "expected the page, not a challenge (HTTP 405, x-amzn-waf-action: captcha)"
        )


async def test_the_history_waits_until_the_summary_is_old():
    """Three intervals the last summary stays; then each poll reads the history by its ETag."""
    script = page_of(json_reply(OK), with_etag(LOCAL_FEED))
    async with polled(script) as (server, page, clock):
        first = await page.poll()
        server.script = page_of(CAPTCHA, with_etag(LOCAL_FEED))
        asked, faults, components = [], [], []
        for _ in range(6):
            await clock.advance(60)
            before = len(server.requests)
            report = await page.poll()
            asked.append(targets(server)[before:])
            faults.append(report.fault)
            components.append(len(report.content.components))

        assert len(first.content.components) == 6
        assert asked == [
            ["summary.json"],
            [],
            ["summary.json", "history.atom"],
            ["history.atom"],
            ["history.atom"],
            ["history.atom"],
        ]
        assert faults == [PageFault.WAF, PageFault.WAF, None, None, None, None]
        assert components == [6, 6, 0, 0, 0, 0]
        assert server.requests[-1].headers["if-none-match"] == 'W/"7f"'


async def test_the_summary_is_taken_again_at_once():
    """As soon as the summary may be asked and answers, it is what counts."""
    async with polled(page_of(CAPTCHA, Reply(body=LOCAL_FEED))) as (server, page, clock):
        await page.poll()
        server.script = page_of(json_reply(OK), Reply(body=LOCAL_FEED))
        await clock.advance(120)
        report = await page.poll()

        assert len(report.content.components) == 6
        assert targets(server) == ["summary.json", "history.atom", "summary.json"]


NOT_ASKED = {
    "a rate limit": Reply(status=429),
    "a connection that breaks": Reply(raw=b""),
    "a body too long": Reply(body=b" " * 65_536, endless=True),
}


@pytest.mark.parametrize("reply", NOT_ASKED.values(), ids=NOT_ASKED)
async def test_the_history_is_not_asked(reply):
    """After a fault that its history would meet as well, an address is not asked for it."""
    async with polled(page_of(reply, Reply(body=LOCAL_FEED))) as (server, page, clock):
        await page.poll()
        await clock.advance(60)
        await page.poll()

        assert "history.atom" not in targets(server)
