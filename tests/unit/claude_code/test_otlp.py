"""The OTLP receiver: both encodings, both temporalities, and everything that may be wrong."""

import gzip
import io
import json

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from google.protobuf.json_format import ParseDict
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)

from claude_exporter.claude_code.counters import Counters
from claude_exporter.claude_code.facts import Problem, Source
from claude_exporter.claude_code.otlp import BODY_LIMIT, Receiver

NOW = 1_700_000_003.0
NANO = 1_000_000_000
STARTED = int(NOW) * NANO + 7
PROTOBUF, JSON = "application/x-protobuf", "application/json"
ENCODINGS = {"protobuf": False, "json": True}


def value_of(value):
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    return {"doubleValue": value} if isinstance(value, float) else {"stringValue": value}


def attributes(said):
    return [{"key": key, "value": value_of(value)} for key, value in said.items()]


def log(name, at=NOW, **said):
    known = {"event.name": name, "user.email": "planted-secret", "session.id": "s", **said}
    record = {"body": {"stringValue": f"claude_code.{name}"}, "attributes": attributes(known)}
    return {**record, "timeUnixNano": str(int(at * NANO))}


def logs(*records):
    resource = {"attributes": attributes({"service.name": "claude-code"})}
    return {"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": list(records)}]}]}


def point(amount, start=STARTED, end=STARTED + 1, **said):
    number = {"asInt": str(amount)} if isinstance(amount, int) else {"asDouble": amount}
    times = {"startTimeUnixNano": str(start), "timeUnixNano": str(end)}
    return {**number, **times, "attributes": attributes({"session.id": "s", **said})}


def metric(name, *points, temporality=1):
    total = {"dataPoints": list(points), "aggregationTemporality": temporality}
    return {"name": f"claude_code.{name}", "sum": {**total, "isMonotonic": True}}


def metrics(*those):
    return {"resourceMetrics": [{"scopeMetrics": [{"metrics": list(those)}]}]}


class Receiving:
    """A receiver behind a real server."""

    def __init__(self, client, receiver, counters):
        self._client = client
        self.receiver = receiver
        self.counters = counters

    async def send(self, message, *, is_json=True, path=None, **more):
        path = path or ("/v1/logs" if "resourceLogs" in message else "/v1/metrics")
        kind = ExportLogsServiceRequest if "logs" in path else ExportMetricsServiceRequest
        body = (
            json.dumps(message).encode()
            if is_json
            else ParseDict(message, kind()).SerializeToString()
        )
        headers = {"Content-Type": JSON if is_json else PROTOBUF}
        return await self.post(path, body, headers, **more)

    async def post(self, path, body, headers):
        async with self._client.post(path, data=io.BytesIO(body), headers=headers) as response:
            return response.status, response.content_type, await response.read()


@pytest.fixture
async def receiving():
    counters = Counters()
    receiver = Receiver(counters, lambda: NOW)
    receiver.enabled = True
    app = web.Application()
    app.add_routes([web.post("/v1/logs", receiver.logs), web.post("/v1/metrics", receiver.metrics)])
    async with TestClient(TestServer(app)) as client:
        yield Receiving(client, receiver, counters)


REQUEST = {"model": "claude-opus-4-6", "input_tokens": 3, "cost_usd": 0.5, "duration_ms": 7}
MODEL = "claude-opus-4-6"

