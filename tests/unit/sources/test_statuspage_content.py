"""What a summary says, and that an odd item or a hostile page does no harm."""

import json
import time
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.statuspage_body import (
    API_ID,
    CODE_ID,
    COMPONENTS,
    CONSOLE_ID,
    COWORK_ID,
    GOVERNMENT_ID,
    WEB_ID,
    body,
    component,
    incident,
    recorded,
    summary,
    update,
)

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
from claude_exporter.sources.statuspage_content import (
    UnreadableError,
    content_of,
    reading_of,
)


def statuses(content):
    return [(each.id, each.status) for each in content.components]


def test_recorded_outage():
    """The recorded outage: states as they are, one incident, scoped by what its updates showed."""
    content = content_of(recorded("summary-outage"), COMPONENTS)

    assert statuses(content) == [
        (WEB_ID, ComponentStatus.MAJOR),
        (CONSOLE_ID, ComponentStatus.OPERATIONAL),
        (API_ID, ComponentStatus.PARTIAL),
        (CODE_ID, ComponentStatus.PARTIAL),
        (COWORK_ID, ComponentStatus.MAJOR),
        (GOVERNMENT_ID, ComponentStatus.OPERATIONAL),
    ]
    assert content.incidents == (
        Incident(
            id="9l93x2ht4s5w",
            name="Claude.ai unavailable and elevated errors on the API",
            phase=IncidentPhase.IDENTIFIED,
            impact=Impact.MAJOR,
            surfaces=frozenset({Surface.WEB, Surface.API, Surface.CODE}),
            started_at=1777398115.342,
            updated_at=1777398696.937,
            link="https://stspg.io/mz37pbn6yt3w",
        ),
    )
    assert (content.page_id, content.name, content.indicator, content.updated_at) == (
        "tymt9n04zgry",
        "Claude",
        Impact.MAJOR,
        1777398696.946,
    )


def test_recorded_all_clear():
    """The recorded quiet page: six operational components and nothing else."""
    content = content_of(recorded("summary-ok"), COMPONENTS)

    assert {each.status for each in content.components} == {ComponentStatus.OPERATIONAL}
    assert content.components[2] == Component(
        id=API_ID,
        name="Claude API (api.anthropic.com)",
        status=ComponentStatus.OPERATIONAL,
        surface=Surface.API,
        updated_at=1780396940.448,
    )
    assert (len(content.components), content.incidents, content.maintenances) == (6, (), ())


def without(key):
    return json.dumps({name: value for name, value in summary().items() if name != key}).encode()


UNREADABLE = {
    "an empty body": (b"", "expected JSON, not an empty body"),
    "white space": (b" \r\n", "expected JSON, not an empty body"),
    "a challenge page": (
        b"<!DOCTYPE html><title>Just a moment...",
        "expected JSON, not '<!DOCTYPE html><title>Just a moment...'",
    ),
    "a summary cut short": (
        body()[:41],
        """expected JSON, not '{"page": {"id": "tymt9n04zgry", "name": '""",
    ),
    "bytes that are no text": (b"\xff\xfe\x00", "expected JSON, not '\ufffd\ufffd'"),
    "brackets without end": (b"[" * 100_000, f"expected JSON, not '{'[' * 40}'"),
    "a list": (b"[]", "expected a JSON object, not list"),
    "null": (b"null", "expected a JSON object, not NoneType"),
    "an error object": (b'{"error": 1}', "expected the key `page`, found only error"),
    "an empty object": (b"{}", "expected the key `page`, found only none"),
    "a page and nothing else is neither outage nor all-clear": (
        b'{"page": {}}',
        "expected the key `components`, found only page",
    ),
    "missing incidents are not an all-clear": (
        without("incidents"),
        "expected the key `incidents`, found only components, page, scheduled_maintenances, status",
    ),
    "missing components are not an outage": (
        without("components"),
        "expected the key `components`, found only incidents, page, scheduled_maintenances, status",
    ),
    "null components": (body(components=None), "expected `components` to be a list, not NoneType"),
    "incidents that are text": (body(incidents=""), "expected `incidents` to be a list, not str"),
    "a page that is text": (body(page="Claude"), "expected `page` to be an object, not str"),
}


@pytest.mark.parametrize(("text", "message"), UNREADABLE.values(), ids=UNREADABLE)
def test_unreadable(text, message):
    """A body that is no summary raises, and says what was wanted and what was found."""
    with pytest.raises(UnreadableError) as caught:
        content_of(text, COMPONENTS)

    assert str(caught.value) == message


ODD_STATUS = {
    "null": None,
    "a word Statuspage does not have": "on_fire",
    "a number": 3,
    "a list": ["operational"],
    "empty": "",
    "in capitals": "OPERATIONAL",
}


