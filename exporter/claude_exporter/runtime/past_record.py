"""The past incidents of every page: asked for once, followed from then on, kept without titles."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from pydantic import TypeAdapter, ValidationError

from claude_exporter.core.page_model import PageContent
from claude_exporter.core.past import LIMIT, Past, PastIncident, followed, joined
from claude_exporter.runtime.clock import Clock
from claude_exporter.sources.faults import PollError

DOCUMENT: Final = "past"
TRIES: Final = 3
TRY_AGAIN_AFTER: Final = 86_400.0
"""A history that could not be read is asked for again, so often in all, a day apart."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Backfill:
    """How asking for a page's history went; moments in Unix seconds."""

    tries: int = 0
    asked_at: float = 0.0
    filled_at: float | None = None
    problem: str = ""

    def is_due(self, now: float) -> bool:
        """Whether the page may be asked; a clock that was set back does not hold it up for ever."""
        waited = not 0.0 <= now - self.asked_at < TRY_AGAIN_AFTER
        return self.filled_at is None and self.tries < TRIES and waited


@dataclass(slots=True)
class _Kept:
    incidents: dict[str, list[PastIncident]] = field(default_factory=dict)
    backfills: dict[str, Backfill] = field(default_factory=dict)


_KEPT: Final = TypeAdapter(_Kept)


class PastRecord:
    """Incidents by page, oldest first, and how each page's back-fill went."""

    def __init__(self, clock: Clock, kept: object) -> None:
        self._clock = clock
        found = _restored(kept)
        self._past: dict[str, Past] = {
            page: {each.id: each for each in incidents[-LIMIT:]}
            for page, incidents in found.incidents.items()
        }
        self.backfills = found.backfills
        self._document: object = None

    def incidents(self, page: str) -> Sequence[PastIncident]:
        """Of one page, oldest first, those that are open among them."""
        return tuple(self._past.get(page, {}).values())

    def document(self) -> object:
        """What to keep, as JSON: no titles; the same object until something changed."""
        if self._document is None:
            incidents = {
                page: [each.kept() for each in past.values()] for page, past in self._past.items()
            }
            kept = _Kept(incidents=incidents, backfills=self.backfills)
            self._document = _KEPT.dump_python(kept, mode="json", exclude_defaults=True)
        return self._document

    def follow(self, page: str, content: PageContent) -> None:
        """Take up a reading of the page's summary."""
        self._put(page, followed(self._past.get(page, {}), content, self._clock.now()))

    async def fill(self, page: str, ask: Callable[[], Awaitable[Sequence[PastIncident]]]) -> None:
        """Ask for the page's history if that is due; what goes wrong is noted and harmless."""
        state, now = self.backfills.setdefault(page, Backfill()), self._clock.now()
        if not state.is_due(now):
            return
        state.tries, state.asked_at, self._document = state.tries + 1, now, None
        try:
            found = await ask()
        except PollError as error:
            state.problem = f"{error.fault}: {error.detail}"
            log.info("past incidents not read", extra={"page": page, "err": state.problem})
            return
        state.filled_at, state.problem = now, ""
        self._put(page, joined(self._past.get(page, {}), found))
        log.info("past incidents read", extra={"page": page, "incidents": len(found)})

    def _put(self, page: str, past: Past) -> None:
        if past != self._past.get(page, {}):
            self._past[page], self._document = past, None

    def forget_all_but(self, pages: Iterable[str]) -> None:
        """Drop what is known of pages that are no longer read."""
        for known in (self._past, self.backfills):
            for gone in known.keys() - set(pages):
                del known[gone]
                self._document = None


def _restored(kept: object) -> _Kept:
    try:
        return _Kept() if kept is None else _KEPT.validate_python(kept)
    except ValidationError as error:
        facts = {"err": str(error).replace("\n", " ")[:500]}
        log.warning("saved past incidents cannot be read", extra=facts)
        return _Kept()
