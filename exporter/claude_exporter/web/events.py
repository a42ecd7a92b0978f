"""
`/api/v1/events`: server-sent events, one whenever what the page shows has changed.

Nothing is computed while nobody listens. A listener is owed the newest state and no older one, so
its queue is one place. Who does not read is dropped; who comes when all are taken is refused.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from aiohttp import hdrs, web

from claude_exporter.runtime.exporter import Exporter

from .headline import headline

LISTENERS: Final = 100
HEARTBEAT: Final = 15.0
OWED: Final = 16 * 1024
"""Bytes that may wait for a listener, and as many in the kernel; then it is let go."""

_RETRY: Final = b"retry: 3000\n\n"
_HEADERS: Final = {
    hdrs.CONTENT_TYPE: "text/event-stream; charset=utf-8",
    hdrs.CACHE_CONTROL: "no-store",
    "X-Accel-Buffering": "no",  # nginx would collect the events for us
}


@dataclass(slots=True, eq=False)
class _Listener:
    request: web.Request
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def gone(self) -> bool:
        transport = self.request.transport
        return transport is None or transport.is_closing()

    def hold_little(self) -> None:
        """Let the kernel keep few bytes for this connection: who does not read is noticed soon."""
        transport = self.request.transport
        found = transport and transport.get_extra_info("socket")
        if found:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, OWED)

    def drop_if_deaf(self) -> None:
        """End the connection of one that does not read; its answer would never end."""
        transport = self.request.transport
        if transport is not None and transport.get_write_buffer_size() > OWED:
            transport.abort()


class Events:
    """Tells up to LISTENERS browsers and programs; `close` lets all of them go."""

    def __init__(
        self,
        exporter: Exporter,
        notes: Callable[[], int],
        *,
        limit: int = LISTENERS,
        heartbeat: float = HEARTBEAT,
    ) -> None:
        self._exporter = exporter
        self._notes = notes
        self._limit = limit
        self._heartbeat = heartbeat
        self._listeners: set[_Listener] = set()
        self._picture = ""
        self._closed = False

    @property
    def listeners(self) -> int:
        """How many listen now."""
        return sum(not each.gone for each in self._listeners)

    async def stream(self, request: web.Request) -> web.StreamResponse:
        """Answer one listener until it goes or we close; 503 where all places are taken."""
        if self._closed or self.listeners >= self._limit:
            text = f"All {self._limit} places for listeners are taken: come back later\n"
            return web.Response(status=503, text=text, headers={hdrs.RETRY_AFTER: "30"})
        response = web.StreamResponse(headers=_HEADERS)
        with self._listening(request) as listener:
            try:
                await response.prepare(request)
                listener.hold_little()
                await response.write(_RETRY)
                await self._tell(listener, response)
            except ConnectionError:
                pass  # it went
        return response

    async def _tell(self, listener: _Listener, response: web.StreamResponse) -> None:
        told = ""
        while not self._closed and not listener.gone:
            if told != self._picture:
                told = self._picture
                text = self._event("change")
            else:
                text = self._event("tick")
            await response.write(text)
            listener.drop_if_deaf()
            await self._rest(listener)

    async def _rest(self, listener: _Listener) -> None:
        """Wait until something is to be told, or for a heartbeat."""
        try:
            async with asyncio.timeout(self._heartbeat):
                await listener.woken.wait()
        except TimeoutError:
            return
        finally:
            listener.woken.clear()

    @contextmanager
    def _listening(self, request: web.Request) -> Iterator[_Listener]:
        listener = _Listener(request)
        if not self._listeners:
            self._exporter.watchers.add(self.look)
            self._picture = self.picture()
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)
            if not self._listeners:
                self._exporter.watchers.discard(self.look)

    def look(self) -> None:
        """Tell everybody if the picture is another one; let those go who went."""
        if not self._listeners:
            return
        picture = self.picture()
        if picture != self._picture:
            self._picture = picture
            for listener in self._listeners:
                listener.woken.set()
        self._wake()

    def _wake(self) -> None:
        for listener in self._listeners:
            if self._closed or listener.gone:
                listener.woken.set()

    def close(self) -> None:
        """End every stream, and take no other."""
        self._closed = True
        self._wake()

    def _event(self, name: str) -> bytes:
        judgements = self._exporter.evaluator.judgements
        facts = {
            "at": self._exporter.clock.now(),
            "headline": headline(judgements.values()),
            "action": self._exporter.evaluator.worst_action(),
            "surfaces": {
                surface: {"action": each.verdict.action, "row": each.verdict.row}
                for surface, each in judgements.items()
            },
        }
        return f"event: {name}\nid: {self._picture}\ndata: {json.dumps(facts)}\n\n".encode()

    def picture(self) -> str:
        """A short digest of what the page shows, apart from what merely grows older."""
        exporter, evaluator = self._exporter, self._exporter.evaluator
        verdicts = [
            (each.verdict.row, each.verdict.stage) for each in evaluator.judgements.values()
        ]
        standings = [
            (name, state.last.standing if state.last else "")
            for name, (_, state) in evaluator.tracked.items()
        ]
        faults = [(name, report.fault) for name, report in evaluator.pages.items()]
        pages = [
            (name, each.incidents, each.maintenances, [part.status for part in each.components])
            for name, each in exporter.readable_contents().items()
        ]
        whole = repr((verdicts, standings, faults, pages, self._notes()))
        return hashlib.blake2b(whole.encode(errors="replace"), digest_size=8).hexdigest()
