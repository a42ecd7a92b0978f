"""A Statuspage's `/history`: HTML that has its incidents as JSON in an attribute."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, Final

from claude_exporter.simulator.page import Moments
from claude_exporter.simulator.page_state import PageState

_PAGE: Final = (
    "<!DOCTYPE html>\n<html><head><title>Claude Status - Incident History</title></head><body>"
    '<div class="layout-content status status-full-history starter">'
    '<div data-react-class="HistoryIndex" data-react-props="{}" data-hydrate="t"></div>'
    "</div></body></html>\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryItem:
    """One incident as the history lists it; moments in Unix seconds."""

    code: str
    name: str
    impact: str
    started_at: float
    ended_at: float


def history_items(page: PageState, moments: Moments) -> tuple[HistoryItem, ...]:
    """What the simulated page lists: what is on it now, from its first post to its last."""
    return tuple(
        HistoryItem(
            code=each.id,
            name=each.name,
            impact=each.impact.value,
            started_at=moments.unix(each.posts[-1].at),
            ended_at=moments.unix(each.posts[0].at),
        )
        for each in page.incidents
    )


def history_html(items: Iterable[HistoryItem]) -> bytes:
    """The page, with the newest month and the newest incident first."""
    newest = sorted(items, key=lambda each: each.started_at, reverse=True)
    months = [
        {"name": f"{first:%B}", "year": first.year, "incidents": [_listed(each) for each in own]}
        for (first, own) in ((_utc(group[0].started_at), group) for group in _by_month(newest))
    ]
    properties = {"components": [], "months": months, "show_component_filter": True}
    return _PAGE.format(html.escape(json.dumps(properties))).encode()


def _by_month(items: Iterable[HistoryItem]) -> list[list[HistoryItem]]:
    groups = groupby(items, key=lambda each: f"{_utc(each.started_at):%Y-%m}")
    return [list(own) for _, own in groups]


def _listed(item: HistoryItem) -> dict[str, Any]:
    return {
        "code": item.code,
        "name": item.name,
        "message": "This incident has been resolved.",
        "impact": item.impact,
        "timestamp": _span(_utc(item.started_at), _utc(item.ended_at)),
    }


def _span(start: datetime, end: datetime) -> str:
    if start == end:
        return f"{_day(start)}, {_time(start)} UTC"
    day = "" if start.date() == end.date() else f"{_day(end)}, "
    return f"{_day(start)}, {_time(start)} - {day}{_time(end)} UTC"


def _day(at: datetime) -> str:
    return f"{at:%b} <var data-var='date'>{at.day:>2}</var>"


def _time(at: datetime) -> str:
    return f"<var data-var='time'>{at:%H:%M}</var>"


def _utc(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
