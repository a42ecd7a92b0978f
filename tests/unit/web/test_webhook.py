"""A page's webhook on a real socket: news at once, the page asked right after, nothing believed."""

import asyncio
import contextlib
import json

import bcrypt
import pytest
from aiohttp.test_utils import TestClient, TestServer
from hypothesis import given, settings
from hypothesis import strategies as st
from support.exposed import CALM, Exposed, incident
from support.statuspage_server import PageServer, json_reply
from support.webhook_body import (
    API_ID,
    PAGE_ID,
    WEB_ID,
    component_update,
    incident_update,
    stamp,
)

from claude_exporter.config.load import load_config
from claude_exporter.core.model import Surface
from claude_exporter.core.page_model import ComponentStatus, IncidentPhase, PageFault
from claude_exporter.runtime.webhooks import A_MINUTE, NOTICES, Outcome
from claude_exporter.sources.statuspage_content import UnreadableError
from claude_exporter.sources.webhook_notice import notice_of
from claude_exporter.web.page_routes import BODY_LIMIT
from claude_exporter.web.server import Server
from claude_exporter.web.webconfig import load_web_config

SECRET = "a-secret-of-the-page"  # noqa: S105  # of this test
PATH = f"/webhooks/statuspage/claude/{SECRET}"
FILE = """
status_pages:
  - name: claude
    webhook_secret: {env: HOOK}
"""


ASKED = """
status_pages:
  - name: claude
    url: {url}
    aliases: []
    backfill: false
    webhook_secret: {{env: HOOK}}
"""


class World:
    """An exporter that has read its page once, and its server."""

    def __init__(self, exposed, client, hastened):
        self.exposed = exposed
        self.client = client
        self.hastened = hastened

    async def post(self, body, path=PATH, **more):
        async with self.client.post(path, data=body, **more) as answer:
            return answer.status

    def poll(self, content=CALM, fault=None):
        """One poll, with the notices laid over it as the exporter does."""
        exposed = self.exposed
        exposed.poll(content, fault)
        pages = exposed.exporter.pages
        pages._read["claude"] = exposed.evaluator.pages["claude"]
        exposed.evaluator.record_page(pages.webhooks.over(pages._read["claude"]))

    @property
    def content(self):
        return self.exposed.evaluator.pages["claude"].content

    @property
    def outcomes(self):
        return +self.exposed.exporter.pages.webhooks.hooks["claude"].outcomes

    @property
    def now(self):
        return self.exposed.clock.now()


@contextlib.asynccontextmanager
async def world_of(tmp_path, environ=None, web_config=None):
    path = tmp_path / "config.yml"
    path.write_text(FILE)
    exposed = Exposed(load_config(path, {"HOOK": SECRET} if environ is None else environ))
    hastened = []
    exposed.exporter.pages.webhooks._hasten = lambda name, wait: hastened.append((name, wait))
    app = Server(exposed.exporter, None).application()
    if web_config:
        load_web_config(web_config).install(app)
    server = TestServer(app)
    async with TestClient(server) as client:
        world = World(exposed, client, hastened)
        world.poll()
        await exposed.clock.advance(30)
        yield world


@pytest.fixture
async def world(tmp_path):
    async with world_of(tmp_path) as made:
        yield made


async def test_an_incident_is_folded_at_once_and_the_page_is_asked(world):
    """It covers what its updates show, as on the page itself."""
    assert await world.post(incident_update(world.now)) == 202
    [found] = world.content.incidents
    assert (found.id, found.phase) == ("9mz1q7yc0hfk", IncidentPhase.INVESTIGATING)
    assert found.surfaces == frozenset({Surface.API})
    assert world.exposed.evaluator.judgements[Surface.API].seen.incident is True
    assert world.hastened == [("claude", 2.0)]
    assert world.outcomes == {Outcome.FOLDED: 1}


