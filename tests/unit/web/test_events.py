"""Server-sent events: told once, bounded, and gone when we go."""

import asyncio
import json
import socket
from contextlib import asynccontextmanager

import pytest
from aiohttp.test_utils import TestClient, TestServer
from support.exposed import Exposed

from claude_exporter.core.model import Sign, Surface
from claude_exporter.core.page_model import PageFault
from claude_exporter.web.events import Events
from claude_exporter.web.server import Server

DOWN = {Surface.API: Sign.OVERLOADED, "code-api": Sign.OVERLOADED}
PATH = "/api/v1/events"
PATIENCE = 10.0
FIRING = b'{"alerts": [{"status": "firing", "labels": {"alertname": "A"}}]}'


async def no_reload():
    return ""


class Stream:
    """Reads one stream, event by event."""

    def __init__(self, answer):
        self.answer = answer

    async def next(self):
        """The next event as (name, id, data); None at the end."""
        fields = {}
        async with asyncio.timeout(PATIENCE):
            while line := (await self.answer.content.readline()).decode():
                name, _, value = line.rstrip("\n").partition(": ")
                if name:
                    fields[name] = value
                elif "data" in fields:
                    return fields["event"], fields["id"], json.loads(fields["data"])
        return None


@asynccontextmanager
async def serving(**limits):
    exposed = Exposed()
    await exposed.pass_time(60)
    server = Server(exposed.exporter, no_reload)
    server.events = Events(exposed.exporter, lambda: server.notifications.taken, **limits)
    async with TestClient(TestServer(server.application())) as client:
        yield exposed, server, client


async def until(true):
    async with asyncio.timeout(PATIENCE):
        while not true():  # noqa: ASYNC110  # a closed socket sets no event of ours
            await asyncio.sleep(0.01)


async def test_a_listener_is_told_at_once_and_when_something_changes():
    async with serving() as (exposed, server, client), client.get(PATH) as answer:
        assert answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        assert answer.headers["X-Accel-Buffering"] == "no"
        stream = Stream(answer)
        name, first, data = await stream.next()
        assert (name, data["headline"], data["action"]) == ("change", "Claude works", "none")
        assert data["surfaces"].keys() == {"web", "api", "code", "console"}
        assert data["surfaces"]["web"] == {"action": "none", "row": "fine"}
        exposed.probe(DOWN)
        exposed.exporter.judge()
        name, second, data = await stream.next()
        assert (name, data["headline"]) == (
            "change",
            "Claude API and Claude Code: a blip, so far",
        )
        await client.post("/api/v1/notifications", data=FIRING)
        name, third, _ = await stream.next()
        assert (name, len({first, second, third})) == ("change", 3)
        assert server.events.listeners == 1


CHANGES = {
    "the status page becomes unreadable": lambda exposed: exposed.poll(fault=PageFault.WAF),
    "a check fails that decides nothing": lambda exposed: exposed.probe({"code-login": Sign.DNS}),
    "targets come and go": lambda exposed: exposed.evaluator.replace_targets(()),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
async def test_what_the_page_shows_is_an_event(change):
    async with serving() as (exposed, _, client), client.get(PATH) as answer:
        stream = Stream(answer)
        _, first, _ = await stream.next()
        change(exposed)
        exposed.exporter.judge()
        name, second, _ = await stream.next()
        assert (name, first == second) == ("change", False)


async def test_growing_older_is_no_event_but_a_heartbeat():
    """Probes and polls that find the same change nothing."""
    async with serving(heartbeat=0.05) as (exposed, _, client), client.get(PATH) as answer:
        stream = Stream(answer)
        _, first, _ = await stream.next()
        await exposed.pass_time(600)
        name, second, _ = await stream.next()
        assert (name, second) == ("tick", first)


async def test_nothing_is_computed_while_nobody_listens():
    async with serving() as (exposed, server, client):
        looks = []
        made = server.events.picture
        server.events.picture = lambda: looks.append(1) or made()
        await exposed.pass_time(60)
        await client.post("/api/v1/notifications", data=FIRING)
        assert (looks, exposed.exporter.watchers) == ([], set())
        async with client.get(PATH) as answer:
            await Stream(answer).next()
            exposed.exporter.judge()
            assert len(looks) == 2
        # The judge, who comes by every second, notices that it went.
        await until(lambda: server.events.listeners == 0)
        exposed.exporter.judge()
        await until(lambda: not exposed.exporter.watchers)


async def test_places_are_bounded_and_free_again():
    async with serving(limit=3) as (_, server, client):
        taken = [await client.get(PATH) for _ in range(3)]
        for each in taken:
            await Stream(each).next()
        async with client.get(PATH) as answer:
            refused = answer.status, answer.headers["Retry-After"], await answer.text()
        assert refused == (503, "30", "All 3 places for listeners are taken: come back later\n")
        taken[0].close()
        await until(lambda: server.events.listeners == 2)
        async with client.get(PATH) as answer:
            assert (answer.status, (await Stream(answer).next())[0]) == (200, "change")
        for each in taken:
            each.close()


async def test_who_does_not_read_is_owed_the_newest_state_alone():
    """A hundred changes are one event to who was away."""
    async with serving() as (exposed, server, client), client.get(PATH) as answer:
        stream = Stream(answer)
        _, first, _ = await stream.next()
        seen = set()
        for turn in range(100):
            exposed.probe(DOWN if turn % 2 == 0 else None)
            exposed.exporter.judge()
            seen.add(server.events.picture())
        exposed.probe(DOWN)
        exposed.exporter.judge()
        _, last, _ = await stream.next()
        assert (last, len(seen)) == (server.events.picture(), 2)
        assert last != first


async def test_who_never_reads_is_let_go():
    """What waits for it is bounded, and its place is free."""
    async with serving(heartbeat=0.0001) as (_, server, client):
        with socket.socket() as deaf:
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            deaf.connect(("127.0.0.1", client.port))
            deaf.sendall(f"GET {PATH} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            await until(lambda: server.events.listeners == 1)
            await until(lambda: server.events.listeners == 0)


async def test_the_end_of_the_server_is_the_end_of_every_stream():
    """In no time, and whoever comes then is refused."""
    async with serving() as (_, server, client):
        streams = [Stream(await client.get(PATH)) for _ in range(5)]
        for stream in streams:
            await stream.next()
        server.events.close()
        assert [await stream.next() for stream in streams] == [None] * 5
        async with client.get(PATH) as answer:
            assert answer.status == 503


async def test_only_get_listens():
    async with serving() as (_, _, client):
        for method in ("HEAD", "POST", "PUT", "DELETE"):
            async with client.request(method, PATH) as answer:
                assert (method, answer.status) == (method, 405)
