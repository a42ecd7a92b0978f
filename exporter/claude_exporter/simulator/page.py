"""Statuspage's JSON, with every key the real one sends, made from what the page says."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

from claude_exporter.core.page_model import ComponentStatus
from claude_exporter.simulator.page_state import (
    PageState,
    Part,
    PartState,
    Phase,
    Post,
    PostedIncident,
    PostedMaintenance,
    WorkPhase,
)

PAGE_ID: Final = "tymt9n04zgry"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """Turns a scenario's seconds into Unix seconds: `scale` of the former pass in one second."""

    epoch: float
    scale: float = 1.0

    def unix(self, at: float) -> float:
        """The Unix time of a moment of the scenario."""
        return self.epoch + at / self.scale


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    id: str
    name: str
    created_at: str
    start_date: str


_COMPONENTS: Final[Mapping[Part, _Known]] = MappingProxyType(
    {
        Part.WEB: _Known(
            id="rwppv331jlwc",
            name="claude.ai",
            created_at="2023-07-11T17:52:24.275Z",
            start_date="2023-07-11",
        ),
        Part.CONSOLE: _Known(
            id="0qbwn08sd68x",
            name="Claude Console (platform.claude.com)",
            created_at="2023-07-11T17:52:49.982Z",
            start_date="2023-07-11",
        ),
        Part.API: _Known(
            id="k8w3r06qmzrp",
            name="Claude API (api.anthropic.com)",
            created_at="2023-07-11T17:53:10.880Z",
            start_date="2023-07-11",
        ),
        Part.CODE: _Known(
            id="yyzkbfz2thpt",
            name="Claude Code",
            created_at="2025-05-22T21:35:29.822Z",
            start_date="2025-02-06",
        ),
        Part.COWORK: _Known(
            id="bpp5gb3hpjcl",
            name="Claude Cowork",
            created_at="2026-04-01T17:39:47.692Z",
            start_date="2026-04-01",
        ),
        Part.GOVERNMENT: _Known(
            id="0scnb50nvy53",
            name="Claude for Government",
            created_at="2026-02-17T23:24:51.249Z",
            start_date="2026-02-17",
        ),
    }
)

_INDICATORS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "none": "All Systems Operational",
        "maintenance": "Service Under Maintenance",
        "minor": "Minor Service Outage",
        "major": "Partial System Outage",
        "critical": "Major Service Outage",
    }
)


def indicator(statuses: Collection[ComponentStatus]) -> tuple[str, str]:
    """
    The page's overall indicator and its description.

    As on the real page it follows the components alone: any number of partial outages is `minor`,
    and it is `none` again while an incident is still being watched.
    """
    found = set(statuses)
    if found == {ComponentStatus.MAJOR}:
        return "critical", _INDICATORS["critical"]
    if ComponentStatus.MAJOR in found:
        return "major", _INDICATORS["major"]
    if ComponentStatus.PARTIAL in found:
        return "minor", _INDICATORS["minor"]
    if ComponentStatus.DEGRADED in found:
        return "minor", "Partially Degraded Service"
    quiet = "maintenance" if ComponentStatus.MAINTENANCE in found else "none"
    return quiet, _INDICATORS[quiet]


def documents(page: PageState, moments: Moments) -> Mapping[str, Callable[[], Json]]:
    """The page's JSON documents by their path; each is made when it is called."""
    head = _head(page, moments)

    def section(name: str, values: Callable[[], object]) -> Callable[[], Json]:
        return lambda: {"page": head, name: values()}

    def works(*phases: WorkPhase) -> Callable[[], list[Json]]:
        return lambda: [
            _maintenance(work, page, moments) for work in page.maintenances if work.phase in phases
        ]

    base = "/api/v2"
    return {
        f"{base}/summary.json": lambda: summary(page, moments),
        f"{base}/status.json": section("status", lambda: _status(page)),
        f"{base}/components.json": section("components", lambda: _components(page, moments)),
        f"{base}/incidents/unresolved.json": section(
            "incidents", lambda: _incidents(page, moments)
        ),
        f"{base}/incidents.json": section("incidents", lambda: _incidents(page, moments)),
        f"{base}/scheduled-maintenances.json": section("scheduled_maintenances", works(*WorkPhase)),
        f"{base}/scheduled-maintenances/upcoming.json": section(
            "scheduled_maintenances", works(WorkPhase.SCHEDULED)
        ),
        f"{base}/scheduled-maintenances/active.json": section(
            "scheduled_maintenances", works(WorkPhase.IN_PROGRESS, WorkPhase.VERIFYING)
        ),
    }


