"""All sources together: nothing private leaves, whatever they are given."""

import json
import logging
import time

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client.parser import text_string_to_metric_families
from support.clock import FakeClock

from claude_exporter.claude_code.hook import event_of, spool
from claude_exporter.claude_code.watch import ClaudeCode
from claude_exporter.config.claude_code import ClaudeCodeConfig
from claude_exporter.core.model import Sign, Surface
from claude_exporter.core.real_use import Request

SECRET = "planted-5ecret"  # noqa: S105  # a mark to search for
ALL = ClaudeCodeConfig(hook=True, otlp=True, transcripts=True)
EVENTS = "/api/v1/claude-code/events"
STAMP = "2023-11-14T22:13:22.000Z"  # a second before the clock


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A home of its own; the spool is where the hook would put it."""
    (tmp_path / ".claude" / "projects" / SECRET).mkdir(parents=True)
    state = tmp_path / "state"
    monkeypatch.setenv("XDG_STATE_HOME", str(state))
    return tmp_path


def watching(place, config=ALL, document=None):
    environ = {"XDG_STATE_HOME": str(place / "state")}
    return ClaudeCode(config, FakeClock(), environ, place, document)


def planted(value):
    """The same JSON with a secret in every text but those that say what it is."""
    if isinstance(value, dict):
        changed = {key: each if key in KEPT else planted(each) for key, each in value.items()}
        return {**changed, SECRET: SECRET}
    if isinstance(value, list):
        return [planted(each) for each in value]
    return f"{value} {SECRET}" if isinstance(value, str) else value


KEPT = {"type", "subtype", "timestamp", "model", "isApiErrorMessage"}
LINES = [
    {"type": "user", "message": {"content": "usage"}, "cwd": "/home", "gitBranch": "main"},
    {
        "type": "assistant",
        "timestamp": STAMP,
        "message": {"model": "claude-opus-4-6", "id": "m", "usage": {"input_tokens": 7}},
        "requestId": "r",
        "sessionId": "s",
    },
    {
        "type": "assistant",
        "timestamp": STAMP,
        "message": {"model": SECRET.upper(), "usage": {"input_tokens": 7}},
    },
    {
        "type": "assistant",
        "timestamp": STAMP,
        "isApiErrorMessage": True,
        "error": "server_error",
        "apiErrorStatus": 529,
        "message": {"model": "<synthetic>", "content": [{"type": "text", "text": "API Error"}]},
    },
    {
        "type": "system",
        "subtype": "api_error",
        "timestamp": STAMP,
        "error": {"cause": {"code": "ENOTFOUND", "path": "https://api.anthropic.com"}},
    },
]


def otlp_logs():
    known = {"event.name": "api_error", "model": "claude-opus-4-6"}
    more = ("error", "user.email", "session.id", "user.account_uuid", "organization.id", "prompt")
    said = {**known, **dict.fromkeys(more, SECRET)}
    pairs = [{"key": key, "value": {"stringValue": value}} for key, value in said.items()]
    return {"resourceLogs": [{"scopeLogs": [{"logRecords": [{"attributes": pairs}]}]}]}


def hook_input():
    said = {"hook_event_name": "StopFailure", "error": "overloaded", "cwd": SECRET}
    return json.dumps({**said, "session_id": SECRET, "last_assistant_message": SECRET}).encode()


async def fed(place, caplog):
    """A watcher that was given a secret in every field of every source; what it shows."""
    caplog.set_level(logging.DEBUG)
    claude = watching(place)
    await claude.poll()
    path = place / ".claude" / "projects" / SECRET / f"{SECRET}.jsonl"
    lines = [json.dumps(planted(each)) for each in LINES]
    path.write_text("\n".join([*lines, f'{{"usage": {SECRET}', ""]))
    now = FakeClock().now()
    kept = place / "state" / "claude-exporter" / "claude-code.spool"
    assert spool(event_of(hook_input(), now - 100), str(kept), time.monotonic() + 1)
    spooled = kept.read_text()
    app = web.Application()
    app.add_routes(claude.routes())
    async with TestClient(TestServer(app)) as client:
        for url, body in (
            (EVENTS, event_of(hook_input(), now - 200)),
            (EVENTS, {"at": SECRET, SECRET: SECRET}),
            ("/v1/logs", otlp_logs()),
            ("/v1/logs", [SECRET]),
        ):
            async with client.post(url, json=body) as response:
                spooled += await response.text()
    await claude.poll()
    return claude, spooled


async def test_nothing_private_leaves(place, caplog):
    """Neither by metrics, answers, logs, state nor spool; and all of it was counted."""
    claude, spooled = await fed(place, caplog)

    shown = {
        "metrics": claude.text(),
        "state": json.dumps(claude.document()),
        "spool and answers": spooled,
        "log": "".join(f"{each.__dict__}" for each in caplog.records),
    }
    found = {name for name, text in shown.items() if SECRET in text.lower()}
    assert found == set()
    families = text_string_to_metric_families(claude.text())
    counted = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
        if sample.value and "timestamp" not in sample.name
    }
    assert counted == {
        ("claude_code_errors_total", "claude-opus-4-6", "connect"): 1,
        ("claude_code_errors_total", "other", "overloaded"): 1,
        ("claude_code_errors_total", "overloaded", "unknown"): 2,
        ("claude_code_requests_total", "claude-opus-4-6"): 1,
        ("claude_code_requests_total", "other"): 1,
        ("claude_code_retries_total", "dns", "other"): 1,
        ("claude_code_tokens_total", "claude-opus-4-6", "input"): 7,
        ("claude_code_tokens_total", "input", "other"): 7,
        ("claude_code_source_problems_total", "hook", "malformed"): 1,
        ("claude_code_source_problems_total", "malformed", "otlp"): 1,
        ("claude_code_source_problems_total", "malformed", "transcripts"): 1,
        ("claude_code_source_up", "hook"): 1,
        ("claude_code_source_up", "otlp"): 1,
        ("claude_code_source_up", "transcripts"): 1,
    }


async def test_a_restart_goes_on(place, caplog):
    """The same counts, and nothing is counted a second time."""
    claude, _ = await fed(place, caplog)
    again = watching(place, document=json.loads(json.dumps(claude.document())))
    await again.poll()
    assert again.counters.shown() == claude.counters.shown()


async def test_a_reload_switches_sources(place):
    """What is off answers 404, is not read and has no sample; counts stay."""
    claude = watching(place)
    await claude.poll()
    claude.replace(ClaudeCodeConfig(hook=False))
    app = web.Application()
    app.add_routes(claude.routes())
    async with TestClient(TestServer(app)) as client:
        statuses = [(await client.post(url, json={})).status for url in (EVENTS, "/v1/metrics")]
    assert statuses == [404, 404]
    assert "claude_code_source_up{" not in claude.text()
    path = place / ".claude" / "projects" / "a.jsonl"
    path.write_text(json.dumps(LINES[1]) + "\n")
    await claude.poll()
    assert claude.counters.shown() == {}
    claude.replace(ALL)
    await claude.poll()
    assert claude.counters.shown()["requests", "claude-opus-4-6"] == 1


async def test_a_source_that_cannot_be_read_is_down(place, caplog):
    """It is said once, and when it is back."""
    caplog.set_level(logging.INFO)
    projects = place / ".claude" / "projects"
    projects.rename(place / "away")
    claude = watching(place)
    await claude.poll()
    await claude.poll()
    assert 'claude_code_source_up{source="transcripts"} 0.0' in claude.text()
    assert 'problems_total{reason="unreadable",source="transcripts"} 2.0' in claude.text()
    (place / "away").rename(projects)
    await claude.poll()
    assert 'claude_code_source_up{source="transcripts"} 1.0' in claude.text()
    said = [each.message for each in caplog.records]
    assert said == ["source cannot be read", "source can be read again"]


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"Content-Type": "application/json", "Origin": "http://x"}, b"{}", 415),
        ({"Content-Type": "text/plain"}, b"{}", 415),
        ({"Content-Type": "application/json"}, b" " * 1025, 413),
        ({"Content-Type": "application/json"}, b"{}", 400),
    ],
    ids=["of a page in a browser", "of another type", "too large", "no event"],
)
async def test_events_that_are_refused(place, headers, body, status):
    claude = watching(place)
    app = web.Application()
    app.add_routes(claude.routes())
    async with TestClient(TestServer(app)) as client:
        assert (await client.post(EVENTS, data=body, headers=headers)).status == status
    assert claude.requests() == {Surface.CODE: []}


async def test_a_turn_that_failed_is_evidence(place):
    """For Claude Code alone; where every source is off there is none, not even of nothing."""
    claude = watching(place)
    app = web.Application()
    app.add_routes(claude.routes())
    async with TestClient(TestServer(app)) as client:
        event = {"at": FakeClock().now() - 7, "error": "overloaded", "status": 529}
        assert (await client.post(EVENTS, json=event)).status == 202
    failed = Request(FakeClock().now() - 7, Sign.OVERLOADED)
    assert claude.requests() == {Surface.CODE: [failed]}
    claude.replace(ClaudeCodeConfig(hook=False))
    assert claude.requests() == {}
