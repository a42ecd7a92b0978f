"""
OTLP payloads, protobuf or JSON, as plain events and points.

Only the attributes that are counted by are read; identity goes into digests, by which repetitions
are known, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pydantic_core import from_json

from claude_exporter.claude_code.seen import digest
from claude_exporter.claude_code.values import keys_of, text_of

if TYPE_CHECKING:
    from opentelemetry.proto.common.v1.common_pb2 import KeyValue

Scalar = str | int | float | bool
PREFIX: Final = "claude_code."
COUNTED: Final = frozenset(("api_request", "api_error", "api_retries_exhausted", "auth"))
"""The events that count; all others, prompts among them, are not even read."""

DELTA: Final = 1
CUMULATIVE: Final = 2

_TEMPORALITIES: Final = {
    "AGGREGATION_TEMPORALITY_DELTA": DELTA,
    "AGGREGATION_TEMPORALITY_CUMULATIVE": CUMULATIVE,
}
_WANTED: Final = frozenset(
    (
        *("event.name", "event.sequence", "session.id", "model", "error", "status_code"),
        *("attempt", "total_attempts", "action", "success", "type", "cost_usd"),
        *("input_tokens", "output_tokens", "cache_read_tokens", "cache_creation_tokens"),
    )
)


class PayloadError(ValueError):
    """Not a payload of OTLP; the text says what it is not, and nothing of what it is."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event of Claude Code; *at* is in nanoseconds, 0 where it is not told."""

    name: str
    at: int
    attributes: Mapping[str, Scalar]


@dataclass(frozen=True, slots=True)
class Point:
    """
    One point of one of Claude Code's sums; moments are in nanoseconds.

    *temporality* is 0 where it is no sum, and *amount* None where it is no number.
    """

    metric: str
    attributes: Mapping[str, Scalar]
    series: str
    amount: float | None
    start: int
    end: int
    temporality: int


def events_in(body: bytes, *, is_json: bool) -> Iterator[Event]:
    """The events of an export of logs; those of other programs are left out."""
    return _json_events(_json(body)) if is_json else _proto_events(body)


def points_in(body: bytes, *, is_json: bool) -> Iterator[Point]:
    """The points of an export of metrics; those of other programs are left out."""
    return _json_points(_json(body)) if is_json else _proto_points(body)


def _json(body: bytes) -> Mapping[str, Any]:
    try:
        value = from_json(body)
    except ValueError:
        raise PayloadError("expected JSON, not this body") from None
    if not isinstance(value, dict):
        raise PayloadError("expected a JSON object, not another value")
    return value


def _parsed(message: Any, body: bytes) -> Any:  # noqa: ANN401  # generated classes
    from google.protobuf.message import DecodeError  # noqa: PLC0415  # only where OTLP is on

    try:
        message.ParseFromString(body)
    except DecodeError:
        raise PayloadError("expected a protobuf message of OTLP, not this body") from None
    return message


def _proto_events(body: bytes) -> Iterator[Event]:
    from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (  # noqa: PLC0415  # as above
        ExportLogsServiceRequest,
    )

    request = _parsed(ExportLogsServiceRequest(), body)
    for resource in request.resource_logs:
        for scope in resource.scope_logs:
            for record in scope.log_records:
                told = record.event_name or record.body.string_value
                if _is_other(told):
                    continue
                attributes = _proto_attributes(record.attributes)
                name = _name_of(told, attributes)
                if name in COUNTED:
                    at = record.time_unix_nano or record.observed_time_unix_nano
                    yield Event(name, at, attributes)


def _json_events(request: Mapping[str, Any]) -> Iterator[Event]:
    for record in _deep(request, "resourceLogs", "scopeLogs", "logRecords"):
        body = text_of(keys_of(record.get("body")).get("stringValue"))
        told = text_of(record.get("eventName")) or body
        if _is_other(told):
            continue
        attributes = _json_attributes(record.get("attributes"))
        name = _name_of(told, attributes)
        if name in COUNTED:
            at = _whole(record.get("timeUnixNano")) or _whole(record.get("observedTimeUnixNano"))
            yield Event(name, at, attributes)


def _is_other(told: str) -> bool:
    return told.startswith(PREFIX) and told.removeprefix(PREFIX) not in COUNTED


def _name_of(told: str, attributes: Mapping[str, Scalar]) -> str:
    """The bare name of an event of Claude Code, empty for another's."""
    if told.startswith(PREFIX):
        return told.removeprefix(PREFIX)
    said = attributes.get("event.name", "")
    return said.removeprefix(PREFIX) if isinstance(said, str) else ""


