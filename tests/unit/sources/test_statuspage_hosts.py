"""When a page refuses us or hangs: its other addresses, and how long each is left alone."""

import asyncio
import contextlib

import pytest
from support.clock import FakeClock
from support.statuspage_body import COMPONENTS, recorded
from support.statuspage_polls import OFFLINE, Page, polled
from support.statuspage_server import HANG, PageServer, Reply, json_reply, with_etag

from claude_exporter.core.page_model import PageFault
from claude_exporter.sources.http import make_client
from claude_exporter.sources.statuspage import CLAUDE_PAGE_ID, StatusPage
from claude_exporter.sources.statuspage_content import content_of

OK = recorded("summary-ok")
OUTAGE = recorded("summary-outage")
CAPTCHA = Reply(status=405, headers={"x-amzn-waf-action": "captcha"})
BROKEN = Reply(status=500)


@contextlib.asynccontextmanager
async def two_addresses(first, second, **settings):
    """A page under two addresses, each its own server."""
    async with (
        PageServer(first) as main,
        PageServer(second) as alias,
        make_client(OFFLINE) as client,
    ):
        clock = FakeClock()
        known = Page(url=main.url, aliases=(alias.url,), **settings)
        yield main, alias, StatusPage(known, client, clock, CLAUDE_PAGE_ID), clock


async def asked_after(page, clock, server, seconds):
    """How often the server is asked in a poll that many seconds later."""
    before = len(server.requests)
    await clock.advance(seconds)
    await page.poll()
    return len(server.requests) - before


ASKED = {
    "in seconds": ("127", 127),
    "as a date": ("Tue, 14 Nov 2023 22:15:30 GMT", 127),
    "in the past": ("Tue, 14 Nov 2000 22:15:30 GMT", 120),
    "more than an hour": ("86400", 3600),
    "less than our own back-off": ("7", 120),
    "nonsense": ("soon", 120),
    "nothing": ("", 120),
    "a negative number": ("-1", 120),
}


@pytest.mark.parametrize(("text", "seconds"), ASKED.values(), ids=ASKED)
async def test_retry_after_is_a_schedule(text, seconds):
    """A 429 answers at once, and until its time is over a poll asks nobody and repeats itself."""
    async with polled(Reply(status=429, headers={"retry-after": text})) as (server, page, clock):
        first = await page.poll()

        assert (first.fault, page.next_poll_after) == (PageFault.RATE_LIMITED, seconds)
        assert await asked_after(page, clock, server, seconds - 1) == 0
        assert await page.poll() is first
        assert await asked_after(page, clock, server, 1) == 1


REFUSALS = {
    "a challenge": CAPTCHA,
    "a rate limit": Reply(status=429),
    "a 403": Reply(status=403),
}


@pytest.mark.parametrize("reply", REFUSALS.values(), ids=REFUSALS)
async def test_back_off_doubles(reply):
    """Each refusal in a row doubles the wait up to 15 minutes, one good answer ends it."""
    async with polled(reply) as (server, page, clock):
        waits = []
        for _ in range(6):
            await page.poll()
            waits.append(page.next_poll_after)
            await clock.advance(page.next_poll_after)
        server.script = lambda _: json_reply(OK)

        assert waits == [120, 240, 480, 900, 900, 900]
        assert (await page.poll()).fault is None
        assert page.next_poll_after == 0


async def test_trouble_of_the_server_is_asked_again_at_the_next_interval():
    """A server error is no refusal: nothing is waited for."""
    async with polled(BROKEN) as (server, page, clock):
        await page.poll()

        assert page.next_poll_after == 0
        assert await asked_after(page, clock, server, 60) > 0


TROUBLES = {
    "refuses": (
        CAPTCHA,
        "expected the page, not a challenge (HTTP 405, x-amzn-waf-action: captcha)",
    ),
    "fails": (BROKEN, "expected HTTP 200, not 500"),
    "hangs": (HANG, "no answer within 0.3 s"),
    "is another page": (Reply(body=b"{}"), "expected the key `page`, found only none"),
}


