"""Secrets planted wherever the exporter reads; none is found wherever it writes or answers."""

import asyncio
import contextlib
import io
import json
import os
import sys
import time
import zipfile

import httpx
import pytest
import yaml
from aiohttp import web
from support.exposed import Exposed
from support.running import Exporter, simulated

from claude_exporter.claude_code.hook import __file__ as hook_file
from claude_exporter.claude_code.hook import event_of
from claude_exporter.simulator.library import load_scenario
from claude_exporter.web.server import Server

pytestmark = pytest.mark.e2e

# Each names the place where it was planted; whatever is private has one of these shapes.
MARKS = {
    "key in the environment": "zx9-environment-key-0123456789",
    "key in a file": "zx9-file-key-0123456789",
    "key in an error text": "sk-ant-api03-zx9errortextkey0123456789",
    "mail in an error text": "zx9error@corp.example",
    "bearer in an error text": "zx9bearertoken0123456789",
    "password of a proxy": "zx9proxypassword",
    "password in an address": "zx9addresspassword",
    "transcript": "zx9-transcript",
    "folder": "zx9-folder",
    "otlp attribute": "zx9-otlp-attribute",
    "otlp resource": "zx9-otlp-resource",
    "hook": "zx9-hook",
    "update of a page": "zx9-page-update",
    "unknown key of a page": "zx9-page-unknown",
    "body of an answer": "zx9-answer-body",
    "cookie": "zx9-cookie",
}
STAMP = "%Y-%m-%dT%H:%M:%SZ"


async def _api(request):
    """Repeats the key that it was sent, and says more than it should."""
    told = (
        f"no {request.headers.get('x-mine')}: {MARKS['mail in an error text']} with"
        f" {MARKS['key in an error text']} and Authorization: Bearer"
        f" {MARKS['bearer in an error text']}"
    )
    error = {"type": "error", "error": {"type": "api_error", "message": told}}
    body = {**error, "x": MARKS["body of an answer"]}
    headers = {"request-id": "req_011CSHoEeqs5C35K2UUqR7Fy"}
    headers["set-cookie"] = f"s={MARKS['cookie']}"
    return web.json_response(body, status=500, headers=headers)


async def _page(request):
    del request
    update = {"status": "investigating", "body": MARKS["update of a page"], "id": "u"}
    moments = {"created_at": "2026-11-01T00:00:00Z", "updated_at": "2026-11-01T00:00:00Z"}
    incident = {"id": "i", "name": "Elevated errors", "status": "investigating", **moments}
    incident |= {"impact": "minor", "incident_updates": [{**update, **moments}]}
    unknown = MARKS["unknown key of a page"]
    component = {"id": "c", "name": "API", "status": "operational", "description": unknown}
    page = {"id": "p", "name": "Mine", unknown: unknown}
    found = {"page": page, "components": [component], "incidents": [incident], "x": unknown}
    cookie = {"set-cookie": f"s={MARKS['cookie']}"}
    return web.json_response({**found, "scheduled_maintenances": []}, headers=cookie)


