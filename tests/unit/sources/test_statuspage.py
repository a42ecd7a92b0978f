"""Polls of a status page over real sockets, from a page that behaves and from pages that do not."""

import asyncio
import json
import tracemalloc
from dataclasses import replace

import pytest
from support.clock import FakeClock
from support.statuspage_body import (
    API_ID,
    CODE_ID,
    COMPONENTS,
    PAGE_ID,
    WEB_ID,
    body,
    component,
    incident,
    recorded,
    update,
)
from support.statuspage_polls import OFFLINE, Page, polled
from support.statuspage_server import (
    HANG,
    PageServer,
    Reply,
    gzipped,
    in_turn,
    json_reply,
    with_etag,
)

from claude_exporter.core.model import Surface
from claude_exporter.core.page_model import ComponentStatus, Impact, PageFault, PageReport
from claude_exporter.sources.http import USER_AGENT, make_client
from claude_exporter.sources.statuspage import StatusPage
from claude_exporter.sources.statuspage_content import content_of

MIB = 2**20
OK = recorded("summary-ok")
OUTAGE = recorded("summary-outage")


def statuses(report):
    return {each.id: each.status for each in report.content.components}


@pytest.mark.parametrize("name", ["summary-ok", "summary-outage"])
async def test_recorded_page(name):
    """A recorded page comes through the real HTTP path as the content it has."""
    async with polled(json_reply(recorded(name))) as (server, page, clock):
        report = await page.poll()

        assert report == PageReport(
            page="claude",
            polled_at=clock.now(),
            detail=f"read from {server.address}",
            content=content_of(recorded(name), COMPONENTS),
            read_at=clock.now(),
        )


async def test_request():
    """The request says who asks, takes what we can unpack, and asks for the summary."""
    async with polled(json_reply(OK)) as (server, page, _):
        await page.poll()

        [request] = server.requests
        assert (request.method, request.target) == ("GET", "/api/v2/summary.json")
        assert request.headers == {
            "host": server.address,
            "user-agent": USER_AGENT,
            "accept": "application/json",
            "accept-encoding": "gzip",
            "connection": "keep-alive",
        }


async def test_politeness():
    """Of 31 polls of a page that does not change, one takes the body and 30 take a 304."""
    async with polled(with_etag(OK)) as (server, page, clock):
        first = await page.poll()
        for _ in range(30):
            await clock.advance(60)
            last = await page.poll()

        conditions = [request.headers.get("if-none-match") for request in server.requests]
        assert conditions == [None] + ['W/"7f"'] * 30
        assert server.sent < len(OK) + 31 * 200
        assert last == replace(
            first,
            polled_at=clock.now(),
            read_at=clock.now(),
            detail=f"unchanged, read from {server.address}",
        )


async def test_a_304_that_was_not_asked_for_is_a_fault():
    """Without a condition a 304 says nothing about the page."""
    async with polled(Reply(status=304)) as (server, page, _):
        report = await page.poll()

        assert (report.fault, report.content) == (PageFault.HTTP_STATUS, None)
        assert report.detail.startswith(f"{server.address}: expected HTTP 200, not 304")