@pytest.mark.parametrize("status", ODD_STATUS.values(), ids=ODD_STATUS)
def test_odd_status_of_one_component(status):
    """One component's odd status is `unknown`, neither up nor down; the others stay as they are."""
    content = content_of(
        body(
            components=[
                component(WEB_ID, status="major_outage"),
                component(API_ID, status=status),
                component(CODE_ID),
            ]
        ),
        COMPONENTS,
    )

    assert statuses(content) == [
        (WEB_ID, ComponentStatus.MAJOR),
        (API_ID, ComponentStatus.UNKNOWN),
        (CODE_ID, ComponentStatus.OPERATIONAL),
    ]


def test_odd_items_leave_the_others():
    """Items that are no items are left out and counted, every other one stays."""
    reading = reading_of(
        body(
            components=[None, component(API_ID), "x", {"name": "no id"}, {"id": CODE_ID}],
            incidents=[None, incident("a", None, status=None, impact="dire"), 7],
            scheduled_maintenances=[[], {"id": "m"}],
        ),
        {API_ID: Surface.API, CODE_ID: Surface.CODE},
    )

    assert reading.content.components == (
        Component(
            id=API_ID, name="Claude API", status=ComponentStatus.OPERATIONAL, surface=Surface.API
        ),
        Component(id=CODE_ID, name="unknown", status=ComponentStatus.UNKNOWN, surface=Surface.CODE),
    )
    assert reading.content.incidents == (
        Incident(
            id="a",
            name="unknown",
            phase=IncidentPhase.UNKNOWN,
            impact=Impact.UNKNOWN,
            surfaces=frozenset({Surface.API, Surface.CODE}),
        ),
    )
    assert [each.id for each in reading.content.maintenances] == ["m"]
    assert reading.notes == (
        "3 components without an id left out",
        "2 incidents without an id left out",
        "1 maintenances without an id left out",
    )


def test_duplicate_names_are_two_components():
    """Components are known by id: a name used twice masks neither; of one id the first stays."""
    reading = reading_of(
        body(
            components=[
                component(WEB_ID, "claude.ai", "partial_outage"),
                component(API_ID, "claude.ai", "operational"),
                component(WEB_ID, "claude.ai", "operational"),
            ]
        ),
        {},
    )

    assert statuses(reading.content) == [
        (WEB_ID, ComponentStatus.PARTIAL),
        (API_ID, ComponentStatus.OPERATIONAL),
    ]
    assert reading.notes == ("1 components with an id seen before left out",)


def test_groups_are_no_components():
    """A group row is left out, its members stay, and so does one shown only while degraded."""
    content = content_of(
        body(
            components=[
                component("g", "Products", "major_outage", group=True, components=[API_ID]),
                component(API_ID, group_id="g"),
                component(CODE_ID, only_show_if_degraded=True),
            ]
        ),
        {},
    )

    assert [each.id for each in content.components] == [API_ID, CODE_ID]


def test_maintenance_is_no_outage():
    """Planned work is a maintenance with its times, and neither an incident nor an outage."""
    content = content_of(
        body(
            components=[component(API_ID, status="under_maintenance"), component(CODE_ID)],
            scheduled_maintenances=[
                {
                    "id": "m1",
                    "name": "Database upgrade",
                    "status": "in_progress",
                    "scheduled_for": "2026-06-02T15:00:00+01:00",
                    "scheduled_until": "2026-06-02T16:30:00Z",
                    "incident_updates": [update((API_ID, "operational", "under_maintenance"))],
                    "components": [component(API_ID), component(CODE_ID)],
                },
                {"id": "m0", "name": "Over", "status": "completed"},
            ],
            status={"indicator": "maintenance"},
        ),
        COMPONENTS,
    )

    assert statuses(content)[0] == (API_ID, ComponentStatus.MAINTENANCE)
    assert (content.indicator, content.incidents) == (Impact.MAINTENANCE, ())
    assert content.maintenances == (
        Maintenance(
            id="m1",
            name="Database upgrade",
            phase=MaintenancePhase.IN_PROGRESS,
            surfaces=frozenset({Surface.API}),
            starts_at=1780408800.0,
            ends_at=1780417800.0,
        ),
    )


@pytest.mark.parametrize("status", ["resolved", "postmortem"])
def test_what_is_over_is_no_incident(status):
    """An incident that is over is none, even where the page still lists it."""
    assert content_of(body(incidents=[incident(status=status)]), COMPONENTS).incidents == ()


def test_an_incident_keeps_what_it_affected():
    """A component already operational again stays covered while its incident is open."""
    [found] = content_of(
        body(
            incidents=[
                incident(
                    incident_updates=[
                        update((API_ID, "partial_outage", "operational")),
                        {"affected_components": None},
                        None,
                        update((API_ID, "operational", "partial_outage"), (CODE_ID, None, None)),
                    ],
                    components=[component(each) for each in COMPONENTS],
                )
            ]
        ),
        COMPONENTS,
    ).incidents

    assert found.surfaces == {Surface.API}


