"""Pages that are not Claude's: incident.io's compatible API, and pages about something else."""

import json
from dataclasses import replace

import pytest
from support.clock import FakeClock
from support.seen import NOW, scene, tracked
from support.statuspage_body import COMPONENTS, component, incident, summary
from support.statuspage_polls import OFFLINE, Page
from support.statuspage_server import PageServer, Reply, json_reply

from claude_exporter.core.guide import shipped_guide
from claude_exporter.core.model import Sign, Surface
from claude_exporter.core.observe import observe
from claude_exporter.core.page_model import ComponentStatus, PageReport
from claude_exporter.sources.http import make_client
from claude_exporter.sources.statuspage import StatusPage
from claude_exporter.sources.statuspage_content import content_of

GATEWAY = "01JMDK9XYR2AZ3Z7N8M4RZWQ9K"
LOGIN = "01JMDKBC07Q2V5T4E8H6S3W1XN"
TITLE = "Claude API is down: elevated errors on Opus 4.1 and claude.ai, logins fail"


def incident_io(title=TITLE, status="investigating"):
    """As incident.io's compatible API has it: ULIDs, no components on incidents, few keys."""
    return {
        "page": {
            "id": "01JMDJ8XV3KQ9R4Z2B7N5C6D1E",
            "name": "Gateway",
            "url": "https://status.gateway.test",
            "updated_at": "2026-06-02T14:59:04Z",
        },
        "status": {"indicator": "major", "description": "Partial System Outage"},
        "components": [
            {"id": GATEWAY, "name": "API", "status": "partial_outage", "position": 1},
            {"id": LOGIN, "name": "Login", "status": "operational", "position": 2},
        ],
        "incidents": [
            {
                "id": "01KT0R8X2M4N6P8Q0S2T4V6W8Y",
                "name": title,
                "status": status,
                "impact": "major",
                "created_at": "2026-06-02T14:31:04Z",
                "updated_at": "2026-06-02T14:59:04Z",
                "incident_updates": [{"id": "01KT0", "status": status, "body": "We are looking."}],
            }
        ],
    }


def reply(document):
    return json_reply(json.dumps(document).encode())


async def read(document, components):
    """One poll over a real socket, and the requests it took."""

    def answer(request):
        known = request.target == "/api/v2/summary.json"
        return reply(document) if known else Reply(status=404)

    async with PageServer(answer) as server, make_client(OFFLINE) as client:
        page = Page(name="gateway", url=server.url, components=components)
        source = StatusPage(page, client, FakeClock(now=NOW), None)
        reports = [await source.poll(), await source.poll()]
        return reports[-1], server.requests


def seen_with(*reports):
    """What the guide may know of the API while one of its models fails."""
    failing = tracked("m", Sign.OVERLOADED, model="claude-opus-4-1-20250805")
    return observe(Surface.API, scene(failing, pages=reports), shipped_guide())


CALM = PageReport(
    page="claude",
    polled_at=NOW,
    read_at=NOW,
    content=content_of(json.dumps(summary()).encode(), COMPONENTS),
)


async def test_incident_io_is_read():
    """Without an ETag there is nothing to ask conditionally, and only the summary is asked."""
    report, requests = await read(incident_io(), {GATEWAY: Surface.API})
    assert (report.fault, report.content.page_id[:4]) == (None, "01JM")
    assert [(each.id, each.status, each.surface) for each in report.content.components] == [
        (GATEWAY, ComponentStatus.PARTIAL, Surface.API),
        (LOGIN, ComponentStatus.OPERATIONAL, None),
    ]
    [open_one] = report.content.incidents
    assert (open_one.surfaces, open_one.started_at) == (frozenset({Surface.API}), 1_780_410_664.0)
    assert {each.target for each in requests} == {"/api/v2/summary.json"}
    assert not [each for each in requests if "if-none-match" in each.headers]


async def test_a_page_that_is_mapped_to_nothing_acknowledges_nothing():
    """Whatever its incidents are called, and while Claude's own page is quiet or unreadable."""
    report, _ = await read(incident_io(), {})
    assert report.covers == frozenset()
    assert [each.surfaces for each in report.content.incidents] == [frozenset()]
    beside = seen_with(CALM, report)
    assert (beside.incident, beside.incident_names_model) == (False, False)
    gone = seen_with(replace(CALM, content=None, read_at=None), report)
    assert (gone.incident, gone.maintenance, gone.incident_names_model) == (None, None, None)


async def test_a_page_that_is_mapped_speaks_of_that_surface_alone():
    report, _ = await read(incident_io(), {GATEWAY: Surface.API})
    assert report.covers == {Surface.API}
    assert seen_with(CALM, report).incident is True
    web = observe(Surface.WEB, scene(pages=(CALM, report)), shipped_guide())
    assert web.incident is False


TITLES = [
    TITLE,
    "Claude Code and claude.ai unavailable",
    "Degraded performance for Claude Sonnet 4 in Copilot",
    "Login errors",
    "",
]


@pytest.mark.parametrize("title", TITLES)
def test_no_title_of_an_unmapped_page_covers_a_surface(title):
    """Also where its ids are those of Claude's page, and in an Atlassian body."""
    bodies = (
        incident_io(title),
        summary(
            components=[component(key, status="major_outage") for key in COMPONENTS],
            incidents=[incident(name=title, components=[component(key) for key in COMPONENTS])],
        ),
    )
    for document in bodies:
        content = content_of(json.dumps(document).encode(), {})
        assert not any(each.surfaces for each in content.incidents)
        assert not any(each.surface for each in content.components)


async def test_many_pages_are_read_beside_each_other():
    """Each has its own report, its own mapping and its own trouble."""
    gateway, _ = await read(incident_io(), {GATEWAY: Surface.API})
    other, _ = await read(incident_io("Checkout is slow"), {})
    seen = seen_with(CALM, replace(gateway, page="g"), replace(other, page="o"))
    assert seen.incident is True
