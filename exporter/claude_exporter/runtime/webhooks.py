"""Notices of status pages: taken at once, believed shortly, and the page is asked right away."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from claude_exporter.config import PageConfig
from claude_exporter.core.page_model import PageContent, PageReport
from claude_exporter.runtime.clock import Clock
from claude_exporter.sources.statuspage_content import UnreadableError
from claude_exporter.sources.webhook_notice import (
    BELIEVED_FOR,
    OLDEST,
    Kind,
    Notice,
    is_news,
    notice_of,
    with_notice,
)

NOTICES: Final = 64
"""Things of one page that notices may be about within ten minutes; the page is asked anyway."""

A_MINUTE: Final = 60
"""Bodies that one page may send in a minute."""

_SOONEST: Final = 15.0
"""Seconds between two polls that notices ask for: a page sends several at once."""

_SETTLE: Final = 2.0

log = logging.getLogger(__name__)


class Outcome(StrEnum):
    """What became of a request to a webhook."""

    FOLDED = "folded"
    KNOWN = "known"
    WRONG_SECRET = "wrong_secret"  # noqa: S105  # a name
    WRONG_PAGE = "wrong_page"
    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    THROTTLED = "throttled"


_Key = tuple[Kind, str]


@dataclass(slots=True)
class Hook:
    """What one page has sent, and what is still believed of it."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    last_at: float | None = None
    believed: dict[_Key, tuple[Notice, float]] = field(default_factory=dict)
    newest: dict[_Key, float] = field(default_factory=dict)
    left: float = float(A_MINUTE)
    filled_at: float = float("-inf")
    hastened_at: float = float("-inf")


class Webhooks:
    """The notices of all pages; *hasten* asks a page again in so many seconds."""

    def __init__(self, clock: Clock, hasten: Callable[[str, float], None]) -> None:
        self.hooks: dict[str, Hook] = {}
        self._clock = clock
        self._hasten = hasten

    def note(self, page: str, outcome: Outcome) -> None:
        """Count one request."""
        self.hooks.setdefault(page, Hook()).outcomes[outcome] += 1

    def admits(self, page: str) -> bool:
        """Whether one more body of *page* may be read now; counted where it may not."""
        hook, now = self.hooks.setdefault(page, Hook()), self._clock.monotonic()
        gained = (now - hook.filled_at) * A_MINUTE / 60.0
        hook.left = min(float(A_MINUTE), hook.left + gained)
        hook.filled_at = now
        if hook.left < 1:
            self.note(page, Outcome.THROTTLED)
            return False
        hook.left -= 1
        return True

    def take(self, page: PageConfig, body: bytes, report: PageReport | None) -> Outcome:
        """
        Read a body of *page*, whose newest report is *report*.

        Raises UnreadableError for what is no notice. Whatever is one makes us ask the page.
        """
        hook = self.hooks.setdefault(page.name, Hook())
        content = report.content if report else None
        on_page = [each.id for each in content.components] if content else list(page.components)
        try:
            notice = notice_of(body, page.components, on_page)
        except UnreadableError:
            self.note(page.name, Outcome.MALFORMED)
            raise
        outcome = self._outcome(page, hook, notice, report, content)
        self.note(page.name, outcome)
        if outcome is not Outcome.WRONG_PAGE:
            hook.last_at = self._clock.now()
            self._ask_soon(page.name, hook)
            log.info("webhook", extra={"page": page.name, "kind": notice.kind, "outcome": outcome})
        return outcome

    def _outcome(
        self,
        page: PageConfig,
        hook: Hook,
        notice: Notice,
        report: PageReport | None,
        content: PageContent | None,
    ) -> Outcome:
        wanted = page.page_id or (content.page_id if content else None)
        if wanted and notice.page_id != wanted:
            return Outcome.WRONG_PAGE
        key, now = (notice.kind, notice.id), self._clock.now()
        # Remembered for longer than it is believed: an older one must not come back after it.
        hook.newest = {each: at for each, at in hook.newest.items() if at > now - OLDEST}
        late = notice.at <= hook.newest.get(key, float("-inf"))
        full = len(hook.newest) >= NOTICES and key not in hook.newest
        if late or full or report is None or not is_news(notice, report, now):
            return Outcome.KNOWN
        hook.newest[key] = notice.at
        hook.believed[key] = notice, self._clock.monotonic() + BELIEVED_FOR
        return Outcome.FOLDED

    def _ask_soon(self, page: str, hook: Hook) -> None:
        now = self._clock.monotonic()
        wait = max(_SETTLE, hook.hastened_at + _SOONEST - now)
        if wait <= _SOONEST:
            hook.hastened_at = now + wait
            self._hasten(page, wait)

    def over(self, report: PageReport) -> PageReport:
        """*report* with the notices that are still believed laid over it."""
        hook = self.hooks.get(report.page)
        if hook is None or report.content is None:
            return report
        now = self._clock.monotonic()
        hook.believed = {key: each for key, each in hook.believed.items() if each[1] > now}
        content = report.content
        for notice, _ in hook.believed.values():
            content = with_notice(content, notice)
        return report if content is report.content else replace(report, content=content)
