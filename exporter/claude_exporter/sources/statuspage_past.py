"""
What a Statuspage's `/history` says of the last three months: incidents that are over.

Pure. The page is HTML; what it shows is JSON in the properties of its `HistoryIndex` element. A
moment is text for people (`Oct 7, 21:23 - 22:40 UTC`) without a year: the month around it has one.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from claude_exporter.core.model import Surface
from claude_exporter.core.page_model import Impact
from claude_exporter.core.past import LIMIT, PastIncident
from claude_exporter.sources.json_values import clean, items_of, mapping_of, member_of, text_of
from claude_exporter.sources.scope import IncidentEvidence, covered_surfaces
from claude_exporter.sources.statuspage_content import UNKNOWN_NAME, UnreadableError, glimpse_of

PATH: Final = "/history"

ELEMENT: Final = "HistoryIndex"
PROPERTIES: Final = 'data-react-props="'
MONTHS_READ: Final = 12
STAMP_LIMIT: Final = 400
NEAR: Final = 1000
"""Characters in which the rest of the element's tag must be."""

MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
TAG: Final = re.compile(r"<[^<>]{0,100}>")
SPAN: Final = re.compile(
    r"(?P<month>[A-Z][a-z]{2}) +(?P<day>\d{1,2}), +(?P<time>\d{1,2}:\d{2})"
    r"(?: *- *(?:(?P<month2>[A-Z][a-z]{2}) +(?P<day2>\d{1,2}), +)?(?P<time2>\d{1,2}:\d{2}))?"
    r" +(?:UTC|GMT)"
)
"""Only where the page's own time zone is UTC: an abbreviation like `CST` names several."""


def past_of(body: bytes, components: Mapping[str, Surface]) -> tuple[PastIncident, ...]:
    """Incidents of a history page, newest first as there. Raises UnreadableError."""
    months = _properties(body).get("months")
    if not isinstance(months, list):
        raise UnreadableError(f"expected `months` to be a list, not {type(months).__name__}")
    found: dict[str, PastIncident] = {}
    for each in _incidents(months, components):
        found.setdefault(each.id, each)
        if len(found) == LIMIT:
            break
    return tuple(found.values())


def _properties(body: bytes) -> Mapping[str, object]:
    text = body.decode(errors="replace")
    for start, end in _attributes(text):
        opens = text.rfind("<", max(0, start - NEAR), start)
        tag = text[opens:start] + text[end : end + NEAR].partition(">")[0]
        if opens < 0 or f'"{ELEMENT}"' not in tag:
            continue
        try:
            found = json.loads(html.unescape(text[start:end]))
        except (ValueError, RecursionError) as exc:
            raise UnreadableError(f"expected JSON in {ELEMENT}, found none") from exc
        return mapping_of(found)
    raise UnreadableError(f"expected a page with {ELEMENT}, not {glimpse_of(body)}")


def _attributes(text: str) -> Iterator[tuple[int, int]]:
    """Where the value of each attribute with properties begins and ends."""
    at = text.find(PROPERTIES)
    while at >= 0:
        start = at + len(PROPERTIES)
        end = text.find('"', start)
        if end < 0:
            return
        yield start, end
        at = text.find(PROPERTIES, end)


def _incidents(months: list[object], components: Mapping[str, Surface]) -> Iterator[PastIncident]:
    for month in months[:MONTHS_READ]:
        found = mapping_of(month)
        year = found.get("year")
        for item in items_of(found.get("incidents")):
            incident = _incident(mapping_of(item), year, text_of(found.get("name")), components)
            if incident is not None and incident.impact is not Impact.MAINTENANCE:
                yield incident


def _incident(
    item: Mapping[str, object], year: object, month: str, components: Mapping[str, Surface]
) -> PastIncident | None:
    key = text_of(item.get("code"))
    if not key:
        return None
    title = text_of(item.get("name"), UNKNOWN_NAME)
    started_at, ended_at = span_of(item.get("timestamp"), year, month)
    return PastIncident(
        id=key,
        impact=member_of(Impact, item.get("impact")),
        surfaces=covered_surfaces(IncidentEvidence(title=title), components),
        started_at=started_at,
        ended_at=ended_at,
        title=title,
    )


def span_of(text: object, year: object, month: str) -> tuple[float | None, float | None]:
    """The two moments of a text for people, listed under *month* of *year*; None where unclear."""
    if not isinstance(text, str) or type(year) is not int:
        return None, None
    match = SPAN.search(clean(TAG.sub("", text[:STAMP_LIMIT])))
    if match is None or match["month"] not in MONTHS:
        return None, None
    # What began in December may be listed under January.
    began = year - 1 if match["month"] == "Dec" and month.startswith("Jan") else year
    started_at = _moment(began, match["month"], match["day"], match["time"])
    if started_at is None or match["time2"] is None:
        return started_at, started_at
    ended_month = match["month2"] or match["month"]
    if ended_month not in MONTHS:
        return started_at, None
    over = began + (MONTHS.index(ended_month) < MONTHS.index(match["month"]))
    ended_at = _moment(over, ended_month, match["day2"] or match["day"], match["time2"])
    return started_at, ended_at if ended_at is not None and ended_at >= started_at else None


def _moment(year: int, month: str, day: str, time: str) -> float | None:
    hour, minute = (int(each) for each in time.split(":"))
    try:
        moment = datetime(year, MONTHS.index(month) + 1, int(day), hour, minute, tzinfo=UTC)
        return moment.timestamp()
    except (ValueError, OverflowError):
        return None
