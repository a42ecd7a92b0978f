"""What a status page says of a surface: incidents, maintenances, and whether to believe it."""

from dataclasses import replace

import pytest
from support.seen import NOW, incident, page, planned, scene

from claude_exporter.core.guide import shipped_guide
from claude_exporter.core.model import Surface
from claude_exporter.core.observe import believed, observe, readable_pages
from claude_exporter.core.page_model import (
    Component,
    ComponentStatus,
    MaintenancePhase,
)

GUIDE = shipped_guide()


BELIEVED = {
    "just young enough": (page(ago=300.0), True),
    "too old": (page(ago=300.1), False),
    "never read": (replace(page(), read_at=None), False),
}


@pytest.mark.parametrize(("report", "expected"), BELIEVED.values(), ids=BELIEVED.keys())
def test_a_page_is_believed(report, expected):
    assert believed(report, NOW, 300.0) == (report.content if expected else None)


def test_what_could_never_be_read_is_no_page():
    reports = (replace(page(), content=None), page(), page(ago=301))
    assert readable_pages(scene(pages=reports)) == [page().content]


def component(status, surface=Surface.API):
    return Component(id="c", name="C", status=status, surface=surface)


def told(report):
    return observe(Surface.API, scene(pages=(report, page())), GUIDE)


ACKNOWLEDGED = {
    "an incident of this surface": (page(incident(Surface.API)), True),
    "an incident of another": (page(incident(Surface.WEB)), False),
    "a component that is degraded": (page(components=(component("degraded_performance"),)), True),
    "a component with a partial outage": (page(components=(component("partial_outage"),)), True),
    "a component with a major outage": (page(components=(component("major_outage"),)), True),
    "a component that is operational": (page(components=(component("operational"),)), False),
    "a component of unknown state": (page(components=(component("unknown"),)), False),
    "a component under maintenance is no incident": (
        page(components=(component("under_maintenance"),)),
        False,
    ),
    "a component of another surface": (
        page(components=(component("major_outage", Surface.WEB),)),
        False,
    ),
}


@pytest.mark.parametrize(("report", "expected"), ACKNOWLEDGED.values(), ids=ACKNOWLEDGED.keys())
def test_the_page_acknowledges(report, expected):
    components = tuple(
        replace(each, status=ComponentStatus(each.status)) for each in report.content.components
    )
    report = replace(report, content=replace(report.content, components=components))
    assert told(report).incident is expected


UNDER_MAINTENANCE = {
    "one that is scheduled has not begun": (
        {"maintenances": (planned(MaintenancePhase.SCHEDULED, NOW + 61),)},
        (False, None),
    ),
    "one in progress": (
        {"maintenances": (planned(MaintenancePhase.IN_PROGRESS, NOW + 61),)},
        (True, 61.0),
    ),
    "one being verified is not over": (
        {"maintenances": (planned(MaintenancePhase.VERIFYING, NOW + 61),)},
        (True, 61.0),
    ),
    "one of another surface": (
        {"maintenances": (planned(MaintenancePhase.IN_PROGRESS, NOW + 61, Surface.WEB),)},
        (False, None),
    ),
    "one that names no end": (
        {"maintenances": (planned(MaintenancePhase.IN_PROGRESS, None),)},
        (True, None),
    ),
    "one that overran its end": (
        {"maintenances": (planned(MaintenancePhase.IN_PROGRESS, NOW - 61),)},
        (True, 0.0),
    ),
    "of two the later end": (
        {
            "maintenances": (
                planned(MaintenancePhase.IN_PROGRESS, NOW + 61),
                planned(MaintenancePhase.IN_PROGRESS, NOW + 67),
            )
        },
        (True, 67.0),
    ),
    "a component marked so": (
        {"components": (component(ComponentStatus.MAINTENANCE),)},
        (True, None),
    ),
    "a component of another surface marked so": (
        {"components": (component(ComponentStatus.MAINTENANCE, Surface.WEB),)},
        (False, None),
    ),
}


@pytest.mark.parametrize(
    ("content", "expected"), UNDER_MAINTENANCE.values(), ids=UNDER_MAINTENANCE.keys()
)
def test_a_maintenance(content, expected):
    found = told(page(**content))
    assert (found.maintenance, found.maintenance_left) == expected


QUIET = {
    "the newest post of any incident of the surface": (
        (
            incident(Surface.API, updated_at=NOW - 601),
            incident(Surface.API, updated_at=NOW - 301),
            incident(Surface.API),
            incident(Surface.WEB, updated_at=NOW - 3),
        ),
        301.0,
    ),
    "no moment is known": ((incident(Surface.API),), None),
}


@pytest.mark.parametrize(("incidents", "expected"), QUIET.values(), ids=QUIET.keys())
def test_how_long_the_page_has_been_quiet(incidents, expected):
    assert told(page(*incidents)).incident_quiet_for == expected
