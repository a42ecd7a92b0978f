"""The text of what the status pages say, and of how reading them goes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from types import MappingProxyType
from typing import Final, TypeVar

from claude_exporter.core.page_model import (
    Component,
    ComponentStatus,
    Impact,
    Incident,
    IncidentPhase,
    Maintenance,
    PageContent,
    PageFault,
    PageReport,
)
from claude_exporter.runtime.history import PageTotals
from claude_exporter.runtime.plan import Plan

from .families import Desc, Group, Scrape
from .samples import Sample, families_text

NAME_LIMIT: Final = 80
"""Characters of a component's name that are shown; the id tells two apart."""

ID_LIMIT: Final = 64
"""Characters; a Statuspage id has 12. What has a longer one is left out: cut, two could be one."""

PAGE_UP: Final = Desc(
    "claude_status_page_up",
    "gauge",
    "Whether the last poll of the status page could be read.",
    ("page",),
    series=("pages",),
)
PAGE_LAST_SUCCESS: Final = Desc(
    "claude_status_page_last_success_timestamp_seconds",
    "gauge",
    "When the status page was last read, in Unix time; no sample before the first time.",
    ("page",),
    series=("pages",),
)
PAGE_UPDATED: Final = Desc(
    "claude_status_page_updated_timestamp_seconds",
    "gauge",
    "When the status page last changed, by its own account, in Unix time.",
    ("page",),
    series=("pages",),
)
PAGE_CACHED: Final = Desc(
    "claude_status_page_cached_seconds",
    "gauge",
    "How old the page's last answer already was when it came, by its cache's own account.",
    ("page",),
    series=("pages",),
)
PAGE_POLLS: Final = Desc(
    "claude_status_page_polls_total",
    "counter",
    "Polls of the status page that ended.",
    ("page",),
    series=("pages",),
)
PAGE_FAILURES: Final = Desc(
    "claude_status_page_failures_total",
    "counter",
    "Polls of the status page that could not be read, by reason.",
    ("page", "reason"),
    series=("pages", len(PageFault)),
)
PAGE_COMPONENT: Final = Desc(
    "claude_status_component_status",
    "gauge",
    "The status of a component on the page: 1 for that status, 0 for the others.",
    ("page", "component_id", "component", "status"),
    series=("components", len(ComponentStatus)),
)
PAGE_MISSING: Final = Desc(
    "claude_status_components_missing",
    "gauge",
    "Components that the configuration maps to a surface and the page does not have.",
    ("page",),
    series=("pages",),
)
PAGE_INCIDENTS: Final = Desc(
    "claude_status_incidents",
    "gauge",
    "Unresolved incidents on the page, by impact and phase.",
    ("page", "impact", "phase"),
    series=("pages", len(Impact), len(IncidentPhase)),
)
PAGE_INCIDENT_STARTED: Final = Desc(
    "claude_status_incident_started_timestamp_seconds",
    "gauge",
    "When an unresolved incident started by the page's own account, in Unix time.",
    ("page", "incident_id"),
    series=("incidents",),
)
PAGE_INCIDENT_UPDATED: Final = Desc(
    "claude_status_incident_updated_timestamp_seconds",
    "gauge",
    "When an unresolved incident was last updated, in Unix time.",
    ("page", "incident_id"),
    series=("incidents",),
)
MAINTENANCE_START: Final = Desc(
    "claude_status_maintenance_start_timestamp_seconds",
    "gauge",
    "When a scheduled maintenance begins, in Unix time.",
    ("page", "maintenance_id"),
    series=("maintenances",),
)
MAINTENANCE_END: Final = Desc(
    "claude_status_maintenance_end_timestamp_seconds",
    "gauge",
    "When a scheduled maintenance ends, in Unix time.",
    ("page", "maintenance_id"),
    series=("maintenances",),
)

PAGE_FAMILIES: Final = (
    PAGE_UP,
    PAGE_LAST_SUCCESS,
    PAGE_UPDATED,
    PAGE_CACHED,
    PAGE_POLLS,
    PAGE_FAILURES,
    PAGE_COMPONENT,
    PAGE_MISSING,
    PAGE_INCIDENTS,
    PAGE_INCIDENT_STARTED,
    PAGE_INCIDENT_UPDATED,
    MAINTENANCE_START,
    MAINTENANCE_END,
)

_Samples = Iterator[Sample]
_Item = TypeVar("_Item", Component, Incident, Maintenance)


