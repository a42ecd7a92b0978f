"""All places together, and whether others report trouble: it corroborates, it never pages alone."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from functools import partial
from typing import Final

import httpx

from claude_exporter.community.ledger import Ledger
from claude_exporter.community.posts import Hashing
from claude_exporter.community.source import Source
from claude_exporter.community.spec import places_of
from claude_exporter.config.community import CommunityConfig
from claude_exporter.runtime.clock import Clock
from claude_exporter.runtime.job import Job

_TOKEN_FIRST: Final = 2
"""Requests of one poll at most: for the token, and for the posts."""

log = logging.getLogger(__name__)


class Community:
    """Asks the places that are switched on; *document* is what `document` gave before a restart."""

    def __init__(
        self,
        config: CommunityConfig,
        client: httpx.AsyncClient,
        clock: Clock,
        document: object = None,
    ) -> None:
        self.sources: dict[str, Source] = {}
        self._clock = clock
        # Of this process only: nobody can tell later whose posts were counted.
        self._hashing = Hashing(secrets.token_bytes(32))
        self._kept: dict[str, object] = dict(document) if isinstance(document, dict) else {}
        self.replace(config, client)

    def replace(self, config: CommunityConfig, client: httpx.AsyncClient) -> None:
        """Go on with *config*; a place that stays keeps its counts."""
        before, self.sources = self.sources, {}
        for place in places_of(config):
            known = before.get(place.name)
            ledger = known.ledger if known else self._ledger(place.name)
            source = Source(place, client, self._clock, ledger)
            if known:
                source.standing = known.standing
            self.sources[place.name] = source

    def _ledger(self, name: str) -> Ledger:
        return Ledger(self._hashing, self._kept.get(name), self._clock.now())

    def jobs(self) -> Iterator[Job]:
        """What the scheduler runs."""
        for name, source in self.sources.items():
            place = source.place
            yield Job(
                name=f"community/{name}",
                interval=place.interval,
                timeout=place.timeout * _TOKEN_FIRST,
                run=partial(self._poll, name),
            )

    async def _poll(self, name: str) -> None:
        source = self.sources[name]
        before = source.standing.reason
        await source.poll()
        if source.standing.reason != before:
            # Never more than the reason: what a place answered has people's words in it.
            reason = source.standing.reason or "none"
            log.info("community source changed", extra={"source": name, "fault": reason})

    def others_report(self) -> bool | None:
        """Whether any place has more reports than usual; not known while any is not."""
        answers = list(self.above().values())
        if any(answers):
            return True
        return None if None in answers or not answers else False

    def above(self) -> dict[str, bool | None]:
        """By name, whether a place has more reports than usual; None where that is not known."""
        tallies = {name: source.tally() for name, source in self.sources.items()}
        return {name: tally.above if tally else None for name, tally in tallies.items()}

    def document(self) -> dict[str, object]:
        """What must survive a restart: how many reports each hour had."""
        return {name: source.ledger.document() for name, source in self.sources.items()}