CHALLENGE = {"x-amzn-waf-action": "captcha"}
FAULTS = {
    "missing keys are neither outage nor all-clear": (
        Reply(body=b'{"page": {}}'),
        PageFault.UNREADABLE,
        "expected the key `components`, found only page",
    ),
    "an empty body is unreadable": (
        Reply(),
        PageFault.UNREADABLE,
        "expected JSON, not an empty body",
    ),
    "HTML is unreadable": (
        Reply(body=b"<html>hotel"),
        PageFault.UNREADABLE,
        "expected JSON, not '<html>hotel'",
    ),
    "JSON cut short is unreadable": (
        Reply(body=OK[:3]),
        PageFault.UNREADABLE,
        "expected JSON, not '{'",
    ),
    "another page is unreadable": (
        Reply(body=body(page={"id": "other", "name": "Other"})),
        PageFault.UNREADABLE,
        f"expected the page {PAGE_ID}, not other",
    ),
    "gzip that is none is unreadable": (
        Reply(body=OK, headers={"content-encoding": "gzip"}),
        PageFault.UNREADABLE,
        "expected gzip, Error -3 while decompressing data: incorrect header check",
    ),
    "gzip cut short is unreadable": (
        replace(gzipped(OK), body=gzipped(OK).body[:-9]),
        PageFault.UNREADABLE,
        "expected gzip to its end, it was cut short",
    ),
    "an encoding we did not ask for is unreadable": (
        Reply(body=OK, headers={"content-encoding": "br"}),
        PageFault.UNREADABLE,
        "expected gzip or no encoding, not 'br'",
    ),
    "a server error is a status": (
        Reply(status=500, body=OK),
        PageFault.HTTP_STATUS,
        "expected HTTP 200, not 500",
    ),
    "not found is a status": (
        Reply(status=404),
        PageFault.HTTP_STATUS,
        "expected HTTP 200, not 404",
    ),
    "a redirect to nowhere is a status": (
        Reply(status=302),
        PageFault.HTTP_STATUS,
        "expected HTTP 200, not 302",
    ),
    "a plain 403 is a status": (
        Reply(status=403),
        PageFault.HTTP_STATUS,
        "expected HTTP 200, not 403",
    ),
    "an empty 202 with the header is a challenge": (
        Reply(status=202, headers={"x-amzn-waf-action": "challenge"}),
        PageFault.WAF,
        "expected the page, not a challenge (HTTP 202, x-amzn-waf-action: challenge)",
    ),
    "a 405 with the header is a challenge": (
        Reply(status=405, headers=CHALLENGE),
        PageFault.WAF,
        "expected the page, not a challenge (HTTP 405, x-amzn-waf-action: captcha)",
    ),
    "a 403 that says Just a moment is a challenge": (
        Reply(status=403, body=b"<title>Just a moment...</title>"),
        PageFault.WAF,
        "expected the page, not a challenge (HTTP 403, by its text)",
    ),
    "a 403 of a blocking edge is a challenge": (
        Reply(status=403, body=b"<H1>403 ERROR</H1><H2>The request could not be satisfied.</H2>"),
        PageFault.WAF,
        "expected the page, not a challenge (HTTP 403, by its text)",
    ),
    "a 429 is a rate limit": (
        Reply(status=429),
        PageFault.RATE_LIMITED,
        "asked too often (HTTP 429)",
    ),
    "a body announced too long is refused unread": (
        Reply(body=OK, announced=104_857_600),
        PageFault.TOO_LARGE,
        "expected at most 1048576 bytes, 104857600 were announced",
    ),
    "a body without end is refused at the cap": (
        Reply(body=b" " * 65_536, endless=True),
        PageFault.TOO_LARGE,
        "expected at most 1048576 bytes, and more came",
    ),
    "100 MB in 100 kB of gzip are refused at the cap": (
        gzipped(b" " * 104_857_600),
        PageFault.TOO_LARGE,
        "expected at most 1048576 bytes, and more came",
    ),
    "a body shorter than announced breaks the protocol": (
        Reply(body=OK, announced=len(OK) + 1),
        PageFault.PROTOCOL,
        (
            "peer closed connection without sending complete message body "
            f"(received {len(OK)} bytes, expected {len(OK) + 1})"
        ),
    ),
    "a connection closed unanswered breaks the protocol": (
        Reply(raw=b""),
        PageFault.PROTOCOL,
        "Server disconnected without sending a response.",
    ),
    "what is no HTTP breaks the protocol": (
        Reply(raw=b"SSH-2.0-OpenSSH_9.2\r\n\r\n"),
        PageFault.PROTOCOL,
        "illegal status line: bytearray(b'SSH-2.0-OpenSSH_9.2')",
    ),
    "a redirect to itself is followed five times": (
        Reply(status=302, headers={"location": "/api/v2/summary.json"}),
        PageFault.REDIRECTS,
        "expected at most 5 redirects, there were more",
    ),
    "a redirect that is no URL breaks the protocol": (
        Reply(status=302, headers={"location": "http://a:x/"}),
        PageFault.PROTOCOL,
        "Invalid URL in location header: Invalid port: 'x'.",
    ),
    "a redirect out of the web breaks the protocol": (
        Reply(status=302, headers={"location": "ftp://example.invalid/"}),
        PageFault.PROTOCOL,
        "Request URL has an unsupported protocol 'ftp://'.",
    ),
    "a redirect to nobody is no connection": (
        Reply(status=302, headers={"location": "http://127.0.0.1:1/"}),
        PageFault.CONNECT,
        "All connection attempts failed",
    ),
}