async def test_a_component_is_folded_at_once(world):
    await world.post(component_update(world.now))
    found = {each.id: each.status for each in world.content.components}
    assert found[API_ID] is ComponentStatus.MAJOR
    assert found[WEB_ID] is ComponentStatus.OPERATIONAL
    assert world.exposed.evaluator.judgements[Surface.API].seen.incident is True


async def test_an_end_is_folded_too(world):
    posted = incident(Surface.API, started_at=world.now - 600)
    world.poll(content=CALM.__class__(**{**fields(CALM), "incidents": (posted,)}))
    assert await world.post(incident_update(world.now + 1, "resolved")) == 202
    assert world.content.incidents == ()


def fields(value):
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


async def test_a_planned_maintenance_is_one(world):
    times = {"scheduled_for": stamp(world.now + 60), "scheduled_until": stamp(world.now + 600)}
    await world.post(incident_update(world.now, "scheduled", impact="maintenance", **times))
    assert [each.id for each in world.content.maintenances] == ["9mz1q7yc0hfk"]
    assert world.content.incidents == ()


async def test_what_the_page_does_not_bear_out_is_forgotten_after_two_minutes(world):
    """A cache may be behind for a moment; then the page's own word counts."""
    await world.post(incident_update(world.now))
    for seconds, believed in ((60, 1), (59, 1), (2, 0)):
        await world.exposed.clock.advance(seconds)
        world.poll()
        assert len(world.content.incidents) == believed


async def test_the_pages_own_newer_word_counts_at_once(world):
    await world.post(incident_update(world.now))
    newer = incident(Surface.API, phase=IncidentPhase.MONITORING, started_at=world.now + 5)
    world.poll(content=CALM.__class__(**{**fields(CALM), "incidents": (newer,)}))
    assert world.content.incidents == (newer,)


async def test_an_old_or_repeated_body_never_moves_the_state_back(world):
    """Neither at once, nor later, nor while the page cannot be read."""
    opened, ended = incident_update(world.now), incident_update(world.now + 7, "resolved")
    await world.exposed.clock.advance(8)
    for body in (opened, ended, opened, ended, opened):
        assert await world.post(body) == 202
    assert world.content.incidents == ()
    for _ in range(6):
        await world.exposed.clock.advance(121)
        world.poll(fault=PageFault.WAF)
        assert await world.post(opened) == 202
        assert world.content.incidents == ()
    assert world.outcomes == {Outcome.FOLDED: 2, Outcome.KNOWN: 9}


async def test_news_of_before_the_last_reading_is_none(world):
    """The page has been read since then, and said nothing."""
    await world.exposed.clock.advance(600)
    world.poll()
    assert await world.post(incident_update(world.now - 61)) == 202
    assert await world.post(incident_update(world.now + 301)) == 202
    assert world.content.incidents == ()
    assert world.outcomes == {Outcome.KNOWN: 2}


async def test_a_page_that_was_never_read_is_asked_and_nothing_is_made_up(world):
    world.exposed.exporter.pages._read.clear()
    assert await world.post(incident_update(world.now)) == 202
    assert world.outcomes == {Outcome.KNOWN: 1}
    assert world.hastened == [("claude", 2.0)]


async def test_the_page_is_really_asked_again(tmp_path):
    """Two seconds after the notice, by the scheduler and over the wire; then at its usual times."""
    body = json.dumps({"page": {"id": PAGE_ID}, "components": [], "incidents": []}).encode()
    async with PageServer(json_reply(body)) as page:
        path = tmp_path / "config.yml"
        path.write_text(ASKED.format(url=page.url))
        config = load_config(path, {"HOOK": SECRET})
        exposed = Exposed(config, targets=())
        app = Server(exposed.exporter, None).application()
        running = asyncio.create_task(exposed.exporter.scheduler.run(exposed.exporter._jobs()))
        async with TestClient(TestServer(app)) as client:
            await until(exposed.clock, client, lambda: exposed.evaluator.pages)
            async with client.post(PATH, data=incident_update(exposed.clock.now())) as answer:
                assert answer.status == 202
            assert len(exposed.evaluator.pages["claude"].content.incidents) == 1
            asked_at = exposed.clock.monotonic()
            await until(exposed.clock, client, lambda: len(page.requests) == 2)
            assert exposed.clock.monotonic() - asked_at == pytest.approx(2.0, abs=0.5)
            running.cancel()


