"""Past incidents as the pages show them: what the status pages told, newest first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from claude_exporter.config import PageConfig
from claude_exporter.core.model import WATCHED
from claude_exporter.core.past import PastIncident, figures
from claude_exporter.core.words import in_words
from claude_exporter.runtime.exporter import Exporter

from .headline import NAMES, in_a_row

_DAYS: Final = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class PastView:
    """One incident that is over; `title` says what is known where its own was not kept."""

    title: str
    link: str
    impact: str
    about: str
    started_at: float
    lasted: str


def past_views(exporter: Exporter, limit: int) -> list[PastView]:
    """The newest incidents of all pages that are over."""
    found = [view for page in exporter.plan.pages for view in _views(exporter, page)]
    found.sort(key=lambda each: each.started_at, reverse=True)
    return list(islice(found, limit))


def past_text(exporter: Exporter) -> str:
    """What the incidents of 90 days come to, in one sentence; empty where none is known."""
    pages = exporter.plan.pages
    known = [each for page in pages for each in exporter.pages.past.incidents(page.name)]
    whole = figures(known, exporter.clock.now() - _DAYS * 86_400.0)
    if not whole.count:
        return ""
    text = f"{whole.count} incident{'s' if whole.count > 1 else ''} in {_DAYS} days"
    if whole.median_duration is None:
        return f"{text}."
    half, longest = in_words(whole.median_duration), in_words(whole.longest_duration)
    return f"{text}. Half of them were over within {half}, the longest took {longest}."


def _views(exporter: Exporter, page: PageConfig) -> Iterator[PastView]:
    for each in exporter.pages.past.incidents(page.name):
        if not each.open and each.started_at is not None:
            yield PastView(
                title=each.title or f"{each.impact.capitalize()} incident",
                link=f"{page.url.rstrip('/')}/incidents/{each.id}",
                impact=each.impact,
                about=_about(each),
                started_at=each.started_at,
                lasted=in_words(each.duration) if each.duration is not None else "",
            )


def _about(each: PastIncident) -> str:
    names = [NAMES[surface] for surface in WATCHED if surface in each.surfaces]
    return in_a_row(names) if names else ""