EVENTS = {
    "a request": (
        [log("api_request", **REQUEST, output_tokens="20")],
        {
            ("requests", MODEL): 1,
            ("tokens", MODEL, "input"): 3,
            ("tokens", MODEL, "output"): 20,
            ("cost", MODEL): 0.5,
        },
    ),
    "an error after eleven attempts": (
        [log("api_error", model=MODEL, error="Overloaded", status_code=529, attempt=11)],
        {("errors", MODEL, "overloaded"): 1, ("retries", MODEL, "overloaded"): 10},
    ),
    "a status that is a text": (
        [log("api_error", model=MODEL, error="x", status_code="500", attempt=1)],
        {("errors", MODEL, "internal_error"): 1},
    ),
    "an error and its exhausted retries are one": (
        [
            log("api_error", model=MODEL, error="Overloaded", status_code=529, attempt=11),
            log("api_retries_exhausted", model=MODEL, status_code=529, total_attempts=11),
        ],
        {("errors", MODEL, "overloaded"): 1, ("retries", MODEL, "overloaded"): 10},
    ),
    "exhausted retries alone": (
        [log("api_retries_exhausted", model=MODEL, status_code=529, total_attempts=3)],
        {("errors", MODEL, "overloaded"): 1, ("retries", MODEL, "overloaded"): 2},
    ),
    "no status is no connection": (
        [log("api_error", model=MODEL, error="fetch failed", attempt=1)],
        {("errors", MODEL, "connect"): 1},
    ),
    "a login that failed": (
        [log("auth", action="login", success=False, status_code=401)],
        {("errors", "unknown", "authentication"): 1},
    ),
    "a login": ([log("auth", action="login", success=True)], {}),
    "a prompt": ([log("user_prompt", prompt="planted-secret")], {}),
    "another program's event": (
        [{"body": {"stringValue": "api_request"}, "attributes": []}],
        {},
    ),
    "an event that was sent twice": (
        [log("api_request", **REQUEST, **{"event.sequence": 7})] * 2,
        {("requests", MODEL): 1, ("tokens", MODEL, "input"): 3, ("cost", MODEL): 0.5},
    ),
}


@pytest.mark.parametrize("is_json", ENCODINGS.values(), ids=ENCODINGS)
@pytest.mark.parametrize(("records", "counts"), EVENTS.values(), ids=EVENTS)
async def test_events(receiving, records, counts, is_json):
    answer = await receiving.send(logs(*records), is_json=is_json)
    assert answer == ((200, JSON, b"{}") if is_json else (200, PROTOBUF, b""))
    assert receiving.counters.shown() == counts


TOKENS = {"type": "input", "model": MODEL}
INPUT = ("tokens", MODEL, "input")
LATER = STARTED + NANO

POINTS = {
    "deltas add up": (
        [
            metric("token.usage", point(3, **TOKENS)),
            metric("token.usage", point(4, end=LATER, **TOKENS)),
        ],
        {INPUT: 7},
    ),
    "a delta that was sent twice counts once": (
        [metric("token.usage", point(3, **TOKENS))] * 2,
        {INPUT: 3},
    ),
    "the same delta of two sessions counts twice": (
        [
            metric("token.usage", point(3, **TOKENS)),
            metric("token.usage", point(3, **{**TOKENS, "session.id": "t"})),
        ],
        {INPUT: 6},
    ),
    "a running total counts by its increase": (
        [
            metric("token.usage", point(3, **TOKENS), temporality=2),
            metric("token.usage", point(5, end=LATER, **TOKENS), temporality=2),
        ],
        {INPUT: 5},
    ),
    "a running total that began anew counts whole": (
        [
            metric("token.usage", point(5, **TOKENS), temporality=2),
            metric("token.usage", point(2, start=LATER, end=LATER + 1, **TOKENS), temporality=2),
        ],
        {INPUT: 7},
    ),
    "a running total from before us counts from here on": (
        [
            metric("token.usage", point(500, start=NANO, **TOKENS), temporality=2),
            metric("token.usage", point(507, start=NANO, end=LATER, **TOKENS), temporality=2),
        ],
        {INPUT: 7},
    ),
    "a running total that comes late is none": (
        [
            metric("token.usage", point(5, end=LATER, **TOKENS), temporality=2),
            metric("token.usage", point(3, **TOKENS), temporality=2),
        ],
        {INPUT: 5},
    ),
    "everything else": (
        [
            metric("cost.usage", point(0.25, model=MODEL)),
            metric("session.count", point(1)),
            metric("commit.count", point(2)),
            metric("pull_request.count", point(3)),
            metric("lines_of_code.count", point(5, type="added"), point(7, type="removed")),
            metric("active_time.total", point(11.5, type="user"), point(1.5, type="cli")),
            metric("code_edit_tool.decision", point(13)),
        ],
        {
            ("cost", MODEL): 0.25,
            ("activity", "sessions"): 1,
            ("activity", "commits"): 2,
            ("activity", "pull_requests"): 3,
            ("activity", "lines_added"): 5,
            ("activity", "lines_removed"): 7,
            ("activity", "active_seconds"): 13,
        },
    ),
}


