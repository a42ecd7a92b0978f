"""
What the body of a Statuspage `summary.json` says, item by item.

Pure. A body that is no summary raises: it is neither an outage nor an all-clear. One odd item
leaves the others as they are.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from claude_exporter.core.model import Surface
from claude_exporter.core.page_model import (
    Component,
    ComponentStatus,
    Impact,
    Incident,
    IncidentPhase,
    Maintenance,
    MaintenancePhase,
    PageContent,
)
from claude_exporter.sources.json_values import (
    TEXT_LIMIT,
    clean,
    items_of,
    link_of,
    mapping_of,
    member_of,
    moment_of,
    text_of,
)
from claude_exporter.sources.scope import IncidentEvidence, covered_surfaces, models_of_title

COMPONENT_LIMIT: Final = 200
INCIDENT_LIMIT: Final = 100
MAINTENANCE_LIMIT: Final = 50

OVER: Final = ("resolved", "postmortem", "completed")
UNKNOWN_NAME: Final = "unknown"

Item = Mapping[str, object]
Value = TypeVar("Value", Component, Incident, Maintenance)


class UnreadableError(Exception):
    """The body is no Statuspage summary; the message says what was wanted and what was found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageReading:
    """A page's content, and in `notes` what had to be left out of it or was missed."""

    content: PageContent
    notes: tuple[str, ...] = ()


def content_of(body: bytes, components: Mapping[str, Surface]) -> PageContent:
    """Content of a summary; *components* maps ids to surfaces. Raises UnreadableError."""
    return reading_of(body, components).content


def reading_of(body: bytes, components: Mapping[str, Surface]) -> PageReading:
    """Content of a summary with notes about it. Raises UnreadableError."""
    summary = summary_of(body)
    page = mapping_of(summary["page"])
    found = _kept(
        "components",
        (item for item in items_of(summary["components"]) if not _is_group(item)),
        lambda item: _component(item, components),
        COMPONENT_LIMIT,
    )
    on_page = frozenset(component.id for component in found.values)
    incidents = _kept(
        "incidents",
        _unresolved(summary["incidents"]),
        lambda item: _incident(item, on_page, components),
        INCIDENT_LIMIT,
    )
    maintenances = _kept(
        "maintenances",
        _unresolved(summary.get("scheduled_maintenances")),
        lambda item: _maintenance(item, on_page, components),
        MAINTENANCE_LIMIT,
    )
    content = PageContent(
        page_id=text_of(page.get("id")),
        name=text_of(page.get("name"), UNKNOWN_NAME),
        indicator=member_of(Impact, mapping_of(summary.get("status")).get("indicator")),
        components=found.values,
        incidents=incidents.values,
        maintenances=maintenances.values,
        updated_at=moment_of(page.get("updated_at")),
    )
    missing = _missing(on_page, components)
    return PageReading(
        content=content, notes=found.notes + incidents.notes + maintenances.notes + missing
    )


def summary_of(body: bytes) -> Item:
    """The decoded summary, which has a page object and the two lists. Raises UnreadableError."""
    try:
        summary = json.loads(body)
    except (ValueError, RecursionError) as exc:
        raise UnreadableError(f"expected JSON, not {glimpse_of(body)}") from exc
    if not isinstance(summary, dict):
        raise UnreadableError(f"expected a JSON object, not {type(summary).__name__}")
    for key, kind, wanted in (
        ("page", dict, "an object"),
        ("components", list, "a list"),
        ("incidents", list, "a list"),
    ):
        if key not in summary:
            raise UnreadableError(f"expected the key `{key}`, found only {_keys(summary)}")
        if not isinstance(summary[key], kind):
            found = type(summary[key]).__name__
            raise UnreadableError(f"expected `{key}` to be {wanted}, not {found}")
    return summary


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept(Generic[Value]):
    values: tuple[Value, ...]
    notes: tuple[str, ...]


