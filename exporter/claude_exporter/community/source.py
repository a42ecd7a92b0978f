"""
Asks one place at its interval, and says what it reports and how asking it goes.

A place that refuses us is left alone on a schedule kept here; nothing ever sleeps. Refused is
unavailable: it never reads as "no complaints".
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import httpx

from claude_exporter.community.ask import Given, Refusal, accepted, asked, reason_of
from claude_exporter.community.ledger import Ledger, Tally
from claude_exporter.community.posts import Answer, Report
from claude_exporter.community.spec import Place
from claude_exporter.community.token import Token, TokenRefusedError
from claude_exporter.config.secrets import SecretError
from claude_exporter.core.page_model import PageFault
from claude_exporter.runtime.clock import Clock
from claude_exporter.sources.faults import EXPECTED, PollError, error_of_exception
from claude_exporter.sources.statuspage_content import UnreadableError

LONGEST_REST: Final = 6 * 3600.0
BELIEVED_FOR: Final = 3.0
"""Intervals for which an answer counts."""


@dataclass(slots=True)
class Standing:
    """How asking one place has gone; `reason` is why the last time failed, empty if it did not."""

    polls: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    reason: str | None = None
    succeeded_at: float | None = None
    refusals: int = 0
    due_at: float = float("-inf")


class Source:
    """One place and what it reports."""

    def __init__(
        self, place: Place, client: httpx.AsyncClient, clock: Clock, ledger: Ledger
    ) -> None:
        self.place = place
        self.standing = Standing()
        self.ledger = ledger
        self._client = client
        self._clock = clock
        app = place.client
        self._token = None if app is None else Token(app, place.user_agent, clock)

    async def poll(self) -> None:
        """Ask once, unless the place wants to be left alone."""
        if self._clock.monotonic() < self.standing.due_at:
            return
        self.standing.polls += 1
        try:
            async with asyncio.timeout(self.place.timeout):
                given = await self._ask()
            await self._take(given)
        except PollError as error:
            self._fail(reason_of(error), error)
        except TimeoutError:
            self._fail(PageFault.TIMEOUT)
        except (SecretError, TokenRefusedError):
            self._fail(Refusal.CREDENTIALS)
        except EXPECTED as exc:
            self._fail(error_of_exception(exc).fault)

    async def _ask(self) -> Given:
        headers = accepted(self.place.user_agent())
        if self._token is not None:
            headers["authorization"] = f"bearer {await self._granted(self._token)}"
        now = self._clock.now()
        request = self._client.build_request("GET", self.place.address(now), headers=headers)
        try:
            return await asked(self._client, request, now)
        except PollError as error:
            if self._token is not None and error.fault is PageFault.HTTP_STATUS:
                self._token.forget()
            raise

    async def _granted(self, token: Token) -> str:
        try:
            return await token.value(self._client)
        except PollError as error:
            if reason_of(error) == PageFault.HTTP_STATUS:
                raise TokenRefusedError from error
            raise

    async def _take(self, given: Given) -> None:
        now = self._clock.now()
        # Megabytes of titles made to be slow take half a second, and the probes share this loop.
        answer, reports = await asyncio.to_thread(self._read, given.body, now)
        self.ledger.add(answer, reports, now)
        standing = self.standing
        standing.reason, standing.succeeded_at, standing.refusals = "", now, 0
        standing.due_at = self._clock.monotonic() + given.rest

    def _read(self, body: bytes, now: float) -> tuple[Answer, Mapping[bytes, Report]]:
        answer = self.place.read(body)
        if not answer.posts and answer.full == 0:
            raise UnreadableError("expected posts, found none")
        return answer, self.ledger.reports_in(answer, now)

    def _fail(self, reason: str, error: PollError | None = None) -> None:
        standing = self.standing
        standing.failures[reason] += 1
        standing.reason = reason
        if (error is not None and error.refused) or reason == Refusal.CREDENTIALS:
            standing.refusals += 1
            doubled = self.place.interval * 2.0 ** min(standing.refusals, 20)
            asked_for = (error and error.retry_after) or 0.0
            rest = max(min(doubled, LONGEST_REST), asked_for)
            standing.due_at = self._clock.monotonic() + rest

    def tally(self) -> Tally | None:
        """The last hour; None where no answer is recent enough to be believed."""
        now, read_at = self._clock.now(), self.standing.succeeded_at
        if read_at is None or now - read_at > BELIEVED_FOR * self.place.interval:
            return None
        return self.ledger.tally(now)