@pytest.mark.parametrize(("reply", "fault", "detail"), FAULTS.values(), ids=FAULTS)
async def test_fault(reply, fault, detail):
    """Each bad answer has its fault; what was read before stays, with the moment it was read."""
    async with polled(json_reply(OUTAGE)) as (server, page, clock):
        before = await page.poll()
        server.script = in_turn(reply)
        await clock.advance(61)
        report = await page.poll()

        assert report == replace(
            before, polled_at=clock.now(), fault=fault, detail=f"{server.address}: {detail}"
        )


async def test_a_page_never_read_has_no_content():
    """Before the first good poll there is nothing to show, whatever came instead."""
    async with polled(Reply(status=500)) as (_, page, _clock):
        report = await page.poll()

        assert (report.fault, report.content, report.read_at) == (
            PageFault.HTTP_STATUS,
            None,
            None,
        )


async def test_nobody_listens():
    """A refused connection is a fault of the connection."""
    async with PageServer(json_reply(OK)) as gone:
        url = gone.url
    async with make_client(OFFLINE) as client:
        report = await StatusPage(Page(url=url), client, FakeClock()).poll()

    assert (report.fault, report.content) == (PageFault.CONNECT, None)


SLOW = {
    "a hang": HANG,
    "a drip": replace(json_reply(OK), pause=0.05),
    "a head that does not end": Reply(raw=b"HTTP/1.1 200 OK\r\nx: ", hang=True),
    "a challenge that drips": Reply(status=403, body=b" " * 999, pause=0.05),
}


@pytest.mark.parametrize("reply", SLOW.values(), ids=SLOW)
async def test_total_deadline(reply):
    """A page that hangs or drips is given up when its deadline is over, not per byte."""
    async with polled(reply, timeout=0.3) as (server, page, _):
        begun = asyncio.get_running_loop().time()
        report = await page.poll()
        took = asyncio.get_running_loop().time() - begun

        assert (report.fault, report.detail) == (
            PageFault.TIMEOUT,
            f"{server.address}: no answer within 0.3 s",
        )
        assert 0.29 < took < 5


async def test_a_slow_page_delays_no_other():
    """While one page hangs, another is read."""
    async with (
        polled(HANG, timeout=30) as (_, slow, _c),
        polled(json_reply(OK)) as (_, quick, _d),
        asyncio.TaskGroup() as tasks,
    ):
        hanging = tasks.create_task(slow.poll())
        report = await quick.poll()

        assert (report.fault, hanging.done()) == (None, False)
        hanging.cancel()


BURSTING = {
    "100 MB, announced": Reply(body=b" " * 100 * MIB),
    "100 MB, not announced": Reply(body=b" " * 65_536, endless=True),
    "100 MB, packed": gzipped(b" " * 100 * MIB),
    "100 MB, behind a redirect": Reply(
        status=302, headers={"location": "/"}, body=b" " * 65_536, endless=True
    ),
    "100 MB, as a challenge": Reply(status=403, body=b" " * 65_536, endless=True),
}


@pytest.mark.parametrize("reply", BURSTING.values(), ids=BURSTING)
async def test_bounded_memory(reply):
    """100 MB, however they come, cost no more than a few times the cap."""
    async with polled(reply) as (server, page, _):
        tracemalloc.start()
        try:
            report = await page.poll()
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

        assert report.fault in {PageFault.TOO_LARGE, PageFault.REDIRECTS, PageFault.HTTP_STATUS}
        assert peak < 8 * MIB
        assert server.sent < 32 * MIB


async def test_packed_page():
    """A packed page is the same page."""
    async with polled(gzipped(OUTAGE)) as (_, page, _clock):
        assert (await page.poll()).content == content_of(OUTAGE, COMPONENTS)