def _proto_points(body: bytes) -> Iterator[Point]:
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (  # noqa: PLC0415  # as above
        ExportMetricsServiceRequest,
    )

    request = _parsed(ExportMetricsServiceRequest(), body)
    for resource in request.resource_metrics:
        whose = _identity(_proto_attributes(resource.resource.attributes, all_of_them=True))
        for scope in resource.scope_metrics:
            for metric in scope.metrics:
                if metric.name.startswith(PREFIX):
                    yield from _proto_sum(metric, whose)


def _proto_sum(metric: Any, whose: str) -> Iterator[Point]:  # noqa: ANN401  # generated classes
    kind = metric.WhichOneof("data")
    if kind != "sum":
        yield _no_sum(metric.name)
        return
    for point in metric.sum.data_points:
        every = _proto_attributes(point.attributes, all_of_them=True)
        value = point.WhichOneof("value")
        yield Point(
            metric.name,
            _wanted(every),
            digest(whose, metric.name, _identity(every)).hex(),
            float(getattr(point, value)) if value else None,
            point.start_time_unix_nano,
            point.time_unix_nano,
            metric.sum.aggregation_temporality,
        )


def _json_points(request: Mapping[str, Any]) -> Iterator[Point]:
    for resource in _deep(request, "resourceMetrics"):
        own = keys_of(resource.get("resource")).get("attributes")
        whose = _identity(_json_attributes(own, all_of_them=True))
        for metric in _deep(resource, "scopeMetrics", "metrics"):
            if text_of(metric.get("name")).startswith(PREFIX):
                yield from _json_sum(metric, whose)


def _json_sum(metric: Mapping[str, Any], whose: str) -> Iterator[Point]:
    name, total = metric["name"], keys_of(metric.get("sum"))
    if not total:
        yield _no_sum(name)
        return
    told = total.get("aggregationTemporality")
    temporality = _TEMPORALITIES.get(told, 0) if isinstance(told, str) else _whole(told)
    for point in _deep(total, "dataPoints"):
        every = _json_attributes(point.get("attributes"), all_of_them=True)
        yield Point(
            name,
            _wanted(every),
            digest(whose, name, _identity(every)).hex(),
            _number(point.get("asInt", point.get("asDouble"))),
            _whole(point.get("startTimeUnixNano")),
            _whole(point.get("timeUnixNano")),
            temporality,
        )


def _no_sum(name: str) -> Point:
    return Point(name, {}, "", None, 0, 0, 0)


_SCALARS: Final = frozenset(("string_value", "int_value", "double_value", "bool_value"))


def _proto_attributes(pairs: Iterable[KeyValue], *, all_of_them: bool = False) -> dict[str, Scalar]:
    found: dict[str, Scalar] = {}
    for pair in pairs:
        key = pair.key
        if all_of_them or key in _WANTED:
            value = pair.value
            kind = value.WhichOneof("value")
            if kind in _SCALARS:
                found[key] = getattr(value, kind)
    return found


def _json_attributes(pairs: object, *, all_of_them: bool = False) -> dict[str, Scalar]:
    found: dict[str, Scalar] = {}
    for pair in map(keys_of, pairs if isinstance(pairs, list) else ()):
        key = text_of(pair.get("key"))
        if all_of_them or key in _WANTED:
            value = keys_of(pair.get("value"))
            known = (read(value[kind]) for kind, read in _KINDS.items() if kind in value)
            scalar = next(known, None)
            if scalar is not None:
                found[key] = scalar
    return found


def _wanted(attributes: Mapping[str, Scalar]) -> dict[str, Scalar]:
    return {key: value for key, value in attributes.items() if key in _WANTED}


def _identity(attributes: Mapping[str, Scalar]) -> str:
    return repr(sorted(attributes.items()))


def _deep(value: Mapping[str, Any], *path: str) -> Iterator[Mapping[str, Any]]:
    """Every mapping that the lists named by *path* hold, each inside the one before."""
    items = value.get(path[0])
    for item in map(keys_of, items if isinstance(items, list) else ()):
        if len(path) == 1:
            yield item
        else:
            yield from _deep(item, *path[1:])


def _whole(value: object) -> int:
    """A 64 bit number, which JSON may write as a text; 0 where it is none."""
    if isinstance(value, str) and len(value) <= 20 and value.lstrip("-").isdecimal():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def _number(value: object) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        return float(value) if isinstance(value, (int, float, str)) else None
    except (ValueError, OverflowError):
        return None


_KINDS: Final[Mapping[str, Callable[[object], Scalar | None]]] = {
    "stringValue": lambda value: value if isinstance(value, str) else None,
    "intValue": _whole,
    "doubleValue": _number,
    "boolValue": lambda value: value if isinstance(value, bool) else None,
}
