"""An HTTP/1 answer while it arrives: bounded in memory, whatever the peer sends."""

from __future__ import annotations

from typing import Final

import httptools

from claude_exporter.probers.faults import ProtocolError

HEAD_LIMIT: Final = 64 * 1024
"""Bytes an answer may have that are no body: its status line, headers, chunk marks, trailers."""

_BODILESS: Final = frozenset(("HEAD", "CONNECT"))


class Answer:
    """Takes bytes, knows when the message is whole; `release` it at the end."""

    __slots__ = (
        "_bodiless",
        "_body",
        "_limit",
        "_overhead",
        "_parser",
        "_told_length",
        "body_length",
        "first_at",
        "headers",
        "headers_whole",
        "status",
        "version",
        "whole",
    )

    def __init__(self, method: str, body_limit: int) -> None:
        self._bodiless = method in _BODILESS
        self._limit = body_limit
        self._body = bytearray()
        self._overhead = 0
        self._told_length = False
        self._parser: httptools.HttpResponseParser | None = httptools.HttpResponseParser(self)
        self.headers: dict[str, str] = {}
        self.headers_whole = False
        self.status = 0
        self.version = ""
        self.body_length = 0
        self.first_at: float | None = None
        self.whole = False

    @property
    def body(self) -> bytes:
        """The first bytes of the body, at most the limit."""
        return bytes(self._body)

    def release(self) -> None:
        """Let go of the parser, which holds us."""
        self._parser = None

    def receive(self, data: bytes, at: float) -> bool:
        """Take `data`; true once the message is whole."""
        if self.first_at is None:
            self.first_at = at
        before = self.body_length
        try:
            if self._parser is not None:
                self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            # Whatever follows a whole message is not our answer.
            if not self.whole:
                raise
        if self.body_length == before:
            self._count(len(data))
        return self.whole

    def end(self, at: float) -> None:
        """The peer closed: fine only where nothing else told the length of the body."""
        del at
        if self.headers_whole and not self._told_length:
            self.whole = True
            return
        if not self.headers_whole:
            raise ProtocolError("closed before a whole answer")
        raise ProtocolError(f"closed after {self.body_length} bytes of a longer body")

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.headers_whole:
            return
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        self.headers[key] = f"{self.headers[key]}, {text}" if key in self.headers else text

    def on_headers_complete(self) -> None:
        parser = self._parser
        if parser is None:
            return
        self.status = parser.get_status_code()
        self.version = parser.get_http_version()
        self.headers_whole = self.status >= 200 or self.status == 101
        self._told_length = "content-length" in self.headers or "transfer-encoding" in self.headers
        self.whole = self._bodiless and self.headers_whole

    def on_body(self, data: bytes) -> None:
        room = self._limit - len(self._body)
        if room > 0:
            self._body += data[:room]
        self.body_length += len(data)

    def on_message_complete(self) -> None:
        if self.headers_whole:
            self.whole = True
        else:
            # An interim answer such as 103: the real one follows.
            self.headers.clear()

    def _count(self, size: int) -> None:
        self._overhead += size
        if self._overhead > HEAD_LIMIT and not self.whole:
            raise ProtocolError(f"more than {HEAD_LIMIT} bytes of headers")
