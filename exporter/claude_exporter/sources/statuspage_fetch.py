"""Fetches one document of a Statuspage: conditional, redirects followed, bounded, checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Protocol
from urllib.parse import urlsplit

import httpx

from claude_exporter.core.model import Surface
from claude_exporter.core.page_model import PageFault
from claude_exporter.runtime.clock import Clock
from claude_exporter.sources.body import ACCEPTED, read_body, read_start
from claude_exporter.sources.faults import CHALLENGED, PollError, error_of_answer
from claude_exporter.sources.statuspage_atom import history_of
from claude_exporter.sources.statuspage_content import (
    PageReading,
    UnreadableError,
    reading_of,
)

REDIRECT_LIMIT: Final = 5
ETAG_LIMIT: Final = 256
START_LENGTH: Final = 64 * 1024
AGE_LIMIT: Final = 7 * 86_400.0


class Form(StrEnum):
    """In which form a page tells about itself, by its path."""

    SUMMARY = "/api/v2/summary.json"
    HISTORY = "/history.atom"


ACCEPT: Final = {Form.SUMMARY: "application/json", Form.HISTORY: "application/atom+xml"}


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
    def max_age(self) -> float | None: ...
    @property
    def max_body(self) -> int: ...
    @property
    def components(self) -> Mapping[str, Surface]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One form of a page under one of its addresses."""

    address: str
    form: Form

    @property
    def url(self) -> str:
        return self.address.rstrip("/") + self.form

    @property
    def label(self) -> str:
        """How people know it: the host, and the path where it is not the usual one."""
        host = urlsplit(self.address).netloc
        return host if self.form is Form.SUMMARY else f"{host}{self.form}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """
    A reading, the document it came from, and the ETag it had there.

    `age` is for how long a cache had it by its own account, 0 where none says so.
    """

    reading: PageReading
    document: Document
    etag: str | None
    age: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a GET brought: a body, or None where what is known still holds."""

    body: bytes | None
    host: str
    etag: str | None
    age: float


class Fetcher:
    """Fetches the documents of one page; `page_id` is the id it must have, None takes any."""

    def __init__(
        self, page: PageSettings, client: httpx.AsyncClient, clock: Clock, page_id: str | None
    ) -> None:
        self._page = page
        self._client = client
        self._clock = clock
        self._page_id = page_id
        self._hosts = frozenset(urlsplit(url).hostname or "" for url in (page.url, *page.aliases))

    async def fetch(self, document: Document, newest: Known | None) -> Known:
        """
        Fetch a document; gives the reading of *newest* where that came from it and still holds.

        Raises PollError and the exceptions of `faults.EXPECTED`.
        """
        known = newest if newest and newest.document == document else None
        answer = await self.get(document.url, ACCEPT[document.form], known.etag if known else None)
        if answer.body is None and known:
            return replace(known, age=answer.age)
        reading = self._reading(document.form, answer.body or b"", self._hosts | {answer.host})
        return Known(reading=reading, document=document, etag=answer.etag, age=answer.age)

    async def get(self, url: str, accept: str, etag: str | None = None) -> Answer:
        """Ask one address, with its redirects; raises as `fetch` does."""
        headers = {"accept": accept, "accept-encoding": ACCEPTED}
        if etag:
            headers["if-none-match"] = etag
        request = self._client.build_request(
            "GET", url, headers=headers, timeout=self._page.timeout
        )
        # Not left to the client: it would read the body of every redirect, however long.
        for _ in range(REDIRECT_LIMIT + 1):
            response = await self._client.send(request, stream=True, follow_redirects=False)
            try:
                if response.next_request is None:
                    return await self._answer(response, conditional=etag is not None)
                request = response.next_request
            finally:
                await response.aclose()
        raise PollError(
            PageFault.REDIRECTS, f"expected at most {REDIRECT_LIMIT} redirects, there were more"
        )

    async def _answer(self, response: httpx.Response, *, conditional: bool) -> Answer:
        host, age = response.url.host, _age_of(response.headers.get("age", ""))
        if response.status_code == httpx.codes.NOT_MODIFIED and conditional:
            return Answer(body=None, host=host, etag=None, age=age)
        if response.status_code != httpx.codes.OK:
            challenged = response.status_code in CHALLENGED
            start = await read_start(response, START_LENGTH) if challenged else b""
            now = self._clock.now()
            raise error_of_answer(response.status_code, response.headers, start, now)
        body = await read_body(response, self._page.max_body)
        etag = response.headers.get("etag", "")
        fit = etag if 0 < len(etag) <= ETAG_LIMIT else None
        return Answer(body=body, host=host, etag=fit, age=age)

    def _reading(self, form: Form, body: bytes, hosts: frozenset[str]) -> PageReading:
        if form is Form.HISTORY:
            return history_of(body, self._page.components, hosts)
        reading = reading_of(body, self._page.components)
        found = reading.content.page_id
        if self._page_id is not None and found != self._page_id:
            raise UnreadableError(
                f"expected the page {self._page_id}, not {found or 'one unnamed'}"
            )
        return reading


def _age_of(text: str) -> float:
    """Seconds an answer says it was in a cache; 0 where it says nothing clear."""
    return min(float(text[:10]), AGE_LIMIT) if text.isascii() and text.isdigit() else 0.0
