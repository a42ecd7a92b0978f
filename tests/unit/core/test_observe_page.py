"""What a status page says of a surface: incidents, maintenances, and whether to believe it."""

from dataclasses import replace

import pytest
from support.seen import NOW, incident, page, planned, scene, tracked

from claude_exporter.core.guide import shipped_guide
from claude_exporter.core.model import Sign, Surface
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
    assert readable_pages(scene(pages=reports), Surface.API) == [page().content]


def test_a_page_may_be_believed_for_longer_than_others():
    report = replace(page(ago=900.0), max_age=901.0)
    assert believed(report, NOW, 300.0) == report.content
    assert believed(replace(report, max_age=60.0), NOW, 3000.0) is None


ABOUT_API = frozenset({Surface.API})
SEVERAL = {
    "another provider's page is not asked about our surface": (
        (page(), replace(page(incident(Surface.API, models=("opus 4",))), covers=frozenset())),
        False,
    ),
    "nor does it stand for a page that cannot be read": (
        (page(ago=301), replace(page(), covers=frozenset({Surface.WEB}))),
        None,
    ),
    "of two about it, one that cannot be read may have what the other does not": (
        (page(ago=301), replace(page(), covers=ABOUT_API)),
        None,
    ),
    "but what one says is said": (
        (page(ago=301), replace(page(incident(Surface.API)), covers=ABOUT_API)),
        True,
    ),
    "both are quiet": ((page(), replace(page(), covers=ABOUT_API)), False),
    "there is no page about it": ((replace(page(), covers=frozenset()),), None),
}


@pytest.mark.parametrize(("reports", "expected"), SEVERAL.values(), ids=SEVERAL.keys())
def test_several_pages(reports, expected):
    assert observe(Surface.API, scene(pages=reports), GUIDE).incident is expected


def test_another_providers_page_names_no_model_of_ours():
    """GitHub's "Opus 4.1 is degraded in Copilot" is no word about the API's own model."""
    failing = tracked("m", Sign.OVERLOADED, model="claude-opus-4-1")
    named = page(incident(Surface.API, models=frozenset({"opus 4.1"})))
    for report, expected in ((named, True), (replace(named, covers=frozenset()), None)):
        seen = observe(Surface.API, scene(failing, pages=(report,)), GUIDE)
        assert seen.incident_names_model is expected


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
    "one that overran its end by an hour": (
        {"maintenances": (planned(MaintenancePhase.IN_PROGRESS, NOW - 3600),)},
        (True, 0.0),
    ),
    "one that overran its end": (
        {"maintenances": (planned(MaintenancePhase.IN_PROGRESS, NOW - 61),)},
        (True, 0.0),
    ),
    "one that overran its end by an hour is over, whatever the page says": (
        {"maintenances": (planned(MaintenancePhase.IN_PROGRESS, NOW - 3601),)},
        (False, None),
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
