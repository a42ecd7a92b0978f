"""The page in a real browser: what it says, that nothing complains, and what it looks like."""

import asyncio
import os
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from support.browser import chromium, faults_of, opened, unfair
from support.exposed import CALM, STATES, Exposed, default_plan, incident, result_of
from support.pictured import give_a_past, pictures_of
from support.proxied import nginx

from claude_exporter.core.model import Sign, Surface
from claude_exporter.core.page_model import Component, ComponentStatus
from claude_exporter.simulator.library import load_scenario, scenario_names
from claude_exporter.web.address import NOWHERE_ELSE, address_of
from claude_exporter.web.guard import HEADERS
from claude_exporter.web.headline import headline
from claude_exporter.web.server import Server

pytestmark = [pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

KEPT = Path(__file__).parents[2] / "build" / "pages"
FIRING = b"""{"receiver": "pager", "alerts": [{"status": "firing",
 "labels": {"alertname": "ClaudeOutageUnacknowledged", "surface": "api"},
 "annotations": {"summary": "Claude api is down and nobody says so"}}]}"""
THREE_TICKS = """
new Promise((done) => {
  let heard = 0;
  const events = new EventSource("api/v1/events");
  events.addEventListener("tick", () => { if (++heard === 3) { events.close(); done(); } });
})
"""
DOWN = {Surface.API: Sign.OVERLOADED, "code-api": Sign.OVERLOADED}
HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
RTL = "\u05e9\u05dc\u05d5\u05dd \u202etxet \N{POUTING FACE}\N{FAMILY}"


async def no_reload():
    return ""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def browser():
    async with chromium() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def looker(browser):
    """One page for all that is only looked at."""
    async with opened(browser, "about:blank") as page:
        yield page


@asynccontextmanager
async def served(exposed, address=NOWHERE_ELSE):
    """The server of an exporter, and the address of its page."""
    server = Server(exposed.exporter, no_reload, address=address)
    async with TestServer(server.application()) as running:
        yield server, str(running.make_url(f"{address.prefix}/"))


async def keep(page, name):
    """Keep pictures of the open page in build/pages, where PICTURES=keep asks for them."""
    if os.environ.get("PICTURES") != "keep":
        return
    KEPT.mkdir(parents=True, exist_ok=True)
    for width, scheme in ((360, "light"), (360, "dark"), (1920, "light"), (1920, "dark")):
        await page.set_viewport_size({"width": width, "height": 1080})
        await page.emulate_media(color_scheme=scheme)
        await page.screenshot(path=KEPT / f"{name}-{width}-{scheme}.png", full_page=True)


async def fits(page, url, name):
    """Assert that nothing is wrong with what is at *url*; gives its headline."""
    page.complaints.clear()
    await page.goto(url)
    faults = await faults_of(page)
    said = await page.locator("h1").inner_text()
    await keep(page, name)
    assert (faults, page.complaints) == ([], [])
    await page.goto("about:blank")  # before its server goes, which it would notice
    return said


@pytest.fixture(scope="module")
def shown():
    """The pictures that were looked at: many scenarios begin alike."""
    return set()


@pytest.mark.parametrize("name", scenario_names())
async def test_every_picture_of_a_scenario(looker, name, shown, tmp_path):
    """On a phone and on a large screen, light and dark: nothing overlaps, axe is content."""
    async for at, exposed in pictures_of(load_scenario(name), tmp_path, shown):
        async with served(exposed) as (_, url):
            said = await fits(looker, url, f"{name}-{at:.0f}")
        assert said == headline(exposed.evaluator.judgements.values())


async def hostile():
    """Whatever others may name: with markup, from right to left, of 200 characters, 100 of them."""
    names = (HOSTILE, RTL, "n" * 200, "\N{HOT BEVERAGE}" * 60, "a" * 100 + " " + "b" * 99)
    targets = tuple(replace(default_plan().targets[0], name=name) for name in names)
    exposed = Exposed(targets=(*targets, *default_plan().targets))
    parts = tuple(
        Component(id=f"c{n}", name=name, status=status)
        for n, (name, status) in enumerate(zip(names, ComponentStatus, strict=False))
    )
    posted = tuple(
        incident(Surface.API, id=f"i{n}", name=names[n % 5] + str(n), started_at=1.7e9)
        for n in range(100)
    )
    content = replace(CALM, components=parts, incidents=posted)
    await exposed.pass_time(120, DOWN, content)
    log = (HOSTILE, RTL, "l" * 5000)
    for target in targets:
        result = result_of(target, Sign.UNEXPECTED, exposed.clock.now())
        exposed.exporter.record(replace(result, detail=HOSTILE * 3, log=log))
    return exposed


async def ninety_days():
    """An outage after 90 days of watching."""
    exposed = await STATES["outage_acknowledged"]()
    give_a_past(exposed)
    return exposed


PLACES = {
    "after ninety days": (ninety_days, ""),
    "nothing asked yet": (STATES["before_the_first_probe"], ""),
    "nothing configured": (STATES["no_targets"], ""),
    "the history": (STATES["outage_unacknowledged"], "history"),
    "the history of nothing": (STATES["before_the_first_probe"], "history"),
    "a target nobody asked": (STATES["before_the_first_probe"], "history?target=web"),
    "all runbooks": (STATES["healthy"], "runbooks"),
    "a runbook": (STATES["healthy"], "runbooks/ClaudeOutageUnacknowledged"),
    "a runbook with much code": (STATES["healthy"], "runbooks/ClaudeSloBurnFast"),
    "names that mean harm": (hostile, ""),
    "the history of a name that means harm": (hostile, "history?target=" + "n" * 200),
}


@pytest.mark.parametrize(("made", "path"), PLACES.values(), ids=PLACES.keys())
async def test_every_other_place(looker, made, path, request):
    async with served(await made()) as (server, url):
        server.notifications.take(FIRING, server.site._exporter.clock.now() - 181)
        await fits(looker, f"{url}{path}", request.node.callspec.id.replace(" ", "-"))


async def test_without_javascript_the_page_is_whole_and_loads_itself(browser):
    async with (
        served(await STATES["outage_unacknowledged"]()) as (_, url),
        opened(browser, url, script=False) as page,
    ):
        assert await page.locator("h1").inner_text() == (
            "Claude API and Claude Code are down, and nobody says so"
        )
        assert await page.locator("meta[http-equiv=refresh]").count() == 1
        assert await page.locator(".chances div").count() == 4
        assert await page.locator("svg.strip").count() > 30
        assert await page.locator("#lost").is_hidden()
        assert page.complaints == []


async def live(page, exposed):
    """An outage comes and goes; the page follows without being loaded again."""
    await page.evaluate("window.same = true")
    line = page.locator("h1")
    await exposed.pass_time(60, DOWN)
    await line.filter(has_text="a blip, so far").wait_for()
    await exposed.pass_time(60)
    await line.filter(has_text="Claude works").wait_for()
    assert await page.evaluate("window.same")


async def test_the_page_follows_what_happens(browser):
    """What is open stays open, the focus stays, and only another headline is said aloud."""
    exposed = await STATES["outage_unacknowledged"]()
    async with served(exposed) as (server, url), opened(browser, url) as page:
        await page.evaluate(
            "window.heard = []; new MutationObserver(() => heard.push(said.textContent))"
            ".observe(said, { childList: true, characterData: true, subtree: true })"
        )
        await page.locator("summary").first.click()
        await page.locator(".checks a").nth(2).focus()
        server.notifications.take(FIRING, exposed.clock.now())
        server.events.look()
        await page.get_by_text("Claude api is down and nobody says so").wait_for()
        assert await page.evaluate("heard") == []
        await exposed.pass_time(600, DOWN)
        assert await page.locator("details[open]").count() == 1
        assert await page.evaluate("document.activeElement.textContent") == "code-login"
        await exposed.pass_time(60)
        await page.locator("h1").filter(has_text="Claude works").wait_for()
        assert await page.evaluate("heard") == ["Claude works"]
        assert await page.evaluate("document.activeElement.textContent") == "code-login"
        assert await page.title() == "Claude works"
        assert await page.locator("link[rel=icon]").get_attribute("href") == "icon.svg?none"
        assert (await unfair(page), page.complaints) == ([], [])


async def test_a_page_that_has_lost_the_exporter_says_so(browser):
    """And comes back by itself."""
    exposed = await STATES["healthy"]()
    server = Server(exposed.exporter, no_reload)
    running = TestServer(server.application())
    await running.start_server()
    async with opened(browser, str(running.make_url("/"))) as page:
        port = running.port
        await running.close()
        await page.locator("#lost").wait_for(state="visible")
        assert await page.locator("h1").inner_text() == "Claude works"
        again = Server(exposed.exporter, no_reload)
        async with TestServer(again.application(), port=port):
            await page.locator("#lost").wait_for(state="hidden")
            await live(page, exposed)


async def test_the_page_grows_older_by_heartbeats(browser):
    """Nothing has changed but the time; what the reader is marking is left alone."""
    exposed = await STATES["healthy"]()
    async with served(exposed) as (server, url):
        server.events._heartbeat = 0.1
        async with opened(browser, url) as page:
            await page.evaluate("getSelection().selectAllChildren(document.querySelector('h1'))")
            await exposed.clock.advance(20)
            await page.evaluate(THREE_TICKS)
            assert await page.evaluate("String(getSelection())") == "Claude works"
            assert "22:15:53" in await page.locator("#asof").inner_text()
            await page.evaluate("getSelection().removeAllRanges()")
            await page.locator("#asof").filter(has_text="22:16:13").wait_for()


async def test_a_page_that_nobody_sees_holds_no_connection(browser):
    """A browser has six to one place. Looked at again, it is up to date at once."""
    exposed = await STATES["healthy"]()
    async with served(exposed) as (server, url), opened(browser, url) as page:
        await live(page, exposed)
        for hidden, listeners in ((True, 0), (False, 1)):
            await page.evaluate(
                "(hidden) => { Object.defineProperty(document, 'hidden', { value: hidden,"
                " configurable: true }); document.dispatchEvent(new Event('visibilitychange')); }",
                hidden,
            )
            async with asyncio.timeout(10):
                while server.events.listeners != listeners:  # noqa: ASYNC110  # no event of ours
                    await asyncio.sleep(0.01)
            await exposed.pass_time(60, DOWN)
        await page.locator("h1").filter(has_text="a blip, so far").wait_for()
        assert page.complaints == []


PROXIES = {
    "the proxy takes the path off": ("/", "http://127.0.0.1:{port}/"),
    "the proxy leaves it on": (None, "http://127.0.0.1:{port}"),
}


@pytest.mark.parametrize(("prefix", "upstream"), PROXIES.values(), ids=PROXIES.keys())
async def test_below_a_path_of_a_real_proxy(browser, prefix, upstream, tmp_path):
    """Every link leads somewhere, style and script come, and events pass at once."""
    exposed = await STATES["healthy"]()
    address = address_of("http://tools.test/claude/", prefix)
    async with served(exposed, address) as (_, url):
        port = url.split(":")[2].split("/")[0]
        async with (
            nginx(tmp_path, upstream.format(port=port)) as root,
            opened(browser, f"{root}/claude") as page,
        ):
            assert page.url == f"{root}/claude/"
            assert await page.locator("h1").inner_text() == "Claude works"
            tone = "getComputedStyle(verdict).borderTopColor"
            assert await page.evaluate(tone) == "rgb(29, 106, 162)"
            await live(page, exposed)
            links = await page.evaluate("[...document.links].map((link) => link.href)")
            assert all(link.startswith(f"{root}/claude/") for link in links)
            found = {link: (await page.request.get(link)).status for link in dict.fromkeys(links)}
            assert {link: status for link, status in found.items() if status != 200} == {}
            await page.get_by_role("link", name="Runbooks").click()
            await page.get_by_role("link", name="ClaudeOnlyYou").click()
            await page.get_by_role("link", name="Now", exact=True).click()
            assert page.url == f"{root}/claude/"
            assert page.complaints == []


async def test_it_can_be_used_by_the_keyboard_alone(browser):
    """The first stop leads past the navigation; every stop can be seen."""
    async with served(await STATES["healthy"]()) as (_, url), opened(browser, url) as page:
        await page.keyboard.press("Tab")
        focused = "document.activeElement.textContent"
        assert await page.evaluate(focused) == "Skip to the content"
        box = await page.locator(".skip").bounding_box()
        assert box["y"] >= 0
        await page.keyboard.press("Enter")
        assert await page.evaluate("document.activeElement.id") == "main"
        stops = await page.locator("main a, main summary").count()
        seen = set()
        for _ in range(stops):
            await page.keyboard.press("Tab")
            style = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            seen.add(style)
        assert seen == {"solid"}


async def test_a_browser_that_refuses_something_says_so(browser):
    """The silence above means something: an inline style is refused, and we hear of it."""

    async def styled(request):
        del request
        html = "<!doctype html><p style='color: red'>x"
        return web.Response(text=html, content_type="text/html", headers=HEADERS)

    app = web.Application()
    app.add_routes([web.get("/", styled)])
    async with (
        TestServer(app) as running,
        opened(browser, str(running.make_url("/"))) as page,
    ):
        assert any("Content Security Policy" in each for each in page.complaints)
        assert any("html-has-lang" in each for each in await unfair(page))


async def test_text_that_lies_upon_text_is_found(browser):
    """So does the silence about the layout."""
    html = (
        "<!doctype html><p>one two three</p><p style='margin-top:-2em'>four five six</p>"
        "<p style='width:9000px'>wide</p><div style='overflow:hidden;width:3em'>cutcutcutcut</div>"
    )
    async with opened(browser, "about:blank") as page:
        await page.set_content(html)
        faults = " ".join(await faults_of(page))
    for kind in ("overlap: one", "scrolls sideways", "cut: "):
        assert kind in faults


async def test_thousands_who_want_to_listen_do_not_hurt():
    """A hundred are served; all others are refused at once, and the page still comes."""
    exposed = await STATES["healthy"]()
    async with served(exposed) as (server, url):
        port = int(url.split(":")[2].rstrip("/"))
        held, refused = [], 0
        for _ in range(20):
            asked = await asyncio.gather(*(listen(port) for _ in range(100)))
            for status, writer in asked:
                if status == 200:
                    held.append(writer)
                else:
                    refused += status == 503
                    writer.close()
        assert (len(held), refused, server.events.listeners) == (100, 1900, 100)
        status, writer = await listen(port, "/")
        assert status == 200
        for each in (*held, writer):
            each.close()


async def listen(port, path="/api/v1/events"):
    """The status of an answer, and the connection it came by."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    return int((await reader.readline()).split()[1]), writer
