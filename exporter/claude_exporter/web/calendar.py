"""`/maintenance.ics`: announced maintenances as an iCalendar (RFC 5545) to subscribe to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final, TypeGuard

from claude_exporter.core.model import WATCHED
from claude_exporter.core.page_model import Maintenance, PageContent

from .headline import NAMES
from .page_text import ID_LIMIT

CONTENT_TYPE: Final = "text/calendar; charset=utf-8"
OCTETS: Final = 75
"""The longest line, without its end."""

_END_OF_TIME: Final = 253_402_300_799.0  # the last second with a year of four digits
_SEQUENCE_LIMIT: Final = 2**31 - 1
_ESCAPED: Final = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})
_HEAD: Final = (
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//claude-exporter//maintenance//EN",
    "CALSCALE:GREGORIAN",
    "NAME:Maintenance of Claude",
    "X-WR-CALNAME:Maintenance of Claude",
    "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
    "X-PUBLISHED-TTL:PT1H",
)


def calendar_text(contents: Mapping[str, PageContent]) -> str:
    """The maintenances of all pages, by page name; the same ones always give the same text."""
    lines = (*_HEAD, *_events(contents), "END:VCALENDAR")
    return "".join(f"{folded(line)}\r\n" for line in lines)


def folded(line: str) -> str:
    """*line* in pieces of at most 75 octets, no character cut in two."""
    pieces, size = [""], 0
    for character in line:
        octets = len(character.encode())
        if size + octets > OCTETS:
            pieces.append("")
            size = 1  # the space that continues a line
        pieces[-1] += character
        size += octets
    return "\r\n ".join(pieces)


def escaped(text: str) -> str:
    """*text* as a value of type TEXT; other control characters are dropped."""
    plain = "".join(each for each in text if each == "\n" or each.isprintable())
    return plain.translate(_ESCAPED)


def _events(contents: Mapping[str, PageContent]) -> Iterator[str]:
    for page, content in contents.items():
        for each in content.maintenances:
            if _is_in_time(each.starts_at) and 0 < len(each.id) <= ID_LIMIT:
                yield from _event(page, content.name, each, each.starts_at)


def _is_in_time(at: float | None) -> TypeGuard[float]:
    """Whether a moment is known, and one that a calendar can write."""
    return at is not None and 0 <= at < _END_OF_TIME


def _event(page: str, name: str, work: Maintenance, starts_at: float) -> Iterator[str]:
    known = (work.updated_at, work.created_at, starts_at)
    changed_at = next(at for at in known if _is_in_time(at))
    yield "BEGIN:VEVENT"
    yield f"UID:{escaped(work.id)}@{page}.status-page.claude-exporter"
    yield f"DTSTAMP:{_stamp(changed_at)}"
    yield f"LAST-MODIFIED:{_stamp(changed_at)}"
    yield f"SEQUENCE:{_sequence(work)}"
    yield f"DTSTART:{_stamp(starts_at)}"
    if _is_in_time(work.ends_at) and work.ends_at > starts_at:
        yield f"DTEND:{_stamp(work.ends_at)}"
    yield f"SUMMARY:{escaped(f'{name}: {work.name}')}"
    yield f"DESCRIPTION:{escaped(_description(work))}"
    yield "STATUS:CONFIRMED"
    # It is nobody's appointment: it must not make anybody look busy.
    yield "TRANSP:TRANSPARENT"
    if work.link is not None:
        yield f"URL:{work.link}"
    yield "END:VEVENT"


def _description(work: Maintenance) -> str:
    covered = ", ".join(NAMES[surface] for surface in WATCHED if surface in work.surfaces)
    return f"{work.phase.value.replace('_', ' ')}\nConcerns: {covered or 'nothing that is watched'}"


def _sequence(work: Maintenance) -> int:
    """Grows with each change of the announcement, without anything remembered."""
    if work.updated_at is None or work.created_at is None:
        return 0
    return min(max(0, int(work.updated_at - work.created_at)), _SEQUENCE_LIMIT)


def _stamp(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y%m%dT%H%M%SZ")
