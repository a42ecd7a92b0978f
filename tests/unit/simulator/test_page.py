"""The simulated status page has the shape of the real one."""

from __future__ import annotations

import json

import pytest

from claude_exporter.core.page_model import ComponentStatus
from claude_exporter.simulator.page import Moments, documents, encoded, etag, indicator, summary
from claude_exporter.simulator.page_state import PageChange, PageState, Part, after_change

# 2026-09-21T14:13:23Z
MOMENTS = Moments(epoch=1_790_000_003.0)

INCIDENT_KEYS = {
    "id",
    "name",
    "status",
    "created_at",
    "updated_at",
    "monitoring_at",
    "resolved_at",
    "impact",
    "shortlink",
    "started_at",
    "page_id",
    "incident_updates",
    "components",
    "reminder_intervals",
}


def _posted(*changes):
    page = PageState()
    for at, change in changes:
        page = after_change(page, PageChange.model_validate(change), at)
    return page


OUTAGE = _posted(
    (
        61.0,
        {
            "incident": {"name": "Errors", "impact": "critical", "components": ["api", "code"]},
            "components": {"api": "major_outage"},
        },
    ),
    (
        127.5,
        {"incident": {"name": "Errors", "phase": "monitoring", "components": ["api"]}},
    ),
)
WORKS = _posted(
    (0.0, {"maintenance": {"name": "W", "components": ["web"], "starts": "5m", "ends": "1h"}}),
)


def test_a_quiet_page_is_the_real_one():
    """The keys of the real page's quiet summary, in its order, and its six components."""
    document = summary(PageState(), MOMENTS)
    assert list(document) == [
        "page",
        "components",
        "incidents",
        "scheduled_maintenances",
        "status",
    ]
    components = document.pop("components")
    assert document == {
        "page": {
            "id": "tymt9n04zgry",
            "name": "Claude",
            "url": "https://status.claude.com",
            "time_zone": "Etc/UTC",
            "updated_at": "2026-09-20T14:13:23.000Z",
        },
        "incidents": [],
        "scheduled_maintenances": [],
        "status": {"indicator": "none", "description": "All Systems Operational"},
    }
    assert [(each["id"], each["name"], each["position"]) for each in components] == [
        ("rwppv331jlwc", "claude.ai", 1),
        ("0qbwn08sd68x", "Claude Console (platform.claude.com)", 2),
        ("k8w3r06qmzrp", "Claude API (api.anthropic.com)", 3),
        ("yyzkbfz2thpt", "Claude Code", 4),
        ("bpp5gb3hpjcl", "Claude Cowork", 5),
        ("0scnb50nvy53", "Claude for Government", 6),
    ]
    assert components[2] == {
        "id": "k8w3r06qmzrp",
        "name": "Claude API (api.anthropic.com)",
        "status": "operational",
        "created_at": "2023-07-11T17:53:10.880Z",
        "updated_at": "2026-09-20T14:13:23.000Z",
        "position": 3,
        "description": None,
        "showcase": True,
        "start_date": "2023-07-11",
        "group_id": None,
        "page_id": "tymt9n04zgry",
        "group": False,
        "only_show_if_degraded": False,
    }


def test_an_incident_has_every_key_and_its_updates_newest_first():
    """Times, phases and affected components follow from the posts."""
    (incident,) = summary(OUTAGE, MOMENTS)["incidents"]
    assert incident.keys() == INCIDENT_KEYS
    assert (incident["status"], incident["impact"]) == ("monitoring", "major")
    assert (incident["started_at"], incident["updated_at"], incident["monitoring_at"]) == (
        "2026-09-21T14:14:24.000Z",
        "2026-09-21T14:15:30.500Z",
        "2026-09-21T14:15:30.500Z",
    )
    newest, first = incident["incident_updates"]
    assert first == {
        "id": "s1mincident1u1",
        "status": "investigating",
        "body": "We are looking into it and will provide an update as soon as possible.",
        "incident_id": "s1mincident1",
        "created_at": "2026-09-21T14:14:24.000Z",
        "updated_at": "2026-09-21T14:14:24.000Z",
        "display_at": "2026-09-21T14:14:24.000Z",
        "affected_components": [
            {
                "code": "k8w3r06qmzrp",
                "name": "Claude API (api.anthropic.com)",
                "old_status": "operational",
                "new_status": "major_outage",
            },
            {
                "code": "yyzkbfz2thpt",
                "name": "Claude Code",
                "old_status": "operational",
                "new_status": "operational",
            },
        ],
        "deliver_notifications": True,
        "custom_tweet": None,
        "tweet_id": None,
    }
    assert (newest["id"], newest["status"]) == ("s1mincident1u2", "monitoring")


