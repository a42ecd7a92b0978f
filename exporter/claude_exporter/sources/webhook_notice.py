"""
What a status page's webhook tells, and how it lies over what was read of the page. Pure.

Nothing in the body proves who wrote it: a notice is believed for a short while, in which the page
itself is asked, and only where it is newer than what is known.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from claude_exporter.core.model import Surface
from claude_exporter.core.page_model import (
    ComponentStatus,
    Incident,
    Maintenance,
    PageContent,
    PageReport,
)
from claude_exporter.sources.json_values import mapping_of, member_of, moment_of, text_of
from claude_exporter.sources.statuspage_content import UnreadableError, glimpse_of, reading_of

BELIEVED_FOR: Final = 120.0
"""Seconds for which a notice counts that the page does not bear out: two polls."""

OLDEST: Final = 600.0
"""Seconds after which news is old, whoever brings it."""

CACHED: Final = 60.0
"""Seconds by which what was just read of a page may be older than the page."""

AHEAD: Final = 300.0


class Kind(StrEnum):
    """What a notice is about."""

    COMPONENT = "component"
    INCIDENT = "incident"
    MAINTENANCE = "maintenance"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """
    One notice: what is so since `at`, of the thing with this `id`.

    `item` is the incident or maintenance as it is now, None where it is over; `status` is that of
    a component.
    """

    page_id: str
    kind: Kind
    id: str
    at: float
    item: Incident | Maintenance | None = None
    status: ComponentStatus = ComponentStatus.UNKNOWN


def notice_of(
    body: bytes, components: Mapping[str, Surface], on_page: Iterable[str] = ()
) -> Notice:
    """
    The notice in *body*; *on_page* are the ids of the page's components.

    Raises UnreadableError.
    """
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as exc:
        raise UnreadableError(f"expected JSON, not {glimpse_of(body)}") from exc
    told = mapping_of(found)
    page_id = text_of(mapping_of(told.get("page")).get("id"))
    if not page_id:
        raise UnreadableError("expected the id of a page, found none")
    if "component_update" in told:
        return _component(page_id, told)
    if "incident" in told:
        return _incident(page_id, mapping_of(told["incident"]), components, on_page)
    raise UnreadableError("expected an incident or a component_update, found neither")


def _component(page_id: str, told: Mapping[str, object]) -> Notice:
    change = mapping_of(told["component_update"])
    return Notice(
        page_id=page_id,
        kind=Kind.COMPONENT,
        id=_key(change.get("component_id")),
        at=_moment(change.get("created_at"), "component_update.created_at"),
        status=member_of(ComponentStatus, change.get("new_status")),
    )


def _incident(
    page_id: str,
    item: Mapping[str, object],
    components: Mapping[str, Surface],
    on_page: Iterable[str],
) -> Notice:
    planned = moment_of(item.get("scheduled_for")) is not None
    summary = {
        "page": {"id": page_id},
        "components": [{"id": each} for each in on_page],
        "incidents": [] if planned else [item],
        "scheduled_maintenances": [item] if planned else [],
    }
    # As a summary of one, so that it is read and scoped exactly as the page itself is.
    content = reading_of(json.dumps(summary).encode(), components).content
    items: tuple[Incident | Maintenance, ...] = (*content.incidents, *content.maintenances)
    return Notice(
        page_id=page_id,
        kind=Kind.MAINTENANCE if planned else Kind.INCIDENT,
        id=_key(item.get("id")),
        at=_moment(item.get("updated_at"), "incident.updated_at"),
        item=next(iter(items), None),
    )


def _key(value: object) -> str:
    key = text_of(value)
    if not key:
        raise UnreadableError("expected an id, found none")
    return key


def _moment(value: object, where: str) -> float:
    at = moment_of(value)
    if at is None:
        raise UnreadableError(f"expected a time at {where}, found none")
    return at


def is_news(notice: Notice, report: PageReport, now: float) -> bool:
    """Whether *notice* is newer than what is known of the page, and not of long ago."""
    if report.content is None or not now - OLDEST < notice.at <= now + AHEAD:
        return False
    if report.read_at is not None and notice.at <= report.read_at - CACHED:
        return False  # the page has been read since, and knows it
    known = _known_at(notice, report.content)
    return known is None or notice.at > known


def _known_at(notice: Notice, content: PageContent) -> float | None:
    """Since when the page itself has been as it is, about what the notice is about."""
    things: tuple[Iterable[Incident], Iterable[Maintenance]]
    things = content.incidents, content.maintenances
    moments = {
        Kind.COMPONENT: {each.id: each.updated_at for each in content.components},
        Kind.INCIDENT: {each.id: each.updated_at for each in things[0]},
        Kind.MAINTENANCE: {each.id: each.updated_at for each in things[1]},
    }
    return moments[notice.kind].get(notice.id)


def with_notice(content: PageContent, notice: Notice) -> PageContent:
    """The content as *notice* says it is, unless the page itself says something as new."""
    known = _known_at(notice, content)
    if known is not None and known >= notice.at:
        return content
    if notice.kind is Kind.COMPONENT:
        changed = (
            replace(each, status=notice.status, updated_at=notice.at)
            if each.id == notice.id
            else each
            for each in content.components
        )
        return replace(content, components=tuple(changed))
    if notice.kind is Kind.INCIDENT:
        others = tuple(each for each in content.incidents if each.id != notice.id)
        added = (notice.item,) if isinstance(notice.item, Incident) else ()
        return replace(content, incidents=(*added, *others))
    planned = tuple(each for each in content.maintenances if each.id != notice.id)
    work = (notice.item,) if isinstance(notice.item, Maintenance) else ()
    return replace(content, maintenances=(*work, *planned))