def _kept(
    kind: str, items: Iterable[object], read: Callable[[Item], Value | None], limit: int
) -> _Kept[Value]:
    """The first *limit* readable items, the first of each id, and notes about the others."""
    found: dict[str, Value] = {}
    unreadable = repeated = beyond = 0
    for item in items:
        value = read(mapping_of(item))
        if value is None:
            unreadable += 1
        elif value.id in found:
            repeated += 1
        elif len(found) == limit:
            beyond += 1
        else:
            found[value.id] = value
    counts = (
        (unreadable, f"{unreadable} {kind} without an id left out"),
        (repeated, f"{repeated} {kind} with an id seen before left out"),
        (beyond, f"{beyond} {kind} over the limit of {limit} left out"),
    )
    notes = tuple(note for count, note in counts if count)
    return _Kept(values=tuple(found.values()), notes=notes)


def _component(item: Item, components: Mapping[str, Surface]) -> Component | None:
    key = text_of(item.get("id"))
    if not key:
        return None
    return Component(
        id=key,
        name=text_of(item.get("name"), UNKNOWN_NAME),
        status=member_of(ComponentStatus, item.get("status")),
        surface=components.get(key),
        updated_at=moment_of(item.get("updated_at")),
    )


def _incident(
    item: Item, on_page: frozenset[str], components: Mapping[str, Surface]
) -> Incident | None:
    key = text_of(item.get("id"))
    if not key:
        return None
    name = text_of(item.get("name"), UNKNOWN_NAME)
    return Incident(
        id=key,
        name=name,
        phase=member_of(IncidentPhase, item.get("status")),
        impact=member_of(Impact, item.get("impact")),
        surfaces=covered_surfaces(_evidence(name, item, on_page), components),
        models=models_of_title(name),
        started_at=_first_moment(item, "started_at", "created_at"),
        updated_at=moment_of(item.get("updated_at")),
        link=link_of(item.get("shortlink")),
    )


def _maintenance(
    item: Item, on_page: frozenset[str], components: Mapping[str, Surface]
) -> Maintenance | None:
    key = text_of(item.get("id"))
    if not key:
        return None
    name = text_of(item.get("name"), UNKNOWN_NAME)
    return Maintenance(
        id=key,
        name=name,
        phase=member_of(MaintenancePhase, item.get("status")),
        surfaces=covered_surfaces(_evidence(name, item, on_page), components),
        starts_at=moment_of(item.get("scheduled_for")),
        ends_at=moment_of(item.get("scheduled_until")),
        created_at=moment_of(item.get("created_at")),
        updated_at=moment_of(item.get("updated_at")),
        link=link_of(item.get("shortlink")),
    )


def _evidence(title: str, item: Item, on_page: frozenset[str]) -> IncidentEvidence:
    updates = (mapping_of(update) for update in items_of(item.get("incident_updates")))
    changes = (
        mapping_of(change)
        for update in updates
        for change in items_of(update.get("affected_components"))
    )
    listed = (text_of(mapping_of(each).get("id")) for each in items_of(item.get("components")))
    return IncidentEvidence(
        title=title,
        affected=frozenset(text_of(each.get("code")) for each in changes if _is_affected(each))
        - {""},
        listed=frozenset(listed) - {""},
        on_page=on_page,
    )


def _is_affected(change: Item) -> bool:
    """Whether a component was not operational before or after; a missing status shows nothing."""
    statuses = (change.get("old_status"), change.get("new_status"))
    return any(
        isinstance(status, str) and status != ComponentStatus.OPERATIONAL for status in statuses
    )


def _unresolved(items: object) -> Iterable[object]:
    return (item for item in items_of(items) if mapping_of(item).get("status") not in OVER)


def _is_group(item: object) -> bool:
    return mapping_of(item).get("group") is True


def _first_moment(item: Item, *keys: str) -> float | None:
    return next((at for key in keys if (at := moment_of(item.get(key))) is not None), None)


def _missing(on_page: frozenset[str], components: Mapping[str, Surface]) -> tuple[str, ...]:
    missing = sorted(components.keys() - on_page)
    return (f"not on the page: component {', '.join(missing)}",) if missing else ()


def glimpse_of(body: bytes) -> str:
    """What a body starts with, for an error message."""
    if not body.strip():
        return "an empty body"
    return repr(clean(body[:TEXT_LIMIT].decode(errors="replace"), 40))


def _keys(summary: Item) -> str:
    return clean(", ".join(sorted(summary)[:8])) or "none"
