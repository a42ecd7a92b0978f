"""Polls the status pages, and keeps what is counted about them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import httpx

from claude_exporter.config import PageConfig
from claude_exporter.core.evaluator import Evaluator
from claude_exporter.core.observe import believed
from claude_exporter.core.page_model import PageContent, PageReport
from claude_exporter.runtime import page_record, past_record
from claude_exporter.runtime.clock import Clock
from claude_exporter.runtime.history import PageTotals
from claude_exporter.runtime.job import Job
from claude_exporter.runtime.page_record import PageRecord
from claude_exporter.runtime.past_record import PastRecord
from claude_exporter.runtime.webhooks import Outcome, Webhooks
from claude_exporter.sources.statuspage import StatusPage

log = logging.getLogger(__name__)


class Pages:
    """The configured pages, each on its own timer; *judge* is called when one has been polled."""

    def __init__(
        self,
        clock: Clock,
        evaluator: Evaluator,
        judge: Callable[[], object],
        kept: Callable[[str], object],
        hasten: Callable[[str, float], None],
    ) -> None:
        self.totals: dict[str, PageTotals] = {}
        self.record = PageRecord(clock, kept(page_record.DOCUMENT))
        self.past = PastRecord(clock, kept(past_record.DOCUMENT))
        self.webhooks = Webhooks(clock, lambda name, wait: hasten(f"page/{name}", wait))
        self._read: dict[str, PageReport] = {}
        self._clock = clock
        self._evaluator = evaluator
        self._judge = judge
        self._sources: dict[str, tuple[PageConfig, httpx.AsyncClient, StatusPage]] = {}

    def jobs(self, pages: Sequence[PageConfig], client: httpx.AsyncClient) -> Iterator[Job]:
        """Read *pages* from now on; what is known of others is forgotten."""
        self._sources = {page.name: (page, client, self._source(page, client)) for page in pages}
        for gone in self._evaluator.pages.keys() - self._sources.keys():
            del self._evaluator.pages[gone]
            self.totals.pop(gone, None)
            self._read.pop(gone, None)
        self.record.forget_all_but(self._sources)
        self.past.forget_all_but(self._sources)
        for page in pages:
            deadline = page.timeout * (2 + len(page.aliases))
            yield Job(
                name=f"page/{page.name}",
                interval=page.interval,
                timeout=deadline,
                run=partial(self._poll, page.name),
            )

    def _source(self, page: PageConfig, client: httpx.AsyncClient) -> StatusPage:
        """The one there is where nothing changed: a reload must not forget who refused us."""
        known = self._sources.get(page.name)
        if known is not None and known[:2] == (page, client):
            return known[2]
        return StatusPage(page, client, self._clock, page.page_id)

    async def _poll(self, name: str) -> None:
        page, _, source = self._sources[name]
        report = await source.poll()
        before = self._read.get(name)
        if report is before:
            return  # the page wants us to stay away for now: nobody was asked
        self._read[name] = report
        self.totals.setdefault(name, PageTotals()).add(report)
        self._evaluator.record_page(self.webhooks.over(report))
        if before is None or before.fault is not report.fault:
            facts = {"page": name, "fault": report.fault or "none", "detail": report.detail}
            log.info("page readability changed", extra=facts)
        if report.fault is None and report.content is not None:
            self.record.take_components(name, report.content.components)
            self.past.follow(name, report.content)
        self._judge()
        if page.backfill and report.fault is None:
            await self.past.fill(name, source.read_past)

    def take_notice(self, page: PageConfig, body: bytes) -> Outcome:
        """Take the body of a page's webhook. Raises UnreadableError."""
        read = self._read.get(page.name)
        outcome = self.webhooks.take(page, body, read)
        if outcome is Outcome.FOLDED and read is not None:
            self._evaluator.record_page(self.webhooks.over(read))
            self._judge()
        return outcome

    def look(self) -> None:
        """Compare what the pages say with what we see, since the last look."""
        judged = self._evaluator.judgements.values()
        self.record.look(
            (each.seen for each in judged),
            blip=self._evaluator.guide.thresholds["blip"],
            fresh=self._evaluator.page_max_age,
        )

    def documents(self) -> Mapping[str, object]:
        """What to keep in the state file, by name."""
        return {
            page_record.DOCUMENT: self.record.document(),
            past_record.DOCUMENT: self.past.document(),
        }

    def contents(self, max_age: float) -> Mapping[str, PageContent]:
        """What the pages said, by name, where it can be believed."""
        now = self._clock.now()
        reports = self._evaluator.pages.items()
        found = ((name, believed(each, now, max_age)) for name, each in reports)
        return {name: content for name, content in found if content is not None}