async def until(clock, client, happened):
    """Let time pass in half seconds until *happened*; requests in between are the wire's turns."""
    for _ in range(60):
        for _ in range(9):
            if happened():
                return
            async with client.get("/-/healthy") as answer:
                await answer.read()
        await clock.advance(0.5)
    raise AssertionError


async def test_several_notices_at_once_are_one_question(world):
    """Politeness: a page sends one for each component, and is asked once in a quarter minute."""
    for number in range(9):
        await world.post(incident_update(world.now + number))
        await world.exposed.clock.advance(1)
    assert [wait for _, wait in world.hastened] == [2.0, 15.0]


REFUSED = {
    "a wrong secret": (f"/webhooks/statuspage/claude/{SECRET}x", 404),
    "a part of the secret": (f"/webhooks/statuspage/claude/{SECRET[:-1]}", 404),
    "another page": (f"/webhooks/statuspage/other/{SECRET}", 404),
    "a page without a name": (f"/webhooks/statuspage//{SECRET}", 404),
    "no secret": ("/webhooks/statuspage/claude/", 404),
    "a secret that is no text": ("/webhooks/statuspage/claude/%ff%00", 404),
}


@pytest.mark.parametrize(("path", "status"), REFUSED.values(), ids=REFUSED)
async def test_who_does_not_know_the_secret_finds_nothing(world, path, status):
    """As if there were no webhook at all; nothing is read of the body."""
    async with world.client.post(path, data=b"x") as answer:
        told = await answer.text()
    async with world.client.post("/nowhere", data=b"x") as answer:
        assert (answer.status, (await answer.text()).strip()) == (status, told.strip())
    assert world.content.incidents == ()


@pytest.mark.parametrize("environ", [{}, {"HOOK": ""}, {"HOOK": SECRET[:15]}], ids=repr)
async def test_a_secret_that_is_missing_or_short_opens_nothing(tmp_path, environ):
    async with world_of(tmp_path, environ) as world:
        for secret in ("", environ.get("HOOK", ""), SECRET):
            path = f"/webhooks/statuspage/claude/{secret}"
            assert await world.post(incident_update(world.now), path) == 404


async def test_a_webhook_needs_no_login_and_nothing_else_goes_without(tmp_path):
    """Whoever sends webhooks cannot log in; their secret is what protects them."""
    path = tmp_path / "web.yml"
    password = bcrypt.hashpw(b"x", bcrypt.gensalt(4)).decode()
    path.write_text(f"basic_auth_users: {{somebody: '{password}'}}")
    async with world_of(tmp_path, web_config=path) as world:
        assert await world.post(incident_update(world.now)) == 202
        assert await world.post(b"{}", f"{PATH}x") == 404
        for other in ("/webhooks/statuspage/claude", f"{PATH}/more", "/-/reload"):
            assert await world.post(b"{}", other) == 401
        async with world.client.get(PATH) as answer:
            assert answer.status == 401


async def test_a_notice_of_another_page_is_refused(world):
    assert await world.post(incident_update(world.now, page_id="jb7j80lkgqvb")) == 403
    assert world.content.incidents == ()
    assert world.hastened == []


MALFORMED = {
    "nothing": b"",
    "no JSON": b"<html>",
    "a list": b"[]",
    "deeper than can be read": b"[" * 100_000,
    "no page": b'{"incident": {}}',
    "a page without an id": b'{"page": {"id": 5}, "incident": {}}',
    "neither incident nor component": json.dumps({"page": {"id": PAGE_ID}}).encode(),
    "an incident that is none": json.dumps({"page": {"id": PAGE_ID}, "incident": 3}).encode(),
    "a component that is none": json.dumps(
        {"page": {"id": PAGE_ID}, "component_update": []}
    ).encode(),
    "no time": incident_update(0.0, updated_at=None),
    "a time that is none": incident_update(0.0, updated_at="soon"),
    "no id": incident_update(0.0, id=None),
}


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=9,
)
_ITEM = st.dictionaries(
    st.sampled_from(
        [
            "id",
            "name",
            "status",
            "updated_at",
            "scheduled_for",
            "components",
            "incident_updates",
            "component_id",
            "created_at",
            "new_status",
        ]
    ),
    _JSON | st.just(stamp(1_790_000_003.0)),
)


