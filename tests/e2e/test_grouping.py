"""Which alerts come as one message, decided by a real Alertmanager with our configuration."""

import asyncio

import httpx
import pytest
from aiohttp import web
from support.alerts import labels_of
from support.programs import require

from claude_exporter.stack.drill_files import write_drill_files
from claude_exporter.stack.launches import launch_alertmanager
from claude_exporter.stack.ports import Place
from claude_exporter.stack.supervise import all_ready, started

pytestmark = pytest.mark.e2e

SPEED = 40.0
DEADLINE = 30.0


@pytest.fixture
async def told(aiohttp_server):
    """A receiver, and the queue of the messages it gets."""
    messages = asyncio.Queue()

    async def receive(request):
        if request.path == "/told":
            messages.put_nowait(await request.json())
        return web.Response()

    app = web.Application()
    app.router.add_post("/{anything:.*}", receive)
    server = await aiohttp_server(app)
    return server, messages


@pytest.fixture
async def alertmanager(tmp_path, unused_tcp_port, told):
    """A real Alertmanager with our files, forty times as fast, that tells the receiver."""
    server, _ = told
    place = Place(host="127.0.0.1", port=unused_tcp_port)
    addresses = {"alertmanager": place.reach, "exporter": f"127.0.0.1:{server.port}"}
    write_drill_files(tmp_path / "config", addresses, str(server.make_url("/told")), SPEED)
    launch = launch_alertmanager(tmp_path, require("alertmanager"), place)
    client = httpx.AsyncClient(trust_env=False, base_url=f"http://{place.reach}/api/v2")
    async with client, started([launch]) as programs:
        await all_ready(programs, client, within=DEADLINE)
        yield client


async def fire(client, *alerts):
    answer = await client.post("/alerts", json=[{"labels": labels} for labels in alerts])
    assert answer.status_code == 200, answer.text


async def messages_of(told, count):
    """The next *count* messages: who got it, what the group has in common, which alerts."""
    _, messages = told
    async with asyncio.timeout(DEADLINE):
        found = [await messages.get() for _ in range(count)]
    return {
        (
            each["receiver"],
            *each["groupLabels"].values(),
            *sorted(alert["labels"]["alertname"] for alert in each["alerts"]),
        )
        for each in found
    }


async def test_one_message_per_surface(alertmanager, told):
    """
    Alerts of one surface come together, those of two surfaces apart, and a page goes its own way.

    What has no surface has nothing in common but its name. What fires later joins its group: the
    next message has both.
    """
    await fire(
        alertmanager,
        labels_of("ClaudeServiceFailing", surface="api"),
        labels_of("ClaudeAuthenticationFailing", surface="api"),
        labels_of("ClaudeServiceFailing", surface="web"),
        labels_of("ClaudeOutageUnacknowledged", surface="console"),
        labels_of("ClaudeStatusPageUnreadable", page="claude"),
        labels_of("ClaudeStateNotPersisted"),
    )
    assert await messages_of(told, 5) == {
        ("chat", "api", "ClaudeAuthenticationFailing", "ClaudeServiceFailing"),
        ("chat", "web", "ClaudeServiceFailing"),
        ("pager", "console", "ClaudeOutageUnacknowledged"),
        ("chat", "ClaudeStatusPageUnreadable", "ClaudeStatusPageUnreadable"),
        ("chat", "ClaudeStateNotPersisted", "ClaudeStateNotPersisted"),
    }
    await fire(alertmanager, labels_of("ClaudeDegradedForLong", surface="web"))
    assert await messages_of(told, 1) == {
        ("chat", "web", "ClaudeDegradedForLong", "ClaudeServiceFailing"),
    }
