"""A streamed message while it arrives: server-sent events, read as the Messages API sends them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from claude_exporter.probers.faults import ProtocolError
from claude_exporter.probers.http_answer import Answer

EVENT_LIMIT: Final = 64 * 1024
"""Bytes one event may have."""

_MANY: Final = 10**9


class Events:
    """Bytes in pieces of any size in, the data of whole events out."""

    __slots__ = ("_data", "_rest", "_size")

    def __init__(self) -> None:
        self._rest = bytearray()
        self._data: list[bytes] = []
        self._size = 0

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Give the data of each event that `piece` completes; ProtocolError for an endless one."""
        whole, newline, rest = piece.rpartition(b"\n")
        for line in bytes(self._rest + whole).split(b"\n") if newline else ():
            data = self._take(line.removesuffix(b"\r"))
            if data is not None:
                yield data
        if newline:
            self._rest.clear()
        self._rest += rest
        if len(self._rest) + self._size > EVENT_LIMIT:
            raise ProtocolError(f"more than {EVENT_LIMIT} bytes of one event")

    def _take(self, line: bytes) -> bytes | None:
        if not line:
            data, self._data, self._size = b"\n".join(self._data), [], 0
            return data or None
        name, _, value = line.partition(b":")
        if name == b"data":
            self._data.append(value.removeprefix(b" "))
            self._size += len(value)
        return None


class MessageStream:
    """What a streamed message has said so far; moments are those of `perf_counter`."""

    __slots__ = (
        "_events",
        "counted",
        "error",
        "first_token_at",
        "input_tokens",
        "last_token_at",
        "output_tokens",
        "pieces",
        "started",
        "stopped_at",
    )

    def __init__(self) -> None:
        self._events = Events()
        self.started = False
        self.counted = False
        self.error: tuple[str, str] | None = None
        self.first_token_at: float | None = None
        self.last_token_at = 0.0
        self.pieces = 0
        self.stopped_at: float | None = None
        self.input_tokens: int | None = None
        self.output_tokens: int | None = None

    @property
    def over(self) -> bool:
        """Whether nothing more is to come: it stopped, or an error ended it."""
        return self.stopped_at is not None or self.error is not None

    def hear(self, piece: bytes, at: float) -> None:
        """Take what arrived; whatever it is, it is remembered or left alone."""
        for data in self._events.feed(piece):
            if not self.over:
                self._note(_object_of(data), at)

    def output_rate(self) -> float | None:
        """Tokens per second between the first and the last piece, None for a single one."""
        if self.first_token_at is None or self.output_tokens is None or self.pieces < 2:
            return None
        spread = self.last_token_at - self.first_token_at
        return (self.output_tokens - 1) / spread if spread > 0 else None

    def _note(self, event: dict[str, Any], at: float) -> None:
        match event.get("type"):
            case "message_start":
                self.started = True
                self._count(_object_in(_object_in(event, "message"), "usage"))
            case "content_block_delta":
                self.first_token_at = at if self.first_token_at is None else self.first_token_at
                self.last_token_at = at
                self.pieces += 1
            case "message_delta":
                self._count(_object_in(event, "usage"))
                self.counted = self.output_tokens is not None
            case "message_stop":
                self.stopped_at = at
            case "error":
                error = _object_in(event, "error")
                self.error = (str(error.get("type", "")), str(error.get("message", "")))

    def _count(self, usage: dict[str, Any]) -> None:
        asked = [_count_of(usage, name) for name in _INPUTS]
        if asked[0] is not None:
            self.input_tokens = sum(number or 0 for number in asked)
        output = _count_of(usage, "output_tokens")
        if output is not None:
            self.output_tokens = output


_INPUTS: Final = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")


class StreamedAnswer(Answer):
    """An answer whose body is heard while it arrives; it is whole once the message is over."""

    __slots__ = ("_at", "stream")

    def __init__(self, method: str, body_limit: int) -> None:
        super().__init__(method, body_limit)
        self.stream = MessageStream()
        self._at = 0.0

    def receive(self, data: bytes, at: float) -> bool:
        self._at = at
        return super().receive(data, at) or self.stream.over

    def on_body(self, data: bytes) -> None:
        super().on_body(data)
        if self.status == 200:
            self.stream.hear(data, self._at)


def _object_of(data: bytes) -> dict[str, Any]:
    try:
        value = json.loads(data.decode(errors="replace"))
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _object_in(event: dict[str, Any], name: str) -> dict[str, Any]:
    value = event.get(name)
    return value if isinstance(value, dict) else {}


def _count_of(usage: dict[str, Any], name: str) -> int | None:
    value = usage.get(name)
    usable = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MANY
    return value if usable else None
