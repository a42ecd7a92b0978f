"""
Everything that Claude Code tells, together: the hook's events, OTLP, and the transcripts.

One event loop owns it; only reading of files happens in a thread.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from aiohttp import web

from claude_exporter.claude_code import hook
from claude_exporter.claude_code.counters import Counters
from claude_exporter.claude_code.events import EventError, EventReader, drained
from claude_exporter.claude_code.facts import Problem, Source
from claude_exporter.claude_code.otlp import JSON, Receiver
from claude_exporter.claude_code.places import claude_folder
from claude_exporter.claude_code.text import counters_text
from claude_exporter.claude_code.transcripts import Transcripts
from claude_exporter.config.claude_code import ClaudeCodeConfig
from claude_exporter.core.model import Surface
from claude_exporter.core.real_use import Request
from claude_exporter.runtime.clock import Clock

READ_AT_MOST: Final = 2.0
"""Seconds of one poll; what is left then waits for the next one."""

EVENT_LIMIT: Final = 1024

log = logging.getLogger(__name__)


class ClaudeCode:
    """Counts what the sources tell; *document* is what `document` gave before a restart."""

    def __init__(
        self,
        config: ClaudeCodeConfig,
        clock: Clock,
        environ: Mapping[str, str],
        home: Path,
        document: object = None,
    ) -> None:
        self.counters = Counters()
        self._clock = clock
        self._folder = claude_folder(environ, home)
        self._spool = hook.default_spool(environ)
        self._events = EventReader()
        self._receiver = Receiver(self.counters, clock.now)
        self._transcripts: Transcripts | None = None
        self._kept: Mapping[str, object] = document if isinstance(document, dict) else {}
        self._broken: dict[Source, str] = {}
        self.counters.restore(self._kept.get("counts"))
        self.config = config
        self.replace(config)

    def replace(self, config: ClaudeCodeConfig) -> None:
        """Go on with *config*; counts stay."""
        moved = config.folder != self.config.folder
        self.config = config
        self._receiver.enabled = config.otlp
        if not config.transcripts:
            self._kept = self.document()
            self._transcripts = None
        elif self._transcripts is None or moved:
            folder = (config.folder or self._folder) / "projects"
            self._transcripts = Transcripts(folder, self._kept.get("transcripts"))

    def routes(self) -> tuple[web.RouteDef, ...]:
        """What the exporter's server answers for Claude Code."""
        return (
            web.post(hook.PATH, self.take_event),
            web.post("/v1/logs", self._receiver.logs),
            web.post("/v1/metrics", self._receiver.metrics),
        )

    async def take_event(self, request: web.Request) -> web.Response:
        """Take one event of the hook: 202, or 400, 404, 413 and 415 with the reason."""
        if not self.config.hook:
            return web.Response(status=404, text="Events of the hook are off: claude_code.hook\n")
        # A page in a browser can neither send this type nor leave its origin out unasked.
        if request.content_type != JSON or "Origin" in request.headers:
            return web.Response(status=415, text=f"Expected {JSON} of a program\n")
        text = await request.read()
        if len(text) > EVENT_LIMIT:
            self.counters.note(Source.HOOK, Problem.TOO_LARGE)
            return web.Response(status=413, text=f"Expected at most {EVENT_LIMIT} bytes\n")
        problem = self._count_event(text)
        if problem:
            return web.Response(status=400, text=f"Not an event of the hook: {problem}\n")
        return web.Response(status=202)

    def _count_event(self, text: bytes) -> str:
        now = self._clock.now()
        try:
            failed = self._events.read(text, now)
        except EventError as error:
            self.counters.note(Source.HOOK, Problem.MALFORMED)
            return str(error)
        self.counters.add(Source.HOOK, [failed] if failed else [], now)
        return ""

    async def poll(self) -> None:
        """Empty the spool and read on in the transcripts; never raises for their fault."""
        if self.config.hook:
            await self._drain()
        if self._transcripts is not None:
            await self._follow(self._transcripts)

    async def _drain(self) -> None:
        try:
            texts = await asyncio.to_thread(drained, self._spool)
        except OSError as error:
            self._break(Source.HOOK, error)
            return
        self._mend(Source.HOOK)
        for text in texts:
            self._count_event(text)

    async def _follow(self, transcripts: Transcripts) -> None:
        until = self._clock.monotonic() + READ_AT_MOST
        try:
            problems = await asyncio.to_thread(transcripts.scan)
        except OSError as error:
            self._break(Source.TRANSCRIPTS, error)
            return
        self._mend(Source.TRANSCRIPTS)
        self._note(problems)
        while transcripts.pending and self._clock.monotonic() < until:
            now = self._clock.now()
            step = await asyncio.to_thread(transcripts.step, now)
            self.counters.add(Source.TRANSCRIPTS, step.facts, now)
            self._note(step.problems)

    def _note(self, problems: Counter[Problem]) -> None:
        for problem, count in problems.items():
            self.counters.note(Source.TRANSCRIPTS, problem, count)

    def _break(self, source: Source, error: OSError) -> None:
        # No path: it tells whose machine it is and what is worked on.
        reason = error.strerror or "not a file of this user's own"
        self.counters.note(source, Problem.UNREADABLE)
        if self._broken.get(source) != reason:
            log.warning("source cannot be read", extra={"source": source, "err": reason})
        self._broken[source] = reason

    def _mend(self, source: Source) -> None:
        if self._broken.pop(source, None) is not None:
            log.info("source can be read again", extra={"source": source})

    def requests(self) -> Mapping[Surface, Sequence[Request]]:
        """The user's own requests; none at all where no source is switched on."""
        watched = self.config.hook or self.config.otlp or self.config.transcripts
        return {Surface.CODE: self.counters.requests()} if watched else {}

    def text(self) -> str:
        """All families for /metrics."""
        switched_on = {
            Source.HOOK: self.config.hook,
            Source.OTLP: self.config.otlp,
            Source.TRANSCRIPTS: self.config.transcripts,
        }
        up = {source: source not in self._broken for source, on in switched_on.items() if on}
        return counters_text(self.counters, up)

    def document(self) -> dict[str, object]:
        """What must survive a restart, as JSON: counts, offsets and digests."""
        followed = self._transcripts
        kept = followed.document() if followed else self._kept.get("transcripts")
        return {"counts": self.counters.document(), "transcripts": kept}