async def test_redirect():
    """The page's old name leads to its new one, body and all."""

    def moved(request):
        if request.target == "/new":
            return json_reply(OK)
        return Reply(status=302, headers={"location": "/new"}, body=b"moved")

    async with polled(moved) as (_, page, _clock):
        report = await page.poll()

        assert (report.fault, report.content) == (None, content_of(OK, COMPONENTS))


async def test_an_incident_that_grows_is_seen_in_one_poll():
    """Impact, name, reach and phase of an incident are those of the newest poll, not the first."""
    small = incident("i", "Elevated errors", impact="minor")
    large = incident(
        "i",
        "API is down",
        impact="critical",
        status="identified",
        incident_updates=[update((API_ID, "operational", "major_outage"))],
    )
    pages = in_turn(json_reply(body(incidents=[small])), json_reply(body(incidents=[large])))
    async with polled(pages) as (_, page, _clock):
        [before] = (await page.poll()).content.incidents
        [after] = (await page.poll()).content.incidents

    assert (before.impact, before.name, len(before.surfaces)) == (Impact.MINOR, small["name"], 4)
    assert (after.impact, after.name, after.surfaces) == (
        Impact.CRITICAL,
        "API is down",
        {Surface.API},
    )


async def test_a_removed_component_is_gone():
    """A component the page no longer has is not down: it is not there."""
    pages = in_turn(
        json_reply(body(components=[component(API_ID), component(CODE_ID)])),
        json_reply(body(components=[component(CODE_ID)])),
    )
    async with polled(pages) as (server, page, _):
        await page.poll()
        report = await page.poll()

        assert statuses(report) == {CODE_ID: ComponentStatus.OPERATIONAL}
        assert report.detail.startswith(f"read from {server.address}; not on the page: component ")
        assert API_ID in report.detail


async def test_one_null_status_leaves_the_others():
    """A null status of one component is unknown, the outage of another is still an outage."""
    page_body = body(components=[component(WEB_ID, status="major_outage"), component(API_ID)])
    broken = json.loads(page_body)
    broken["components"][1]["status"] = None
    async with polled(json_reply(json.dumps(broken).encode())) as (_, page, _clock):
        assert statuses(await page.poll()) == {
            WEB_ID: ComponentStatus.MAJOR,
            API_ID: ComponentStatus.UNKNOWN,
        }


async def test_hostile_names_are_gone_after_green():
    """200 names of 5 KB are bounded while they are there, and gone with the next good page."""
    hostile = body(components=[component(f"c{n}", "\n\0" + "x" * 5_000) for n in range(200)])
    async with polled(in_turn(json_reply(hostile), json_reply(OK)), max_body=5 * MIB) as (
        _,
        page,
        _clock,
    ):
        bad = await page.poll()
        good = await page.poll()

    assert sum(len(each.name) for each in bad.content.components) == 200 * 200
    assert len(good.content.components) == 6


async def test_constant_page():
    """A page that does not change gives reports that differ in nothing but their times."""
    async with polled(json_reply(OUTAGE)) as (_, page, clock):
        first = await page.poll()
        await clock.advance(60)
        second = await page.poll()

        assert second == replace(first, polled_at=clock.now(), read_at=clock.now())


AGES = {
    "as it says": ("24", 24.0),
    "at most a week": ("99999999999999999999", 604_800.0),
    "not a number": ("1e3", 0.0),
    "nothing": ("", 0.0),
    "less than nothing": ("-5", 0.0),
}


@pytest.mark.parametrize(("text", "seconds"), AGES.values(), ids=AGES.keys())
async def test_how_long_a_cache_had_it(text, seconds):
    async with polled(json_reply(OK, age=text)) as (_, page, _):
        assert (await page.poll()).cached_for == seconds


async def test_a_304_tells_its_own_age_and_a_failed_poll_none():
    """The content is then as old as it was."""
    replies = (
        json_reply(OK, etag='"a"', age="3"),
        Reply(status=304, headers={"age": "17"}),
        Reply(status=500, headers={"age": "99"}),
    )
    async with polled(in_turn(*replies)) as (_, page, clock):
        ages = []
        for _ in replies:
            ages.append((await page.poll()).cached_for)
            await clock.advance(60)
        assert ages == [3.0, 17.0, 17.0]