def page_text(scrape: Scrape) -> str:
    """
    All page families.

    Contents are only what is recent enough to be believed: what a page said once is not shown for
    ever.
    """
    exporter = scrape.exporter
    reports, contents = exporter.evaluator.pages, exporter.readable_contents()
    totals = exporter.pages.totals
    families: tuple[tuple[Desc, _Samples], ...] = (
        (PAGE_UP, (((name,), report.fault is None) for name, report in reports.items())),
        (PAGE_LAST_SUCCESS, _last_success(reports)),
        (PAGE_UPDATED, _updated(reports)),
        (
            PAGE_CACHED,
            (((name,), each.cached_for) for name, each in reports.items() if each.content),
        ),
        (PAGE_POLLS, (((name,), total.polls) for name, total in totals.items())),
        (PAGE_FAILURES, _failures(totals)),
        (PAGE_COMPONENT, _components(contents)),
        (PAGE_MISSING, _missing(exporter.plan, contents)),
        (PAGE_INCIDENTS, _incidents(contents)),
        (PAGE_INCIDENT_STARTED, _incident_moments(contents, "started_at")),
        (PAGE_INCIDENT_UPDATED, _incident_moments(contents, "updated_at")),
        (MAINTENANCE_START, _maintenance_moments(contents, "starts_at")),
        (MAINTENANCE_END, _maintenance_moments(contents, "ends_at")),
    )
    return families_text(families)


def _last_success(reports: Mapping[str, PageReport]) -> _Samples:
    for name, report in reports.items():
        if report.read_at is not None:
            yield (name,), report.read_at


def _updated(reports: Mapping[str, PageReport]) -> _Samples:
    for name, report in reports.items():
        if report.content is not None and report.content.updated_at is not None:
            yield (name,), report.content.updated_at


def _cached(reports: Mapping[str, PageReport]) -> _Samples:
    for name, report in reports.items():
        if report.content is not None:
            yield (name,), report.cached_for


def _failures(totals: Mapping[str, PageTotals]) -> _Samples:
    for (name, total), fault in product(totals.items(), PageFault):
        yield (name, fault), total.failures[fault]


def _identified(items: Iterable[_Item]) -> Iterator[_Item]:
    return (each for each in items if len(each.id) <= ID_LIMIT)


def _components(contents: Mapping[str, PageContent]) -> _Samples:
    for name, content in contents.items():
        for component, status in product(_identified(content.components), ComponentStatus):
            labels = (name, component.id, component.name[:NAME_LIMIT], status)
            yield labels, component.status is status


def _missing(plan: Plan, contents: Mapping[str, PageContent]) -> _Samples:
    """Only where the page was read by its summary: the history feed has no components."""
    for page in plan.pages:
        content = contents.get(page.name)
        if content is not None and content.components:
            found = {each.id for each in content.components}
            yield (page.name,), len(page.components.keys() - found)


def _incidents(contents: Mapping[str, PageContent]) -> _Samples:
    for name, content in contents.items():
        counts = Counter((each.impact, each.phase) for each in content.incidents)
        for impact, phase in product(Impact, IncidentPhase):
            yield (name, impact, phase), counts[impact, phase]


def _incident_moments(contents: Mapping[str, PageContent], moment: str) -> _Samples:
    for name, content in contents.items():
        for each in _identified(content.incidents):
            at = getattr(each, moment)
            if at is not None:
                yield (name, each.id), at


def _maintenance_moments(contents: Mapping[str, PageContent], moment: str) -> _Samples:
    for name, content in contents.items():
        for each in _identified(content.maintenances):
            at = getattr(each, moment)
            if at is not None:
                yield (name, each.id), at


def _sizes(plan: Plan) -> Mapping[str, int]:
    known = sum(len(page.components) for page in plan.pages)
    return {"pages": len(plan.pages), "components": known, "incidents": 0, "maintenances": 0}


PAGES: Final = Group(
    heading="Status pages",
    families=PAGE_FAMILIES,
    text=page_text,
    labels=MappingProxyType(
        {
            "page": "the status page's name in the configuration",
            "reason": ", ".join(PageFault),
            "component_id": "the component's id on its page, which stays when the name changes",
            "component": "the component's name",
            "status": ", ".join(ComponentStatus),
            "impact": ", ".join(Impact),
            "phase": ", ".join(IncidentPhase),
            "incident_id": "the incident's id on its page",
            "maintenance_id": "the maintenance's id on its page",
        }
    ),
    sizes=_sizes,
)
