"""What a `/history` page says of past incidents, and what it says when it is no such page."""

import contextlib
import html
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.statuspage_body import COMPONENTS

from claude_exporter.core.model import Surface
from claude_exporter.core.page_model import Impact
from claude_exporter.core.past import LIMIT, PastIncident
from claude_exporter.simulator.page_history import HistoryItem, history_html
from claude_exporter.sources.statuspage_content import UnreadableError
from claude_exporter.sources.statuspage_past import past_of, span_of


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def item(code, start, end, name="Elevated errors on the API", impact="minor"):
    return HistoryItem(code=code, name=name, impact=impact, started_at=at(start), ended_at=at(end))


ITEMS = (
    item("aaaa", "2026-10-07T21:23", "2026-10-07T22:40"),
    item("bbbb", "2026-10-01T23:50", "2026-10-02T00:20", "Claude.ai unavailable", "critical"),
    item("cccc", "2026-09-30T09:05", "2026-09-30T09:05", "Something else", "none"),
    item("dddd", "2026-09-03T10:00", "2026-09-03T11:00", "Database upgrade", "maintenance"),
    item("eeee", "2025-12-31T23:00", "2026-01-01T01:30", "Login errors", "major"),
)


def test_a_history_is_read():
    """Newest first, over midnight and over the year's end; planned work is no incident."""
    found = past_of(history_html(ITEMS), COMPONENTS)
    assert [each.id for each in found] == ["aaaa", "bbbb", "cccc", "eeee"]
    assert found[0] == PastIncident(
        id="aaaa",
        impact=Impact.MINOR,
        surfaces=frozenset({Surface.API}),
        started_at=at("2026-10-07T21:23"),
        ended_at=at("2026-10-07T22:40"),
        title="Elevated errors on the API",
    )
    assert [each.duration for each in found] == [4620.0, 1800.0, 0.0, 9000.0]
    assert found[1].surfaces == {Surface.WEB}


def test_the_order_of_the_attributes_does_not_matter():
    body = history_html(ITEMS).replace(b'data-react-class="HistoryIndex" ', b"")
    body = body.replace(b'data-hydrate="t"', b'data-react-class="HistoryIndex"')
    assert past_of(body, COMPONENTS) == past_of(history_html(ITEMS), COMPONENTS)


SPANS = {
    "a span of one day": (
        "Oct <var data-var='date'> 7</var>, <var>21:23</var> - <var>22:40</var> UTC",
        ("2026-10-07T21:23", "2026-10-07T22:40"),
    ),
    "a span over midnight": (
        "Oct 7, 21:23 - Oct 8, 01:02 UTC",
        ("2026-10-07T21:23", "2026-10-08T01:02"),
    ),
    "one moment": ("Oct 7, 21:23 UTC", ("2026-10-07T21:23", "2026-10-07T21:23")),
    "over the year's end, listed where it began": (
        "Dec 31, 23:00 - Jan 1, 01:30 UTC",
        ("2026-12-31T23:00", "2027-01-01T01:30"),
    ),
    "a time zone that is several": ("Oct 7, 21:23 - 22:40 CST", (None, None)),
    "an end before the start": ("Oct 7, 21:23 - 20:00 UTC", ("2026-10-07T21:23", None)),
    "a day that is none": ("Feb 30, 21:23 UTC", (None, None)),
    "an hour that is none": ("Oct 7, 29:23 UTC", (None, None)),
    "a month that is none": ("Okt 7, 21:23 UTC", (None, None)),
    "an end in a month that is none": (
        "Oct 7, 21:23 - Okt 8, 01:00 UTC",
        ("2026-10-07T21:23", None),
    ),
    "no text": (None, (None, None)),
    "nothing in it": ("", (None, None)),
}


@pytest.mark.parametrize(("text", "expected"), SPANS.values(), ids=SPANS.keys())
def test_moments(text, expected):
    found = span_of(text, 2026, "October")
    assert found == tuple(each and at(each) for each in expected)


def test_what_began_in_december_may_be_listed_in_january():
    start, end = span_of("Dec 31, 23:00 - Jan 1, 01:30 UTC", 2027, "January")
    assert (start, end) == (at("2026-12-31T23:00"), at("2027-01-01T01:30"))
    assert span_of("Oct 7, 21:23 UTC", "2026", "October") == (None, None)
    assert span_of("Oct 7, 21:23 UTC", 10**9, "October") == (None, None)


def page_of(properties, element="HistoryIndex"):
    text = properties if isinstance(properties, str) else json.dumps(properties)
    return (
        f'<div data-react-class="{element}" data-react-props="{html.escape(text)}"></div>'
    ).encode()


UNREADABLE = {
    "an empty body": (b"", "expected a page with HistoryIndex, not an empty body"),
    "a challenge": (b"<html>Human verification</html>", "expected a page with HistoryIndex"),
    "another element": (page_of({}, "StatusPage"), "expected a page with HistoryIndex"),
    "properties that are no JSON": (page_of("{"), "expected JSON in HistoryIndex"),
    "properties nested without end": (page_of("[" * 100_000), "expected JSON in HistoryIndex"),
    "no months": (page_of({"a": 1}), "expected `months` to be a list, not NoneType"),
    "months that are none": (page_of({"months": {}}), "expected `months` to be a list, not dict"),
    "an attribute that never ends": (b'<div data-react-props="' + b"x" * 99, "expected a page"),
}


@pytest.mark.parametrize(("body", "message"), UNREADABLE.values(), ids=UNREADABLE.keys())
def test_unreadable(body, message):
    with pytest.raises(UnreadableError, match=message):
        past_of(body, COMPONENTS)


def test_an_odd_item_leaves_the_others():
    """Wrong kinds, no code, a code that was seen before."""
    good = {"code": "a", "name": "Errors", "impact": "odd", "timestamp": "Oct 7, 21:23 UTC"}
    incidents = [None, 7, {}, {"code": 7}, good, {**good, "name": "again"}, {"code": "b"}]
    months = [None, {"incidents": 7}, {"year": 2026, "name": "October", "incidents": incidents}]
    first, second = past_of(page_of({"months": months}), COMPONENTS)
    assert (first.id, first.impact, first.title) == ("a", Impact.UNKNOWN, "Errors")
    assert (second.id, second.title, second.started_at) == ("b", "unknown", None)


def test_more_than_is_remembered_is_not_read():
    """Also of a page that is a thousand times as long, in no time."""
    many = [{"code": f"{n}", "name": "E" * 999} for n in range(3000)]
    found = past_of(page_of({"months": [{"year": 2026, "incidents": many}]}), {})
    assert (len(found), len(found[0].title)) == (LIMIT, 200)
    with pytest.raises(UnreadableError):
        past_of(b'data-react-props="" ' * 250_000, {})


@given(st.binary(max_size=300) | st.text(max_size=200).map(page_of))
def test_any_bytes_are_refused_or_read(body):
    with contextlib.suppress(UnreadableError):
        assert isinstance(past_of(body, COMPONENTS), tuple)