@pytest.mark.parametrize("is_json", ENCODINGS.values(), ids=ENCODINGS)
@pytest.mark.parametrize(("those", "counts"), POINTS.values(), ids=POINTS)
async def test_points(receiving, those, counts, is_json):
    for each in those:
        assert (await receiving.send(metrics(each), is_json=is_json))[0] == 200
    assert receiving.counters.shown() == counts


async def test_what_cannot_be_counted_is_rejected_and_the_rest_taken(receiving):
    """As OTLP's partial success, in both encodings."""
    message = metrics(
        metric("token.usage", point(3, **TOKENS), point(-1, **TOKENS)),
        metric("token.usage", point(1, **TOKENS), temporality=0),
        {"name": "claude_code.session.count", "gauge": {"dataPoints": []}},
    )
    said = "expected sums that are delta or cumulative, with numbers from 0 on"
    _, _, body = await receiving.send(message)
    partial = {"rejectedDataPoints": "3", "errorMessage": said}
    assert json.loads(body) == {"partialSuccess": partial}

    _, _, body = await receiving.send(message, is_json=False)
    answer = ExportMetricsServiceResponse.FromString(body).partial_success
    assert (answer.rejected_data_points, answer.error_message) == (3, said)
    assert receiving.counters.shown() == {INPUT: 3}
    assert receiving.counters.problems[Source.OTLP, Problem.UNSUPPORTED] == 6


async def test_gzip(receiving):
    body = gzip.compress(json.dumps(logs(log("api_request", **REQUEST))).encode())
    headers = {"Content-Type": JSON, "Content-Encoding": "gzip"}
    assert (await receiving.post("/v1/logs", body, headers))[0] == 200
    assert receiving.counters.shown()["requests", MODEL] == 1


GZIPPED = {"Content-Type": JSON, "Content-Encoding": "gzip"}
REFUSED = {
    "no JSON": (b"{", {"Content-Type": JSON}, 400, Problem.MALFORMED),
    "JSON of another kind": (b"[]", {"Content-Type": JSON}, 400, Problem.MALFORMED),
    "JSON without an end": (b"[" * 99_999, {"Content-Type": JSON}, 400, Problem.MALFORMED),
    "no protobuf": (b"\xff\xff", {"Content-Type": PROTOBUF}, 400, Problem.MALFORMED),
    "no gzip": (b"planted", GZIPPED, 400, Problem.MALFORMED),
    "half a gzip": (gzip.compress(b"{}" * 999)[:20], GZIPPED, 400, Problem.MALFORMED),
    "another type": (b"{}", {"Content-Type": "text/plain"}, 415, Problem.UNSUPPORTED),
    "another encoding": (
        b"{}",
        {"Content-Type": JSON, "Content-Encoding": "compress"},
        415,
        Problem.UNSUPPORTED,
    ),
    "too large": (b" " * (BODY_LIMIT + 1), {"Content-Type": JSON}, 413, Problem.TOO_LARGE),
    "too large when inflated": (
        gzip.compress(b" " * (BODY_LIMIT + 1)),
        GZIPPED,
        413,
        Problem.TOO_LARGE,
    ),
}


@pytest.mark.parametrize(("body", "headers", "status", "problem"), REFUSED.values(), ids=REFUSED)
async def test_refused(receiving, body, headers, status, problem):
    """With a status message in the encoding of the request, and counted with its reason."""
    got, kind, text = await receiving.post("/v1/logs", body, headers)
    assert (got, receiving.counters.problems) == (status, {(Source.OTLP, problem): 1})
    if headers["Content-Type"] == JSON:
        assert (kind, json.loads(text)["code"]) == (JSON, 3)
    else:
        assert (kind, text[:2]) == (PROTOBUF, b"\x08\x03")


async def test_it_is_off_unless_asked_for(receiving):
    receiving.receiver.enabled = False
    assert (await receiving.send(logs(log("api_request", **REQUEST))))[0] == 404
    assert receiving.counters.shown() == {}


def test_an_empty_answer_is_a_full_success():
    assert ExportLogsServiceResponse.FromString(b"").partial_success.rejected_log_records == 0
