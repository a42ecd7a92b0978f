"""The OTLP/HTTP receiver for Claude Code's telemetry: `/v1/logs` and `/v1/metrics`."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from aiohttp import web

from claude_exporter.claude_code.counters import Counters
from claude_exporter.claude_code.facts import Problem, Source
from claude_exporter.claude_code.otlp_logs import EventReader
from claude_exporter.claude_code.otlp_metrics import PointReader
from claude_exporter.claude_code.otlp_records import PayloadError, events_in, points_in

BODY_LIMIT: Final = 4 * 2**20
"""Bytes of a body, as sent and as inflated."""

READ_WITHIN: Final = 10.0
AT_ONCE: Final = 4
"""Bodies that are held at the same time; the next ones wait unread."""

PROTOBUF: Final = "application/x-protobuf"
JSON: Final = "application/json"
_GZIP_MAGIC: Final = b"\x1f\x8b"
_INVALID_ARGUMENT: Final = 3
_SMALL: Final = 64 * 1024  # less is decoded sooner than a thread has begun


_Found = TypeVar("_Found")


class _RefusedError(Exception):
    def __init__(self, status: int, problem: Problem, text: str) -> None:
        super().__init__(text)
        self.status, self.problem = status, problem


class Receiver:
    """Takes exports while `enabled`; each is decoded, counted and forgotten."""

    def __init__(self, counters: Counters, now: Callable[[], float]) -> None:
        self.enabled = False
        self._counters = counters
        self._now = now
        self._events = EventReader()
        self._points = PointReader(now())
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._decoding = asyncio.Lock()

    async def logs(self, request: web.Request) -> web.Response:
        """Take an export of logs."""
        return await self._answered(request, self._take_logs)

    async def metrics(self, request: web.Request) -> web.Response:
        """Take an export of metrics."""
        return await self._answered(request, self._take_metrics)

    async def _answered(
        self, request: web.Request, take: Callable[[bytes, bool], Awaitable[int]]
    ) -> web.Response:
        if not self.enabled:
            return web.Response(status=404, text="The OTLP receiver is off: claude_code.otlp\n")
        is_json = request.content_type == JSON
        try:
            _check_kind(request)
            async with self._slots:
                body = await _body_of(request)
                async with self._decoding:
                    rejected = await take(body, is_json)
        except _RefusedError as error:
            self._counters.note(Source.OTLP, error.problem)
            return _refusal(error.status, str(error), is_json=is_json)
        except PayloadError as error:
            self._counters.note(Source.OTLP, Problem.MALFORMED)
            return _refusal(400, str(error), is_json=is_json)
        kind = "rejectedLogRecords" if request.path.endswith("logs") else "rejectedDataPoints"
        return _success(kind, rejected, is_json=is_json)

    async def _take_logs(self, body: bytes, is_json: bool) -> int:
        now = self._now()
        told = await _apart(body, lambda: self._events.facts(events_in(body, is_json=is_json), now))
        for source in (Source.OTLP, Source.OTLP_RETRIES):
            self._counters.add(source, (fact for teller, fact in told if teller is source), now)
        return 0

    async def _take_metrics(self, body: bytes, is_json: bool) -> int:
        now = self._now()
        taken = await _apart(body, lambda: self._points.take(points_in(body, is_json=is_json), now))
        self._counters.add(Source.OTLP_METRICS, taken.facts, now)
        for problem, count in (
            (Problem.UNSUPPORTED, taken.rejected),
            (Problem.OVERFLOW, taken.overflowed),
        ):
            if count:
                self._counters.note(Source.OTLP, problem, count)
        return taken.rejected + taken.overflowed


async def _apart(body: bytes, decode: Callable[[], _Found]) -> _Found:
    return decode() if len(body) <= _SMALL else await asyncio.to_thread(decode)


def _check_kind(request: web.Request) -> None:
    if request.content_type not in (PROTOBUF, JSON):
        wanted = f"expected {PROTOBUF} or {JSON} as content type"
        raise _RefusedError(415, Problem.UNSUPPORTED, wanted)
    if request.headers.get("Content-Encoding", "identity") not in ("identity", "gzip"):
        wanted = "expected gzip or no content encoding"
        raise _RefusedError(415, Problem.UNSUPPORTED, wanted)
    if (request.content_length or 0) > BODY_LIMIT:
        raise _too_large()


async def _body_of(request: web.Request) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(READ_WITHIN):
            async for part in request.content.iter_any():
                body += part
                if len(body) > BODY_LIMIT:
                    raise _too_large()
    except TimeoutError:
        late = f"expected the whole body within {READ_WITHIN:.0f} s"
        raise _RefusedError(408, Problem.UNREADABLE, late) from None
    except web.RequestPayloadError:
        broken = "expected a whole body in its content encoding"
        raise _RefusedError(400, Problem.MALFORMED, broken) from None
    return inflated(bytes(body))


def inflated(body: bytes) -> bytes:
    """
    *body* without gzip, where the server has not taken it off already.

    Neither OTLP encoding can begin as gzip does. Raises a refusal above BODY_LIMIT.
    """
    if not body.startswith(_GZIP_MAGIC):
        return body
    inflater = zlib.decompressobj(wbits=31)
    try:
        text = inflater.decompress(body, BODY_LIMIT + 1)
    except zlib.error:
        raise _RefusedError(400, Problem.MALFORMED, "expected gzip, not this body") from None
    if len(text) > BODY_LIMIT:
        raise _too_large()
    if not inflater.eof:
        raise _RefusedError(400, Problem.MALFORMED, "expected the end of the gzip body")
    return text


def _too_large() -> _RefusedError:
    return _RefusedError(413, Problem.TOO_LARGE, f"expected at most {BODY_LIMIT} bytes, inflated")


def _refusal(status: int, text: str, *, is_json: bool) -> web.Response:
    """A google.rpc.Status, as OTLP wants errors, in the encoding of the request."""
    if is_json:
        said = json.dumps({"code": _INVALID_ARGUMENT, "message": text})
        return web.Response(status=status, text=said, content_type=JSON)
    words = text.encode()[:127]
    body = bytes((0x08, _INVALID_ARGUMENT, 0x12, len(words))) + words
    return web.Response(status=status, body=body, content_type=PROTOBUF)


def _success(kind: str, rejected: int, *, is_json: bool) -> web.Response:
    said = "expected sums that are delta or cumulative, with numbers from 0 on" if rejected else ""
    if is_json:
        partial = {"partialSuccess": {kind: str(rejected), "errorMessage": said}}
        return web.json_response(partial if rejected else {})
    if not rejected:
        return web.Response(body=b"", content_type=PROTOBUF)
    words = said.encode()
    inner = b"\x08" + _varint(rejected) + bytes((0x12, len(words))) + words
    return web.Response(body=bytes((0x0A, len(inner))) + inner, content_type=PROTOBUF)


def _varint(number: int) -> bytes:
    parts = bytearray()
    while number > 0x7F:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    parts.append(number)
    return bytes(parts)