def summary(page: PageState, moments: Moments) -> Json:
    """The document behind `/api/v2/summary.json`."""
    return {
        "page": _head(page, moments),
        "components": _components(page, moments),
        "incidents": _incidents(page, moments),
        "scheduled_maintenances": [_maintenance(work, page, moments) for work in page.maintenances],
        "status": _status(page),
    }


def encoded(document: Json) -> bytes:
    """A document as the page sends it."""
    return json.dumps(document, separators=(",", ":")).encode()


def etag(body: bytes) -> str:
    """The entity tag of a body, weak as the real page's."""
    return f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'


def _head(page: PageState, moments: Moments) -> Json:
    return {
        "id": PAGE_ID,
        "name": "Claude",
        "url": "https://status.claude.com",
        "time_zone": "Etc/UTC",
        "updated_at": _stamp(moments.unix(page.changed_at)),
    }


def _status(page: PageState) -> Json:
    level, description = indicator([state.status for state in page.parts.values()])
    return {"indicator": level, "description": description}


def _components(page: PageState, moments: Moments) -> list[Json]:
    return [_component(part, page.parts[part], moments) for part in Part]


def _component(part: Part, state: PartState, moments: Moments) -> Json:
    known = _COMPONENTS[part]
    return {
        "id": known.id,
        "name": known.name,
        "status": state.status.value,
        "created_at": known.created_at,
        "updated_at": _stamp(moments.unix(state.since)),
        "position": list(Part).index(part) + 1,
        "description": None,
        "showcase": True,
        "start_date": known.start_date,
        "group_id": None,
        "page_id": PAGE_ID,
        "group": False,
        "only_show_if_degraded": False,
    }


def _incidents(page: PageState, moments: Moments) -> list[Json]:
    return [_incident(incident, page, moments) for incident in page.incidents]


def _incident(incident: PostedIncident, page: PageState, moments: Moments) -> Json:
    newest, first = incident.posts[0], incident.posts[-1]
    watched = [post.at for post in incident.posts if post.phase is Phase.MONITORING]
    return {
        "id": incident.id,
        "name": incident.name,
        "status": newest.phase.value,
        "created_at": _stamp(moments.unix(first.at)),
        "updated_at": _stamp(moments.unix(newest.at)),
        "monitoring_at": _stamp(moments.unix(watched[-1])) if watched else None,
        "resolved_at": None,
        "impact": incident.impact.value,
        "shortlink": f"https://stspg.io/{incident.id}",
        "started_at": _stamp(moments.unix(first.at)),
        "page_id": PAGE_ID,
        "incident_updates": [
            _update(post, incident, len(incident.posts) - index, moments)
            for index, post in enumerate(incident.posts)
        ],
        "components": [_component(part, page.parts[part], moments) for part in incident.parts],
        "reminder_intervals": None,
    }


def _update(post: Post, incident: PostedIncident, number: int, moments: Moments) -> Json:
    at = _stamp(moments.unix(post.at))
    affected = [
        {
            "code": _COMPONENTS[part].id,
            "name": _COMPONENTS[part].name,
            "old_status": before.value,
            "new_status": now.value,
        }
        for part, before, now in post.affected
    ]
    return {
        "id": f"{incident.id}u{number}",
        "status": post.phase.value,
        "body": post.text,
        "incident_id": incident.id,
        "created_at": at,
        "updated_at": at,
        "display_at": at,
        "affected_components": affected or None,
        "deliver_notifications": True,
        "custom_tweet": None,
        "tweet_id": None,
    }


def _maintenance(work: PostedMaintenance, page: PageState, moments: Moments) -> Json:
    started = work.phase is not WorkPhase.SCHEDULED
    return {
        "id": work.id,
        "name": work.name,
        "status": work.phase.value,
        "created_at": _stamp(moments.unix(work.created_at)),
        "updated_at": _stamp(moments.unix(work.updated_at)),
        "monitoring_at": None,
        "resolved_at": None,
        "impact": "maintenance",
        "shortlink": f"https://stspg.io/{work.id}",
        "started_at": _stamp(moments.unix(work.starts_at if started else work.created_at)),
        "page_id": PAGE_ID,
        "incident_updates": [],
        "components": [_component(part, page.parts[part], moments) for part in work.parts],
        "scheduled_for": _stamp(moments.unix(work.starts_at)),
        "scheduled_until": _stamp(moments.unix(work.ends_at)),
    }


def _stamp(unix: float) -> str:
    return datetime.fromtimestamp(unix, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
