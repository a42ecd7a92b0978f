"""The text of what the status pages say, and of how reading them goes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
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

from .metrics import (
    MAINTENANCE_END,
    MAINTENANCE_START,
    PAGE_COMPONENT,
    PAGE_FAILURES,
    PAGE_INCIDENT_STARTED,
    PAGE_INCIDENT_UPDATED,
    PAGE_INCIDENTS,
    PAGE_LAST_SUCCESS,
    PAGE_POLLS,
    PAGE_UP,
    Desc,
)
from .samples import lines

NAME_LIMIT: Final = 80
"""Characters of a component's name that are shown; the id tells two apart."""

ID_LIMIT: Final = 64
"""Characters; a Statuspage id has 12. What has a longer one is left out: cut, two could be one."""

_Samples = Iterator[tuple[Sequence[str], float]]
_Item = TypeVar("_Item", Component, Incident, Maintenance)


def page_text(
    reports: Mapping[str, PageReport],
    contents: Mapping[str, PageContent],
    totals: Mapping[str, PageTotals],
) -> str:
    """
    All page families.

    *contents* holds only what is recent enough to be believed: what a page said once is not shown
    for ever.
    """
    families: tuple[tuple[Desc, _Samples], ...] = (
        (PAGE_UP, (((name,), report.fault is None) for name, report in reports.items())),
        (PAGE_LAST_SUCCESS, _last_success(reports)),
        (PAGE_POLLS, (((name,), total.polls) for name, total in totals.items())),
        (PAGE_FAILURES, _failures(totals)),
        (PAGE_COMPONENT, _components(contents)),
        (PAGE_INCIDENTS, _incidents(contents)),
        (PAGE_INCIDENT_STARTED, _incident_moments(contents, "started_at")),
        (PAGE_INCIDENT_UPDATED, _incident_moments(contents, "updated_at")),
        (MAINTENANCE_START, _maintenance_moments(contents, "starts_at")),
        (MAINTENANCE_END, _maintenance_moments(contents, "ends_at")),
    )
    return "".join(desc.header + lines(desc, samples) for desc, samples in families)


def _last_success(reports: Mapping[str, PageReport]) -> _Samples:
    for name, report in reports.items():
        if report.read_at is not None:
            yield (name,), report.read_at


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