@settings(max_examples=100, deadline=None)
@given(
    st.fixed_dictionaries(
        {"page": _JSON | st.just({"id": PAGE_ID})},
        optional={"incident": _ITEM | _JSON, "component_update": _ITEM | _JSON},
    )
)
def test_any_json_is_a_notice_or_is_refused(told):
    with contextlib.suppress(UnreadableError):
        assert notice_of(json.dumps(told).encode(), {}).page_id == PAGE_ID or told["page"]["id"]


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
async def test_what_is_no_notice_is_refused_with_its_reason(world, body):
    async with world.client.post(PATH, data=body) as answer:
        assert answer.status == 400
        assert (await answer.text()).startswith("Not a notice of a status page: expected ")
    assert world.hastened == []
    assert world.outcomes == {Outcome.MALFORMED: 1}


async def test_a_body_is_bounded_announced_or_not(world):
    """It is never held whole."""

    async def endless():
        for _ in range(64):
            yield b" " * 65_536

    assert await world.post(b" " * (BODY_LIMIT + 1)) == 413
    assert await world.post(endless()) == 413
    assert await world.post(incident_update(world.now) + b" " * 1000) == 202


async def test_bodies_are_bounded_in_number(world):
    statuses = [await world.post(b"{}") for _ in range(A_MINUTE + 3)]
    assert statuses == [400] * A_MINUTE + [429] * 3
    await world.exposed.clock.advance(1)
    assert await world.post(b"{}") == 400


async def test_what_is_remembered_is_bounded(world):
    """More things than that in ten minutes are the page's to tell."""
    hook_outcomes = []
    for number in range(NOTICES + 2):
        await world.exposed.clock.advance(1.2)
        await world.post(incident_update(world.now, id=f"i{number}"))
        hook_outcomes.append(world.outcomes)
    assert hook_outcomes[-1] == {Outcome.FOLDED: NOTICES, Outcome.KNOWN: 2}
    hook = world.exposed.exporter.pages.webhooks.hooks["claude"]
    assert len(hook.newest) == NOTICES
    await world.exposed.clock.advance(700)
    world.poll()
    assert world.content.incidents == ()
    await world.post(incident_update(world.now))
    assert len(hook.newest) == 1


async def test_metrics_tell_what_came(world):
    await world.post(incident_update(world.now))
    await world.post(b"x", f"{PATH}x")
    async with world.client.get("/metrics") as answer:
        text = await answer.text()
    requests = 'claude_status_webhook_requests_total{outcome="%s",page="claude"} %s'
    for outcome, count in (("folded", "1.0"), ("wrong_secret", "1.0"), ("throttled", "0.0")):
        assert requests % (outcome, count) in text
    assert 'claude_status_webhook_last_timestamp_seconds{page="claude"} 1.7' in text
    assert SECRET not in text


async def test_the_calendar_is_served_and_withheld_while_a_page_is_unreadable(world):
    """An empty one would make every subscriber forget what is planned."""
    async with world.client.get("/maintenance.ics") as answer:
        assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
        whole = await answer.text()
    assert whole.startswith("BEGIN:VCALENDAR\r\n")
    async with world.client.get("/maintenance.ics?page=claude") as answer:
        assert await answer.text() == whole
    async with world.client.get("/maintenance.ics?page=other") as answer:
        assert answer.status == 404
    await world.exposed.clock.advance(301)
    async with world.client.get("/maintenance.ics") as answer:
        assert (answer.status, answer.headers["Retry-After"]) == (503, "300")
