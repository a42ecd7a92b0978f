"""The JSON of what status pages say: incidents open and past, maintenances to come and running."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from claude_exporter.config import PageConfig
from claude_exporter.core.page_model import Maintenance
from claude_exporter.core.past import PastIncident, figures
from claude_exporter.runtime.exporter import Exporter
from claude_exporter.runtime.past_record import Backfill

DAY: Final = 86_400.0
SPANS: Final[Mapping[str, float]] = MappingProxyType(
    {"7d": 7 * DAY, "30d": 30 * DAY, "90d": 90 * DAY}
)


def incidents_answer(exporter: Exporter) -> dict[str, Any]:
    """Every page with its incidents, the newest first."""
    now = exporter.clock.now()
    return {"at": now, "pages": [_page(exporter, page, now) for page in exporter.plan.pages]}


def _page(exporter: Exporter, page: PageConfig, now: float) -> dict[str, Any]:
    past = exporter.pages.past
    incidents = past.incidents(page.name)
    return {
        "page": page.name,
        "backfill": _backfill(past.backfills.get(page.name, Backfill()), enabled=page.backfill),
        "figures": {name: _figures(incidents, now - span) for name, span in SPANS.items()},
        "incidents": [_incident(each, page) for each in reversed(incidents)],
    }


def _backfill(state: Backfill, *, enabled: bool) -> dict[str, Any]:
    word = "off" if not enabled else "done" if state.filled_at else "failed"
    return {
        "state": word if state.tries or not enabled else "not asked",
        "asked_at": state.asked_at if state.tries else None,
        "problem": state.problem or None,
    }


def _figures(incidents: Sequence[PastIncident], since: float) -> dict[str, Any]:
    found = figures(incidents, since)
    return {
        "count": found.count,
        "by_impact": dict(found.by_impact),
        "median_duration": found.median_duration,
        "longest_duration": found.longest_duration,
    }


def _incident(each: PastIncident, page: PageConfig) -> dict[str, Any]:
    return {
        "id": each.id,
        "title": each.title or None,
        "impact": each.impact,
        "surfaces": sorted(each.surfaces),
        "started_at": each.started_at,
        "ended_at": each.ended_at,
        "duration": each.duration,
        "open": each.open,
        "link": f"{page.url.rstrip('/')}/incidents/{each.id}",
    }


def maintenances_answer(exporter: Exporter) -> dict[str, Any]:
    """Maintenances of the pages that can be believed, the first one first."""
    contents = exporter.readable_contents()
    found = [(name, each) for name, content in contents.items() for each in content.maintenances]
    found.sort(key=lambda pair: pair[1].starts_at or 0.0)
    return {
        "at": exporter.clock.now(),
        "unreadable": [page.name for page in exporter.plan.pages if page.name not in contents],
        "maintenances": [_maintenance(name, each) for name, each in found],
    }


def _maintenance(page: str, each: Maintenance) -> dict[str, Any]:
    return {
        "page": page,
        "id": each.id,
        "title": each.name,
        "phase": each.phase,
        "surfaces": sorted(each.surfaces),
        "starts_at": each.starts_at,
        "ends_at": each.ends_at,
    }
