"""
What a Statuspage's `history.atom` says: less than the summary, where the summary cannot be had.

Pure. The feed has neither components nor impact nor the moment an incident began; its incidents
are scoped by their titles.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from claude_exporter.core.model import Surface
from claude_exporter.core.page_model import (
    Impact,
    Incident,
    IncidentPhase,
    Maintenance,
    MaintenancePhase,
    PageContent,
)
from claude_exporter.sources.atom import ATOM, feed_of
from claude_exporter.sources.json_values import link_of, member_of, moment_of, text_of
from claude_exporter.sources.scope import IncidentEvidence, covered_surfaces, models_of_title
from claude_exporter.sources.statuspage_content import (
    INCIDENT_LIMIT,
    MAINTENANCE_LIMIT,
    OVER,
    UNKNOWN_NAME,
    PageReading,
    UnreadableError,
)

PAGE_OF_FEED: Final = re.compile(r"tag:([^,/]+),\d{4}:/history")
STEP: Final = re.compile(r"<strong>([^<]{1,40})</strong>")
PHASES: Final = frozenset(IncidentPhase) - {IncidentPhase.UNKNOWN}
PLANNED: Final = frozenset(MaintenancePhase) - {MaintenancePhase.UNKNOWN}
STEPS: Final = PHASES | PLANNED | frozenset(OVER)
"""What an update may say of the whole; others, like `update`, leave it as it was."""

NOTE: Final = "the history has no components and no impact"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    key: str
    title: str
    step: str
    link: str | None
    updated_at: float | None


def history_of(
    body: bytes, components: Mapping[str, Surface], hosts: frozenset[str]
) -> PageReading:
    """Content of a history feed of one of *hosts*. Raises UnreadableError."""
    feed = feed_of(body)
    host = _host_of_feed(feed)
    if host not in hosts:
        found = host or "a feed of something else"
        raise UnreadableError(f"expected the history of {', '.join(sorted(hosts))}, not {found}")
    entries = tuple(_entries(feed))
    known = tuple(entry for entry in entries if entry.step in STEPS)
    if entries and not known:
        raise UnreadableError(f"expected entries with a status, none of {len(entries)} has one")
    incidents = (_incident(entry, components) for entry in known if entry.step in PHASES)
    maintenances = (_maintenance(entry, components) for entry in known if entry.step in PLANNED)
    content = PageContent(
        page_id="",
        name=_text(feed, "title").removesuffix(" - Incident History") or UNKNOWN_NAME,
        indicator=Impact.UNKNOWN,
        incidents=tuple(islice(incidents, INCIDENT_LIMIT)),
        maintenances=tuple(islice(maintenances, MAINTENANCE_LIMIT)),
        updated_at=moment_of(feed.findtext(f"{ATOM}updated")),
    )
    odd = len(entries) - len(known)
    notes = (NOTE, f"{odd} entries without a status left out") if odd else (NOTE,)
    return PageReading(content=content, notes=notes)


def _host_of_feed(feed: ET.Element) -> str:
    match = PAGE_OF_FEED.fullmatch(_text(feed, "id"))
    return match[1] if match else ""


def _entries(feed: ET.Element) -> Iterable[_Entry]:
    """Entries of the feed, the first of each key."""
    seen: set[str] = set()
    for item in feed.iterfind(f"{ATOM}entry"):
        entry = _entry(item)
        if entry.key and entry.key not in seen:
            seen.add(entry.key)
            yield entry


def _entry(item: ET.Element) -> _Entry:
    address = item.find(f"{ATOM}link")
    link = link_of(None if address is None else address.get("href"))
    steps = (
        text.strip().lower().replace(" ", "_")
        for text in STEP.findall(item.findtext(f"{ATOM}content") or "")
    )
    return _Entry(
        # The last part of the link is the id that the summary uses; the feed's own is another.
        key=urlsplit(link or "").path.rpartition("/")[2] or _text(item, "id"),
        title=_text(item, "title") or UNKNOWN_NAME,
        step=next((step for step in steps if step in STEPS), ""),
        link=link,
        updated_at=moment_of(item.findtext(f"{ATOM}updated")),
    )


def _incident(entry: _Entry, components: Mapping[str, Surface]) -> Incident:
    return Incident(
        id=entry.key,
        name=entry.title,
        phase=member_of(IncidentPhase, entry.step),
        impact=Impact.UNKNOWN,
        surfaces=covered_surfaces(IncidentEvidence(title=entry.title), components),
        models=models_of_title(entry.title),
        updated_at=entry.updated_at,
        link=entry.link,
    )


def _maintenance(entry: _Entry, components: Mapping[str, Surface]) -> Maintenance:
    return Maintenance(
        id=entry.key,
        name=entry.title,
        phase=member_of(MaintenancePhase, entry.step),
        surfaces=covered_surfaces(IncidentEvidence(title=entry.title), components),
        starts_at=None,
        ends_at=None,
    )


def _text(item: ET.Element, name: str) -> str:
    return text_of(item.findtext(f"{ATOM}{name}"))
