"""
Polls one Statuspage: under its own name first, under its other names where that fails.

Each poll has one deadline for everything. A page that refuses us is left alone for a while, on
a schedule kept here; nothing ever sleeps.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol
from urllib.parse import urlsplit

import httpx

from claude_exporter.core.model import PageFault, PageReport, Surface
from claude_exporter.runtime.clock import Clock
from claude_exporter.sources.body import ACCEPTED, read_body, read_start
from claude_exporter.sources.faults import (
    CHALLENGED,
    EXPECTED,
    PollError,
    error_of_answer,
    error_of_exception,
)
from claude_exporter.sources.json_values import clean
from claude_exporter.sources.pacing import backoff
from claude_exporter.sources.statuspage_content import (
    PageReading,
    UnreadableError,
    reading_of,
)

CLAUDE_PAGE_ID: Final = "tymt9n04zgry"
SUMMARY_PATH: Final = "/api/v2/summary.json"
REDIRECT_LIMIT: Final = 5
DETAIL_LIMIT: Final = 500
ETAG_LIMIT: Final = 256
START_LENGTH: Final = 64 * 1024
NEVER: Final = float("-inf")


class PageSettings(Protocol):
    """What the configuration says about one page; durations in seconds, `max_body` in bytes."""

    @property
    def name(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def aliases(self) -> Sequence[str]: ...
    @property
    def interval(self) -> float: ...
    @property
    def timeout(self) -> float: ...
    @property
    def max_body(self) -> int: ...
    @property
    def components(self) -> Mapping[str, Surface]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standing:
    """
    How one address of the page has treated us, in a row; moments are monotonic.

    Until `refused_until` it is not asked at all, until `demoted_until` only after all others.
    """

    failures: int = 0
    refused_until: float = NEVER
    demoted_until: float = NEVER


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """The newest reading, and where and under which ETag it was found."""

    reading: PageReading
    address: str
    etag: str | None


class StatusPage:
    """
    One page, polled by one caller at a time.

    `page_id` is the id the page must have, None takes any.
    """

    def __init__(
        self,
        page: PageSettings,
        client: httpx.AsyncClient,
        clock: Clock,
        page_id: str | None = None,
    ) -> None:
        self._page = page
        self._client = client
        self._clock = clock
        self._page_id = page_id
        self._standings = dict.fromkeys((page.url, *page.aliases), _Standing())
        self._known: _Known | None = None
        self._report = PageReport(page=page.name, polled_at=clock.now())

    @property
    def next_poll_after(self) -> float:
        """Seconds for which a poll would ask nobody, because all want us to stay away."""
        until = min(standing.refused_until for standing in self._standings.values())
        return max(until - self._clock.monotonic(), 0.0)

    async def poll(self) -> PageReport:
        """Ask once and report; while nobody may be asked, give the last report again."""
        if self.next_poll_after > 0:
            return self._report
        polled_at, begun = self._clock.now(), self._clock.monotonic()
        errors: dict[str, PollError] = {}
        known = await self._ask(self._addresses(begun), errors)
        report = PageReport(
            page=self._page.name,
            polled_at=polled_at,
            fault=None if known else next(iter(errors.values())).fault,
            detail=self._detail(known, errors),
            content=known.reading.content if known else self._report.content,
            read_at=self._clock.now() if known else self._report.read_at,
            duration=self._clock.monotonic() - begun,
        )
        self._note_standings(known, errors)
        self._known = known or self._known
        self._report = report
        return report

    def _addresses(self, at: float) -> Sequence[str]:
        """Addresses that may be asked: in the order of the configuration, the demoted last."""
        allowed = (each for each, how in self._standings.items() if how.refused_until <= at)
        return sorted(allowed, key=lambda each: self._standings[each].demoted_until > at)

    async def _ask(
        self, addresses: Sequence[str], errors: MutableMapping[str, PollError]
    ) -> _Known | None:
        """First reading that can be had in time; puts why each address gave none in *errors*."""
        time = asyncio.get_running_loop().time
        deadline = time() + self._page.timeout
        for address in addresses:
            left = deadline - time()
            # An address that hangs leaves half of the time to those after it.
            share = left if address == addresses[-1] else left / 2
            try:
                async with asyncio.timeout(share):
                    return await self._read(address)
            except PollError as error:
                errors[address] = error
            except TimeoutError:
                errors[address] = PollError(PageFault.TIMEOUT, f"no answer within {share:.1f} s")
            except EXPECTED as exc:
                errors[address] = error_of_exception(exc)
        return None

    async def _read(self, address: str) -> _Known:
        known = self._known if self._known and self._known.address == address else None
        headers = {"accept": "application/json", "accept-encoding": ACCEPTED}
        if known and known.etag:
            headers["if-none-match"] = known.etag
        request = self._client.build_request(
            "GET", address.rstrip("/") + SUMMARY_PATH, headers=headers, timeout=self._page.timeout
        )
        # Not left to the client: it would read the body of every redirect, however long.
        for _ in range(REDIRECT_LIMIT + 1):
            response = await self._client.send(request, stream=True, follow_redirects=False)
            try:
                if response.next_request is None:
                    return await self._reading(response, address, known)
                request = response.next_request
            finally:
                await response.aclose()
        raise PollError(
            PageFault.REDIRECTS, f"expected at most {REDIRECT_LIMIT} redirects, there were more"
        )

    async def _reading(
        self, response: httpx.Response, address: str, known: _Known | None
    ) -> _Known:
        if response.status_code == httpx.codes.NOT_MODIFIED and known and known.etag:
            return known
        if response.status_code != httpx.codes.OK:
            challenged = response.status_code in CHALLENGED
            start = await read_start(response, START_LENGTH) if challenged else b""
            now = self._clock.now()
            raise error_of_answer(response.status_code, response.headers, start, now)
        body = await read_body(response, self._page.max_body)
        reading = reading_of(body, self._page.components)
        found = reading.content.page_id
        if self._page_id is not None and found != self._page_id:
            raise UnreadableError(
                f"expected the page {self._page_id}, not {found or 'one unnamed'}"
            )
        etag = response.headers.get("etag", "")
        fit = etag if 0 < len(etag) <= ETAG_LIMIT else None
        return _Known(reading=reading, address=address, etag=fit)

    def _note_standings(self, known: _Known | None, errors: Mapping[str, PollError]) -> None:
        now = self._clock.monotonic()
        for address, error in errors.items():
            blamed = error.refused or known is not None
            failures = self._standings[address].failures + (1 if blamed else 0)
            until = now + backoff(self._page.interval, failures, error.retry_after)
            self._standings[address] = _Standing(
                failures=failures,
                refused_until=until if error.refused else NEVER,
                demoted_until=until if known else NEVER,
            )
        if known is not None:
            self._standings[known.address] = _Standing()

    def _detail(self, known: _Known | None, errors: Mapping[str, PollError]) -> str:
        failed = [f"{_host(address)}: {error.detail}" for address, error in errors.items()]
        if known is None:
            return clean("; ".join(failed), DETAIL_LIMIT)
        unchanged = "unchanged, " if known is self._known else ""
        read = f"{unchanged}read from {_host(known.address)}"
        return clean("; ".join((read, *known.reading.notes, *failed)), DETAIL_LIMIT)


def _host(address: str) -> str:
    return urlsplit(address).netloc
