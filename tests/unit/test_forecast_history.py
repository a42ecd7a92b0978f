"""A history is read in both its shapes, and never knows its own future."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from support.incidents import (
    as_lines,
    as_statuspage,
    made_up_history,
)

from claude_exporter.core.forecast import Scope
from claude_exporter.core.forecast_history import (
    PastIncident,
    as_known,
    merged,
    read_history,
)
from claude_exporter.core.page_model import Impact, IncidentPhase

ONE = PastIncident(
    id="one",
    posted_at=1000.0,
    resolved_at=5000.0,
    retroactive=False,
    scope=Scope.OTHER,
    impact=Impact.MINOR,
    phases=((1000.0, IncidentPhase.INVESTIGATING), (3000.0, IncidentPhase.MONITORING)),
    impact_started_at=700.0,
    impact_ended_at=4100.0,
)


def test_the_two_shapes_tell_the_same():
    """A Statuspage's own document gives the same incidents as JSON lines, but for the impact."""
    told = made_up_history(30)
    expected = tuple(
        replace(it, impact_started_at=None, impact_ended_at=None)
        for it in read_history(as_lines(told), "lines")
    )
    assert read_history(as_statuspage(told), "incidents.json") == expected


def test_a_line_is_read_whole():
    """Every field of a line becomes a field of the incident; unknown statuses are no phases."""
    line = {
        "id": "a1",
        "title": "Login is down",
        "impact": "critical",
        "posted_at": "1970-01-01T00:10:00Z",
        "resolved_at": "1970-01-01T02:20:00+01:00",
        "components": ["API", "Web"],
        "impact_started_at": "1970-01-01T00:09:00Z",
        "impact_ended_at": "1970-01-01T00:19:00Z",
        "retroactive": False,
        "updates": [
            {"at": "1970-01-01T00:12:00Z", "status": "identified"},
            {"at": "1970-01-01T00:10:00Z", "status": "investigating"},
            {"at": "1970-01-01T00:13:00Z", "status": "update"},
        ],
    }
    assert read_history("\n" + json.dumps(line) + "\n\n", "f") == (
        PastIncident(
            id="a1",
            posted_at=600.0,
            resolved_at=4800.0,
            retroactive=False,
            scope=Scope.LOGIN,
            impact=Impact.CRITICAL,
            components=2,
            phases=((600.0, IncidentPhase.INVESTIGATING), (720.0, IncidentPhase.IDENTIFIED)),
            impact_started_at=540.0,
            impact_ended_at=1140.0,
        ),
    )


@pytest.mark.parametrize(
    ("incident", "expected"),
    [
        pytest.param(
            {"incident_updates": [{"status": "resolved", "created_at": "1970-01-01T00:01:00Z"}]},
            (True, 60.0),
            id="posted only when it was over",
        ),
        pytest.param(
            {
                "incident_updates": [
                    {"status": "postmortem", "created_at": "1970-01-01T00:09:00Z"},
                    {"status": "resolved", "created_at": "1970-01-01T00:02:00Z"},
                ]
            },
            (True, 120.0),
            id="a postmortem is not live either",
        ),
        pytest.param(
            {"incident_updates": [{"status": "update", "display_at": "1970-01-01T00:01:00Z"}]},
            (False, 60.0),
            id="any other update was live",
        ),
        pytest.param(
            {"created_at": "1970-01-01T00:03:00Z"}, (False, 180.0), id="without any update"
        ),
    ],
)
def test_a_statuspage_tells_what_was_retroactive(incident, expected):
    """An incident whose updates all close it could not be watched."""
    (read,) = read_history(json.dumps({"incidents": [incident]}), "f")
    assert (read.retroactive, read.posted_at) == expected


GOOD = '{"posted_at": "2026-05-14T20:33:01Z"}\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "f: expected at least one incident, found none", id="an empty file"),
        pytest.param(
            '{"incidents": []}', "f: expected at least one incident, found none", id="none in it"
        ),
        pytest.param(
            '{"incidents": 7}', "f: $.incidents: expected a list, not 7", id="incidents no list"
        ),
        pytest.param(
            '{"incidents": [7]}',
            "f: $.incidents[0]: expected an object with an incident, not 7",
            id="a number for an incident",
        ),
        pytest.param(
            '{"incidents": [{}]}',
            "f: $.incidents[0].posted_at: expected a moment like 2026-05-14T20:33:01Z, not None",
            id="no moment in a document",
        ),
        pytest.param(GOOD + "[7]", "f:2: expected an object with an incident, not [7]", id="list"),
        pytest.param(
            GOOD + "{oops",
            "f:2: expected an incident in JSON on each line, or the whole of"
            " /api/v2/incidents.json: Expecting property name",
            id="a line that is no JSON",
        ),
        pytest.param(
            GOOD + '{"posted_at": "yesterday"}',
            "f:2: $.posted_at: expected a moment like 2026-05-14T20:33:01Z, not 'yesterday'",
            id="no moment",
        ),
        pytest.param(
            '{"posted_at": "2026-05-14T20:33:01"}',
            "f:1: $.posted_at: expected a moment like 2026-05-14T20:33:01Z, not"
            " '2026-05-14T20:33:01'",
            id="a moment of no time zone",
        ),
        pytest.param(
            GOOD[:-2] + ', "resolved_at": 7}',
            "f:1: $.resolved_at: expected a moment like 2026-05-14T20:33:01Z, not 7",
            id="a number for a moment",
        ),
        pytest.param(
            GOOD[:-2] + ', "updates": {}}', "f:1: $.updates: expected a list, not {}", id="updates"
        ),
        pytest.param(
            GOOD[:-2] + ', "updates": [{"status": "monitoring"}]}',
            "f:1: $.updates.at: expected a moment like 2026-05-14T20:33:01Z, not None",
            id="an update of no moment",
        ),
    ],
)
def test_a_history_that_cannot_be_read_says_where(text, message):
    """An error says the file and line, what was wanted, and what was found."""
    with pytest.raises(ValueError, match=r"^f") as caught:
        read_history(text, "f")
    assert str(caught.value).startswith(message)


def test_histories_that_overlap_become_one():
    """The last word on an incident counts, and the oldest comes first."""
    again = replace(ONE, resolved_at=None)
    early = replace(ONE, id="early", posted_at=900.0)
    assert merged([ONE, early, again]) == (early, again)


@pytest.mark.parametrize(
    ("until", "expected"),
    [
        pytest.param(1000.0, (), id="not posted yet"),
        pytest.param(
            2999.0,
            (
                replace(
                    ONE,
                    resolved_at=None,
                    phases=ONE.phases[:1],
                    impact_started_at=None,
                    impact_ended_at=None,
                ),
            ),
            id="open: neither its end, nor its impact, nor its next phase",
        ),
        pytest.param(5000.0, (ONE,), id="resolved: all of it"),
    ],
)
def test_the_future_is_not_known(until, expected):
    """As known at a moment, a history holds nothing that came later."""
    assert as_known([ONE], until) == expected


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        pytest.param(999.0, None, id="before the first"),
        pytest.param(1000.0, (1000.0, IncidentPhase.INVESTIGATING), id="at the first"),
        pytest.param(3700.0, (3000.0, IncidentPhase.MONITORING), id="said twice, begun once"),
    ],
)
def test_a_phase_begins_when_it_is_first_posted(moment, expected):
    """Saying a phase again does not begin it again."""
    twice = replace(ONE, phases=(*ONE.phases, (3500.0, IncidentPhase.MONITORING)))
    assert twice.phase_at(moment) == expected
