"""docs/api.md: every path and every example, against the real answers."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer
from support.exposed import CALM, PLANNED, incident, outage_unacknowledged

from claude_exporter.core.model import HttpFacts, Phase, Surface
from claude_exporter.runtime.past_record import Backfill
from claude_exporter.web.server import Server

DOCUMENT = (Path(__file__).parents[3] / "docs" / "api.md").read_text(encoding="utf-8")
FIRING = {
    "receiver": "pager",
    "alerts": [{"status": "firing", "labels": {"alertname": "A"}, "annotations": {"summary": "B"}}],
}
OPEN_KEYS = {"phases", "results", "strips", "within", "by_impact", "figures"}


def examples():
    """The first JSON of each section, by its method and path."""
    found = re.findall(
        r"^## `(\w+) (/api/\S+?)`\n.*?^```json\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL
    )
    return {(method, path): json.loads(text) for method, path, text in found}


def shape(value, key=""):
    """The kinds of a JSON value; of a list and of open keys the first alone."""
    if isinstance(value, list):
        return [shape(item) for item in value[:1]]
    if isinstance(value, dict):
        items = list(value.items())[:1] if key in OPEN_KEYS else value.items()
        return {"*" if key in OPEN_KEYS else name: shape(item, name) for name, item in items}
    return "number" if type(value) in {int, float} else type(value).__name__


async def no_reload():
    return ""


@pytest.fixture
async def client():
    exposed = await outage_unacknowledged()
    target, state = exposed.evaluator.tracked["api-models"]
    answered = HttpFacts(status=529, version="2")
    last = replace(state.last, http=answered, request_id="req_1", phases={Phase.RESOLVE: 0.1})
    exposed.evaluator.record_result(last)
    exposed.exporter.history.add_result(last)
    posted = replace(CALM, incidents=(incident(Surface.API, started_at=exposed.clock.now() - 60),))
    exposed.exporter.pages.past.follow("claude", posted)
    exposed.exporter.pages.past.follow("claude", CALM)
    exposed.exporter.pages.past.backfills["claude"] = Backfill(tries=1, asked_at=1.0, filled_at=1.0)
    exposed.poll(replace(CALM, maintenances=(PLANNED,)))
    assert target.name == last.target
    server = Server(exposed.exporter, no_reload)
    async with TestClient(TestServer(server.application())) as client:
        yield client


async def test_every_example_has_the_shape_of_the_real_answer(client):
    """The same keys of the same kinds, in the same order."""
    documented = {where: shape(example) for where, example in examples().items()}
    async with client.post("/api/v1/notifications", json=FIRING) as answer:
        real = {("POST", "/api/v1/notifications"): shape(await answer.json())}
    paths = (
        "verdict",
        "targets",
        "history?target=NAME",
        "uptime?subject=target/NAME",
        "incidents",
        "maintenances",
        "notifications",
    )
    for path in (f"/api/v1/{name}" for name in paths):
        async with client.get(path.replace("NAME", "api-models")) as answer:
            found = await answer.json()
            if "verdicts" in found:
                found["verdicts"] = [v for v in found["verdicts"] if v["surface"] == "api"]
            real["GET", path] = shape(found)
    assert documented == real


async def test_the_document_has_every_path(client):
    """And no other; the page's own style, script and icon are no API."""
    routes = {
        (route.method, re.sub(r"\{\w+\}", "{}", route.resource.canonical))
        for route in client.server.app.router.routes()
        if route.method != "HEAD"
    } - {("GET", "/style.css"), ("GET", "/icon.svg"), ("GET", "/live.js")}
    rows = re.findall(r"^\| `(/\S*)` \| ([A-Z, ]+) \|", DOCUMENT, re.MULTILINE)
    documented = {
        (method, re.sub("NAME|SECRET", "{}", path))
        for path, methods in rows
        for method in methods.split(", ")
    }
    assert documented == routes


async def test_uptime_tells_every_watched_subject_and_refuses_others(client):
    """Surfaces, targets and the page's components; nonsense is told what there is."""
    async with client.get("/api/v1/uptime") as answer:
        found = {each["subject"]: each for each in (await answer.json())["subjects"]}
    assert {"surface/api", "target/api-models", "component/claude/k8w3r06qmzrp"} <= found.keys()
    strips = found["target/api-models"]["strips"]
    assert {name: len(strip["slots"]) for name, strip in strips.items()} == {
        "24h": 96,
        "7d": 84,
        "90d": 90,
    }
    assert sum(map(sum, strips["24h"]["slots"])) > 82_000
    for nonsense in ("", "x", "target/", "component/claude", "%00" * 99):
        async with client.get(f"/api/v1/uptime?subject={nonsense}") as answer:
            assert answer.status == 404
            assert (await answer.text()).startswith("Unknown subject")