def test_a_maintenance_says_when():
    """An incident's keys and two more."""
    (works,) = summary(WORKS, MOMENTS)["scheduled_maintenances"]
    assert works.keys() == INCIDENT_KEYS - {"reminder_intervals"} | {
        "scheduled_for",
        "scheduled_until",
    }
    assert (works["scheduled_for"], works["scheduled_until"]) == (
        "2026-09-21T14:18:23.000Z",
        "2026-09-21T15:13:23.000Z",
    )


def test_compressed_time_reaches_the_page():
    """At a scale of 60, a minute of the scenario is a second of the page."""
    (works,) = summary(WORKS, Moments(epoch=1_790_000_003.0, scale=60.0))["scheduled_maintenances"]
    assert works["scheduled_for"] == "2026-09-21T14:13:28.000Z"


UP, DEGRADED, PARTIAL = (
    ComponentStatus.OPERATIONAL,
    ComponentStatus.DEGRADED,
    ComponentStatus.PARTIAL,
)
MAJOR, UNDER_MAINTENANCE = ComponentStatus.MAJOR, ComponentStatus.MAINTENANCE

INDICATORS = {
    "all is well": ([UP] * 6, ("none", "All Systems Operational")),
    "one degraded": ([UP] * 5 + [DEGRADED], ("minor", "Partially Degraded Service")),
    "five partial outages are still minor": (
        [UP] + [PARTIAL] * 5,
        ("minor", "Minor Service Outage"),
    ),
    "two major outages among six": ([UP] * 4 + [MAJOR] * 2, ("major", "Partial System Outage")),
    "everything is down": ([MAJOR] * 6, ("critical", "Major Service Outage")),
    "maintenance alone": (
        [UP] * 5 + [UNDER_MAINTENANCE],
        ("maintenance", "Service Under Maintenance"),
    ),
    "an outage is worse than a maintenance": (
        [DEGRADED, UNDER_MAINTENANCE],
        ("minor", "Partially Degraded Service"),
    ),
}


@pytest.mark.parametrize(("statuses", "wanted"), INDICATORS.values(), ids=INDICATORS.keys())
def test_the_indicator_under_reports(statuses, wanted):
    """It follows the components alone, as mildly as the real one."""
    assert indicator(statuses) == wanted


def test_the_indicator_is_calm_while_an_incident_is_watched():
    """Components are set operational first, and the page turns green too early."""
    page = after_change(
        OUTAGE, PageChange.model_validate({"components": {"api": "operational"}}), 200.0
    )
    document = summary(page, MOMENTS)
    assert (document["status"]["indicator"], len(document["incidents"])) == ("none", 1)


def test_the_entity_tag_changes_with_the_page_alone():
    """The same state gives the same tag; any post gives another."""
    tags = [etag(encoded(summary(page, MOMENTS))) for page in (OUTAGE, OUTAGE, PageState())]
    assert (tags[0] == tags[1], tags[0] == tags[2], tags[0][:3]) == (True, False, 'W/"')


def test_every_document_is_json_about_the_same_page():
    """Each endpoint has the page's head and its own section."""
    found = {path: json.loads(encoded(make())) for path, make in documents(OUTAGE, MOMENTS).items()}
    assert {each["page"]["id"] for each in found.values()} == {"tymt9n04zgry"}
    assert {
        path.removeprefix("/api/v2/"): set(each) - {"page"} for path, each in found.items()
    } == {
        "summary.json": {"components", "incidents", "scheduled_maintenances", "status"},
        "status.json": {"status"},
        "components.json": {"components"},
        "incidents.json": {"incidents"},
        "incidents/unresolved.json": {"incidents"},
        "scheduled-maintenances.json": {"scheduled_maintenances"},
        "scheduled-maintenances/upcoming.json": {"scheduled_maintenances"},
        "scheduled-maintenances/active.json": {"scheduled_maintenances"},
    }


PHASES = {
    "upcoming": ("scheduled", 1, 0),
    "active": ("in_progress", 0, 1),
    "active while it is verified": ("verifying", 0, 1),
}


@pytest.mark.parametrize(("phase", "upcoming", "active"), PHASES.values(), ids=PHASES.keys())
def test_maintenances_are_listed_by_phase(phase, upcoming, active):
    """What has begun is no longer upcoming."""
    change = {"name": "W", "components": ["web"], "starts": "5m", "ends": "1h", "phase": phase}
    found = documents(_posted((0.0, {"maintenance": change})), MOMENTS)
    base = "/api/v2/scheduled-maintenances"
    counts = [
        len(found[f"{base}/{name}.json"]()["scheduled_maintenances"])
        for name in ("upcoming", "active")
    ]
    assert counts == [upcoming, active]


def test_every_part_is_a_component():
    """A scenario can name each component of the page."""
    assert len(summary(PageState(), MOMENTS)["components"]) == len(Part)
