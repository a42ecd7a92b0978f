"""
Polls one Statuspage: its summary under its own name, under its other names, then its history.

Each poll has one deadline for everything. A page that refuses us is left alone for a while, on
a schedule kept here; nothing ever sleeps.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import httpx

from claude_exporter.core.model import WATCHED
from claude_exporter.core.page_model import PageFault, PageReport
from claude_exporter.core.past import PastIncident
from claude_exporter.runtime.clock import Clock
from claude_exporter.sources.faults import EXPECTED, PollError, error_of_exception
from claude_exporter.sources.json_values import clean
from claude_exporter.sources.pacing import backoff
from claude_exporter.sources.statuspage_fetch import (
    Document,
    Fetcher,
    Form,
    Known,
    PageSettings,
)
from claude_exporter.sources.statuspage_past import PATH, past_of

CLAUDE_PAGE_ID: Final = "tymt9n04zgry"
DETAIL_LIMIT: Final = 500
NEVER: Final = float("-inf")

HISTORY_AFTER: Final = 3
"""Intervals without a summary before the history, which says less, is asked."""

ANSWERED: Final = frozenset({PageFault.WAF, PageFault.HTTP_STATUS, PageFault.UNREADABLE})
"""Faults of a host that is there, so that it may well give another document."""

Errors = Mapping[Document, PollError]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standing:
    """
    How one document has treated us, in a row; moments are monotonic.

    Until `refused_until` it is not asked at all, until `demoted_until` only after its like.
    """

    failures: int = 0
    refused_until: float = NEVER
    demoted_until: float = NEVER


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
        self._fetcher = Fetcher(page, client, clock, page_id)
        self._clock = clock
        addresses = (page.url, *page.aliases)
        documents = (Document(address=each, form=form) for form in Form for each in addresses)
        self._standings = dict.fromkeys(documents, _Standing())
        self._known: Known | None = None
        self._summary_at = NEVER
        self._report = PageReport(
            page=page.name,
            polled_at=clock.now(),
            covers=frozenset(page.components.values()) & frozenset(WATCHED),
            max_age=page.max_age,
        )

    @property
    def next_poll_after(self) -> float:
        """Seconds for which a poll would ask nobody, because all want us to stay away."""
        due_at = min(self._due_at(document) for document in self._standings)
        return max(due_at - self._clock.monotonic(), 0.0)

    async def poll(self) -> PageReport:
        """Ask once and report; while nobody may be asked, give the last report again."""
        polled_at, begun = self._clock.now(), self._clock.monotonic()
        documents = self._documents(begun)
        if not documents:
            return self._report
        errors: dict[Document, PollError] = {}
        known = await self._ask(documents, errors)
        self._report = replace(
            self._report,
            polled_at=polled_at,
            fault=None if known else next(iter(errors.values())).fault,
            detail=self._detail(known, errors),
            content=known.reading.content if known else self._report.content,
            read_at=self._clock.now() if known else self._report.read_at,
            duration=self._clock.monotonic() - begun,
            cached_for=known.age if known else self._report.cached_for,
        )
        self._note(known, errors)
        return self._report

    async def read_past(self) -> Sequence[PastIncident]:
        """
        Ask once for the past incidents, where the page was read last.

        Raises PollError; is to be called only after a poll that could be read.
        """
        address = self._known.document.address if self._known else self._page.url
        try:
            async with asyncio.timeout(self._page.timeout):
                answer = await self._fetcher.get(address.rstrip("/") + PATH, "text/html")
            return past_of(answer.body or b"", self._page.components)
        except PollError as error:
            if error.fault is PageFault.RATE_LIMITED:
                pause = backoff(self._page.interval, 1, error.retry_after)
                self._refuse_address(address, self._clock.monotonic() + pause)
            raise
        except EXPECTED as exc:
            raise error_of_exception(exc) from exc

    def _due_at(self, document: Document) -> float:
        refused_until = self._standings[document].refused_until
        if document.form is Form.SUMMARY:
            return refused_until
        return max(refused_until, self._summary_at + HISTORY_AFTER * self._page.interval)

    def _documents(self, at: float) -> Sequence[Document]:
        """Those that may be asked, summaries first, of each form the demoted last."""
        forms = tuple(Form)
        return sorted(
            (document for document in self._standings if self._due_at(document) <= at),
            key=lambda each: (
                forms.index(each.form),
                self._standings[each].demoted_until > at,
            ),
        )

    async def _ask(
        self, documents: Sequence[Document], errors: MutableMapping[Document, PollError]
    ) -> Known | None:
        """First reading that can be had in time; puts why each document gave none in *errors*."""
        time = asyncio.get_running_loop().time
        deadline = time() + self._page.timeout
        last = [each for each in documents if each.form is documents[0].form][-1]
        for document in documents:
            if document.form is Form.HISTORY and not _worth_asking(document.address, errors):
                continue
            left = deadline - time()
            # One that hangs leaves half of the time to its like after it; a history is asked
            # only of hosts that answered, so that the last summary may take all.
            share = left if document == last else left / 2
            try:
                async with asyncio.timeout(share):
                    return await self._fetcher.fetch(document, self._known)
            except PollError as error:
                errors[document] = error
            except TimeoutError:
                errors[document] = PollError(PageFault.TIMEOUT, f"no answer within {share:.1f} s")
            except EXPECTED as exc:
                errors[document] = error_of_exception(exc)
        return None

    def _note(self, known: Known | None, errors: Errors) -> None:
        """Remember what was read, and who refused or was bettered by another of its form."""
        now = self._clock.monotonic()
        for document, error in errors.items():
            bettered = known is not None and known.document.form is document.form
            blamed = error.refused or bettered
            failures = self._standings[document].failures + (1 if blamed else 0)
            until = now + backoff(self._page.interval, failures, error.retry_after)
            self._standings[document] = _Standing(
                failures=failures,
                refused_until=until if error.refused else NEVER,
                demoted_until=until if bettered else NEVER,
            )
            if error.fault is PageFault.RATE_LIMITED:
                self._refuse_address(document.address, until)
        if known is None:
            return
        self._known = known
        self._standings[known.document] = _Standing()
        if known.document.form is Form.SUMMARY:
            self._summary_at = now

    def _refuse_address(self, address: str, until: float) -> None:
        """Leave all documents of an address alone: a rate limit counts requests, not paths."""
        for document, standing in self._standings.items():
            if document.address == address:
                self._standings[document] = replace(standing, refused_until=until)

    def _detail(self, known: Known | None, errors: Errors) -> str:
        failed = [f"{document.label}: {error.detail}" for document, error in errors.items()]
        if known is None:
            return clean("; ".join(failed), DETAIL_LIMIT)
        same = self._known is not None and known.reading is self._known.reading
        unchanged = "unchanged, " if same else ""
        read = f"{unchanged}read from {known.document.label}"
        return clean("; ".join((read, *known.reading.notes, *failed)), DETAIL_LIMIT)


def _worth_asking(address: str, errors: Errors) -> bool:
    """Whether no document of this address failed just now in a way that the next one would too."""
    faults = (error.fault for document, error in errors.items() if document.address == address)
    return all(fault in ANSWERED for fault in faults)