@pytest.mark.parametrize(("reply", "why"), TROUBLES.values(), ids=TROUBLES)
async def test_alias(reply, why):
    """Where the first address does not give the page, the second does, in the same poll."""
    async with two_addresses(reply, json_reply(OUTAGE), timeout=0.6) as (main, alias, page, _):
        report = await page.poll()

        assert (report.fault, report.content) == (None, content_of(OUTAGE, COMPONENTS))
        assert report.detail == f"read from {alias.address}; {main.address}: {why}"


async def test_what_worked_is_asked_first():
    """An address that failed is left alone while another works, and tried again in its time."""
    async with two_addresses(BROKEN, with_etag(OK)) as (main, alias, page, clock):
        await page.poll()

        assert await asked_after(page, clock, main, 60) == 0
        assert alias.requests[-1].headers["if-none-match"] == 'W/"7f"'
        assert await asked_after(page, clock, main, 60) == 1
        assert await asked_after(page, clock, main, 180) == 0

        main.script = with_etag(OK)
        assert await asked_after(page, clock, main, 60) == 1
        assert await asked_after(page, clock, alias, 60) == 0


async def test_an_address_that_failed_is_better_than_none():
    """Where the one that worked fails, the one that failed before is asked in the same poll."""
    async with two_addresses(BROKEN, json_reply(OK)) as (main, alias, page, clock):
        await page.poll()
        main.script, alias.script = (lambda _: json_reply(OUTAGE)), (lambda _: BROKEN)
        await clock.advance(60)
        report = await page.poll()

        assert (report.fault, report.content) == (None, content_of(OUTAGE, COMPONENTS))


async def test_an_address_that_refused_us_is_not_asked():
    """Where the one that worked fails, the one that told us to stay away is left alone."""
    async with two_addresses(CAPTCHA, json_reply(OK)) as (main, alias, page, clock):
        await page.poll()
        alias.script = lambda _: BROKEN

        assert await asked_after(page, clock, main, 60) == 0
        assert (await page.poll()).fault is PageFault.HTTP_STATUS


async def test_an_etag_belongs_to_its_address():
    """What one address calls a version means nothing to another."""
    async with two_addresses(with_etag(OK, '"a"'), with_etag(OUTAGE, '"b"')) as (
        main,
        alias,
        page,
        clock,
    ):
        await page.poll()
        main.script = lambda _: BROKEN
        await clock.advance(60)
        await page.poll()
        main.script = with_etag(OK, '"a"')
        await clock.advance(120)
        report = await page.poll()

        assert "if-none-match" not in alias.requests[0].headers
        assert "if-none-match" not in main.requests[-1].headers
        assert report.content == content_of(OK, COMPONENTS)


async def test_all_addresses_fail():
    """Where no address gives the page, the fault is the first one's and the detail names all."""
    async with two_addresses(CAPTCHA, BROKEN) as (main, alias, page, _):
        report = await page.poll()

        assert (report.fault, report.content) == (PageFault.WAF, None)
        assert report.detail == (
            f"{main.address}: expected the page, not a challenge "
            "(HTTP 405, x-amzn-waf-action: captcha); "
            f"{alias.address}: expected HTTP 200, not 500; "
            f"{main.address}/history.atom: expected the page, not a challenge "
            "(HTTP 405, x-amzn-waf-action: captcha); "
            f"{alias.address}/history.atom: expected HTTP 200, not 500"
        )


async def test_all_addresses_hang():
    """Two addresses that hang share one deadline."""
    async with two_addresses(HANG, HANG, timeout=0.4) as (main, alias, page, _):
        begun = asyncio.get_running_loop().time()
        report = await page.poll()
        took = asyncio.get_running_loop().time() - begun

        assert report.fault is PageFault.TIMEOUT
        assert report.detail.startswith(f"{main.address}: no answer within 0.2 s; {alias.address}")
        assert 0.39 < took < 5


async def test_every_summary_comes_before_any_history():
    """After a long pause the summary that was left alone is asked before a history is."""
    async with two_addresses(BROKEN, json_reply(OK)) as (main, alias, page, clock):
        await page.poll()
        await clock.advance(120)
        await page.poll()
        main.script, alias.script = (lambda _: json_reply(OUTAGE)), (lambda _: BROKEN)

        assert await asked_after(page, clock, main, 200) == 1
        assert main.requests[-1].target == "/api/v2/summary.json"
