"""Transcripts and telemetry as Claude Code writes them, by the documented shapes."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

MODELS: Final = ("claude-opus-4-6", "claude-sonnet-4-6", "claude-haiku-4-5")
SEED: Final = 20261126
_TEXT: Final = "Here is what the tool printed, line after line, as tools do. " * 24


class Expected(Counter[str]):
    """How many of each thing must be counted: `errors`, `retries`, `requests`, `tokens`."""


def lines(count: int, now: float, expected: Expected) -> Iterator[str]:
    """
    So many lines of sessions: prompts, tool results, answers in several blocks, retries, errors.

    *expected* is told what they count as.
    """
    chance = random.Random(SEED)  # noqa: S311  # the same lines every time
    made = 0
    while made < count:
        group = _turn(chance, now - (count - made) / 100.0, made, expected)
        yield from (json.dumps(each) for each in group[: count - made])
        made += len(group)


def _turn(
    chance: random.Random, at: float, number: int, expected: Expected
) -> list[dict[str, Any]]:
    stamp = (
        datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )
    common = {"timestamp": stamp, "sessionId": f"s-{number % 97}", "cwd": "/home/me/project"}
    common |= {"version": "2.1.230", "gitBranch": "main", "uuid": f"u-{number}"}
    kind = chance.random()
    if kind < 0.02:
        expected["errors"] += 1
        return [{**common, **_ERRORS[number % len(_ERRORS)]}]
    if kind < 0.06:
        expected["retries"] += 1
        return [{**common, **_retry(number)}]
    if kind < 0.5:
        said = {"role": "user", "content": [{"type": "tool_result", "content": _TEXT}]}
        return [{**common, "type": "user", "message": said}]
    expected["requests"] += 1
    expected["tokens"] += 7 + 53
    return [_answer(common, number, block) for block in range(chance.choice((1, 2, 3)))]


def _answer(common: dict[str, Any], number: int, block: int) -> dict[str, Any]:
    usage = {"input_tokens": 7, "output_tokens": 53, "service_tier": "standard"}
    message = {"id": f"msg_{number}", "model": MODELS[number % 3], "role": "assistant"}
    message |= {"usage": usage, "content": [{"type": "text", "text": f"{block} {_TEXT}"}]}
    return {**common, "type": "assistant", "requestId": f"req_{number}", "message": message}


def _error(text: str, **more: object) -> dict[str, Any]:
    message = {"model": "<synthetic>", "role": "assistant"}
    content = [{"type": "text", "text": text}]
    shown = {**message, "content": content}
    return {"type": "assistant", "isApiErrorMessage": True, "message": shown, **more}


_ERRORS: Final = (
    _error("API Error: 529 Overloaded.", error="server_error", apiErrorStatus=529),
    _error('API Error: 500 {"type":"error","error":{"type":"api_error","message":"x"}}'),
    _error("API Error: Request timed out.", error="unknown"),
    _error("You've hit your session limit", error="rate_limit", apiErrorStatus=429),
)


def _retry(number: int) -> dict[str, Any]:
    error: dict[str, Any] = {"message": "529 Overloaded", "status": 529, "connection": None}
    if number % 2:
        inner = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
        error = {"status": 529, "headers": {}, "requestID": "req_1", "error": inner}
    told = {"retryInMs": 1567.5, "retryAttempt": 1 + number % 9, "maxRetries": 10}
    return {"type": "system", "subtype": "api_error", "level": "error", "error": error, **told}


def payloads(count: int, size: int, now: float, expected: Expected) -> Iterator[dict[str, Any]]:
    """So many events in OTLP's JSON, *size* in each payload; a tenth of them are errors."""
    for start in range(0, count, size):
        found = [_event(number, now, expected) for number in range(start, min(start + size, count))]
        scope = {"scope": {"name": "com.anthropic.claude_code.events"}, "logRecords": found}
        yield {"resourceLogs": [{"resource": _RESOURCE, "scopeLogs": [scope]}]}


def as_protobuf(payload: dict[str, Any]) -> bytes:
    """The same payload in protobuf."""
    from google.protobuf.json_format import ParseDict  # noqa: PLC0415  # only to make payloads

    return ParseDict(payload, ExportLogsServiceRequest()).SerializeToString()


def _event(number: int, now: float, expected: Expected) -> dict[str, Any]:
    said: dict[str, object] = {"session.id": f"s-{number % 97}", "event.sequence": number}
    said |= {"user.email": "me@example.com", "organization.id": "o", "user.account_uuid": "a"}
    said |= {"model": MODELS[number % 3], "duration_ms": 1543, "request_id": f"req_{number}"}
    if number % 10 == 0:
        expected["errors"] += 1
        said |= {"event.name": "api_error", "error": "529 Overloaded", "status_code": "529"}
    else:
        expected["requests"] += 1
        expected["tokens"] += 7 + 53
        said |= {"event.name": "api_request", "cost_usd": 0.01}
        said |= {"input_tokens": 7, "output_tokens": 53}
    pairs = [{"key": key, "value": {"stringValue": str(value)}} for key, value in said.items()]
    at = str(int((now - number / 1000.0) * 1e9))
    body = {"stringValue": f"claude_code.{said['event.name']}"}
    return {"timeUnixNano": at, "body": body, "attributes": pairs}


_RESOURCE: Final = {
    "attributes": [{"key": "service.name", "value": {"stringValue": "claude-code"}}]
}