MOMENTS = {
    "with milliseconds": ("2026-06-02T14:59:04.879Z", 1780412344.879),
    "with an offset": ("2026-06-02T14:59:04+02:00", 1780405144.0),
    "without an offset": ("2026-06-02T14:59:04", None),
    "a day": ("2026-06-02", None),
    "a word": ("yesterday", None),
    "before all time": ("0001-01-01T00:00:00+23:59", -62135683140.0),
    "endless": ("2026-06-02T14:59:04." + "7" * 10_000, None),
    "null": (None, None),
    "a number": (1780412344, None),
}


@pytest.mark.parametrize(("text", "moment"), MOMENTS.values(), ids=MOMENTS)
def test_moment(text, moment):
    """A moment is Unix seconds, None where the page does not give a proper one."""
    page = {"id": "p", "name": "p", "updated_at": text}

    assert content_of(body(page=page), COMPONENTS).updated_at == moment


LINKS = {
    "https": ("https://stspg.io/x", "https://stspg.io/x"),
    "a script": ("javascript:alert(1)", None),
    "with a space": ("https://x y", None),
    "null": (None, None),
}


@pytest.mark.parametrize(("link", "kept"), LINKS.values(), ids=LINKS)
def test_link(link, kept):
    """Only an address that a browser may follow is kept."""
    [found] = content_of(body(incidents=[incident(shortlink=link)]), COMPONENTS).incidents

    assert found.link == kept


HOSTILE = "A\nB\tC\x00D\u202eE\ud800F\x1b[31m" + "é" * 5_000


def test_hostile_names_are_bounded():
    """Names of 5 KB with line breaks, NUL, direction marks and lone surrogates do no harm."""
    content = content_of(
        body(
            components=[component(f"c{number}", HOSTILE) for number in range(311)],
            incidents=[incident(f"i{number}", HOSTILE) for number in range(211)],
            scheduled_maintenances=[{"id": f"m{n}", "name": HOSTILE} for n in range(61)],
        ),
        COMPONENTS,
    )
    items = [*content.components, *content.incidents, *content.maintenances]

    assert [len(content.components), len(content.incidents), len(content.maintenances)] == [
        200,
        100,
        50,
    ]
    assert {item.name for item in items} == {("A B CDEF[31m" + "é" * 5_000)[:200]}
    assert max(len(item.name.encode()) for item in items) <= 400


def test_what_is_left_out_is_said():
    """The notes count what the limits left out."""
    reading = reading_of(
        body(
            components=[component(f"c{number}") for number in range(207)],
            incidents=[incident(f"i{number}") for number in range(111)],
            scheduled_maintenances=[{"id": f"m{number}"} for number in range(63)],
        ),
        {},
    )

    assert reading.notes == (
        "7 components over the limit of 200 left out",
        "11 incidents over the limit of 100 left out",
        "13 maintenances over the limit of 50 left out",
    )


def test_a_mapped_component_that_is_gone_is_said():
    """A removed component leaves no trace in the content, and a note where it was mapped."""
    reading = reading_of(body(components=[component(API_ID)]), COMPONENTS)

    assert [each.id for each in reading.content.components] == [API_ID]
    assert reading.notes == (f"not on the page: component {CONSOLE_ID}, {WEB_ID}, {CODE_ID}",)


def test_the_same_page_reads_the_same():
    """A constant page gives a constant content."""
    text = recorded("summary-outage")

    assert content_of(text, COMPONENTS) == content_of(text, COMPONENTS)


def test_five_megabytes_read_quickly():
    """A page at the size limit is read in well under the time a poll has."""
    text = body(incidents=[incident(f"i{number}", "n" * 50_000) for number in range(100)])
    begun = time.process_time()
    content_of(text, COMPONENTS)

    assert time.process_time() - begun < 1


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(
            st.sampled_from(["id", "name", "status", "incident_updates", "affected_components"]),
            inner,
        )
    ),
    max_leaves=20,
)


@given(
    components=st.lists(VALUES, max_size=5),
    incidents=st.lists(VALUES, max_size=5),
    maintenances=VALUES,
    status=VALUES,
)
@settings(max_examples=100, deadline=None)
def test_any_json_in_the_lists_is_read(components, incidents, maintenances, status):
    """Whatever the lists hold, the page is read and every text in it can be printed."""
    content = content_of(
        body(
            components=components,
            incidents=incidents,
            scheduled_maintenances=maintenances,
            status=status,
        ),
        COMPONENTS,
    )

    assert isinstance(content, PageContent)
    for each in chain(content.components, content.incidents, content.maintenances):
        assert each.id.encode().decode().isprintable()
        assert each.name.encode().decode().isprintable()


@given(st.binary(max_size=200))
def test_any_bytes_are_refused(text):
    """No random bytes are ever a page, and none make us fail otherwise."""
    with pytest.raises(UnreadableError):
        content_of(text, COMPONENTS)