@contextlib.asynccontextmanager
async def talkative():
    """A host that tells everything it should not."""
    app = web.Application()
    app.add_routes([web.get("/v1/models", _api), web.get("/api/v2/summary.json", _page)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def configure(config, host, folder):
    """The simulator's configuration, with a target and a page of the talkative host."""
    key = folder / "key"
    key.write_text(MARKS["key in a file"])
    headers = {"x-mine": {"env": "ZX9_KEY"}, "x-other": {"file": str(key)}}
    found = yaml.safe_load(config.read_text())
    address = f"http://{host}/v1/models"
    often = {"interval": "10s", "timeout": "5s"}
    target = {"name": "mine", "surface": "api", "part": "mine", "prober": "http", **often}
    found["targets"] = [{**target, "address": address, "options": {"headers_from": headers}}]
    found["status_pages"] = [{"name": "other", "url": f"http://{host}", "backfill": False, **often}]
    found["claude_code"] = {"hook": True, "otlp": True, "transcripts": True}
    config.write_text(yaml.safe_dump(found))


def planted_lines():
    """Transcripts of both shapes, with a mark in every text that is not a kind."""
    mark, now = MARKS["transcript"], time.strftime(STAMP, time.gmtime())
    common = {"timestamp": now, "cwd": mark, "gitBranch": mark, "sessionId": mark, "uuid": mark}
    text = {"content": [{"type": "text", "text": f"API Error: 529 {mark}"}]}
    failure = {"isApiErrorMessage": True, "apiErrorStatus": 529, "error": "server_error"}
    usage = {"model": "claude-opus-4-6", "id": mark, "usage": {"input_tokens": 7}, **text}
    return [
        {**common, "type": "user", "message": {"content": f'"usage" {mark}'}},
        {**common, "type": "assistant", **failure, "message": {"model": "<synthetic>", **text}},
        {**common, "type": "assistant", "message": usage, "requestId": mark},
        {**common, "type": "system", "subtype": "api_error", "error": {"message": mark}},
    ]


def telemetry():
    """An error with everything that Claude Code says of its user."""
    mark = MARKS["otlp attribute"]
    said = {
        "event.name": "api_error",
        "model": f"{mark} {mark}",
        "error": mark,
        "status_code": "529",
    }
    said |= dict.fromkeys(("user.email", "session.id", "organization.id", "prompt"), mark)
    pairs = [{"key": key, "value": {"stringValue": each}} for key, each in said.items()]
    who = {"key": "user.email", "value": {"stringValue": MARKS["otlp resource"]}}
    scope = {"scope": {"name": MARKS["otlp resource"]}, "logRecords": [{"attributes": pairs}]}
    return {"resourceLogs": [{"resource": {"attributes": [who]}, "scopeLogs": [scope]}]}


def hook_said():
    mark = MARKS["hook"]
    said = {"hook_event_name": "StopFailure", "error": "overloaded", "error_details": mark}
    return json.dumps({**said, "cwd": mark, "session_id": mark, "transcript_path": mark}).encode()


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home of its own, whose environment has secrets too."""
    projects = tmp_path / "home" / MARKS["folder"] / "projects" / MARKS["folder"]
    projects.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home" / "state"))
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "home" / MARKS["folder"]))
    monkeypatch.setenv("ZX9_KEY", MARKS["key in the environment"])
    password = MARKS["password of a proxy"]
    monkeypatch.setenv("http_proxy", f"http://me:{password}@127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return projects


LINES = [*(json.dumps(each) for each in planted_lines()), '{"usage" half', ""]


def write(projects):
    """One more transcript: what is there before the first look is history, and so not counted."""
    name = f"{MARKS['folder']}-{len(list(projects.iterdir()))}.jsonl"
    (projects / name).write_text("\n".join(LINES))


async def feed(exporter):
    """Everything else that Claude Code on this machine would tell."""
    environ = {**os.environ, "CLAUDE_EXPORTER_ADDRESS": "127.0.0.1:1"}
    command = (sys.executable, "-I", "-S", hook_file)
    hook = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.PIPE, env=environ
    )
    await hook.communicate(hook_said())
    events = f"{exporter.url}/api/v1/claude-code/events"
    notes = {"alerts": [{"labels": {"alertname": "X"}, "annotations": {}, "status": "firing"}]}
    async with httpx.AsyncClient(trust_env=False) as client:
        for url, body in (
            (f"{exporter.url}/v1/logs", telemetry()),
            (f"{exporter.url}/v1/logs", [MARKS["otlp attribute"]]),
            (events, event_of(hook_said(), time.time() - 60)),
            (events, {"at": 1, "error": MARKS["hook"]}),
            (f"{exporter.url}/api/v1/notifications", notes),
        ):
            await client.post(url, json=body)


def addresses():
    """Every address of the exporter that answers without more being said."""
    app = Server(Exposed().exporter, None).application()
    paths = {each.canonical for each in app.router.resources()}
    return sorted(path for path in paths if "{" not in path and path != "/api/v1/events")


async def shown(exporter):
    """All that can be read from outside, by place, each zip unpacked."""
    found = {}
    async with httpx.AsyncClient(trust_env=False, timeout=20) as client:
        for path in (*addresses(), "/probe?target=mine&debug=true"):
            answer = await client.get(f"{exporter.url}{path}")
            found[path] = answer.content
            if path.endswith(".zip"):
                with zipfile.ZipFile(io.BytesIO(answer.content)) as bundle:
                    found[path] = b"\n".join(bundle.read(name) for name in bundle.namelist())
    return found


async def test_no_secret_leaves(home, tmp_path):
    """Metrics, page, API, configuration, bundle, log, state file and spool are all clean."""
    async with talkative() as host, simulated(load_scenario("blip-90s"), tmp_path) as (_, config):
        configure(config, host, tmp_path)
        exporter = await Exporter(tmp_path, config, 1.0, "--log.level=debug").start()
        try:
            await feed(exporter)
            await exporter.until("/metrics", lambda it: all_counted(it.text, write(home)))
            found = await shown(exporter)
        finally:
            assert await exporter.stop() == 0
    found["log"] = exporter.log.read_bytes()
    found["state file"] = b"".join(each.read_bytes() for each in tmp_path.glob("state.db*"))
    found["spool"] = b"".join(each.read_bytes() for each in tmp_path.rglob("*.spool"))
    leaks = {
        (place, mark)
        for place, body in found.items()
        for mark, secret in MARKS.items()
        if secret.lower().encode() in body.lower()
    }
    assert leaks == set()
    assert b"claude_probe_failures_total" in found["/metrics"]
    assert b"req_011CSHoEeqs5C35K2UUqR7Fy" in found["/support-bundle.zip"]


def all_counted(text, _):
    """Each source has told something, and the talkative host was asked."""
    wanted = (
        'claude_code_errors_total{model="other",sign="overloaded"} 1.0',
        'claude_code_requests_total{model="claude-opus-4-6"} 1.0',
        'claude_code_source_last_event_timestamp_seconds{source="transcripts"}',
        'claude_code_source_last_event_timestamp_seconds{source="hook"}',
        'claude_probe_failures_total{sign="internal_error",surface="api",target="mine"}',
        'claude_status_page_up{page="other"} 1.0',
    )
    return all(each in text for each in wanted)
