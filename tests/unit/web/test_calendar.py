"""/maintenance.ics is an iCalendar by the letter of RFC 5545, whatever a page announces."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.exposed import CALM

from claude_exporter.core.model import Surface
from claude_exporter.core.page_model import Maintenance, MaintenancePhase
from claude_exporter.web.calendar import calendar_text, escaped, folded

AT = 1_790_000_003.0
LINE = re.compile(r"([A-Z-]+)((?:;[A-Z-]+=[A-Za-z0-9:-]+)*):(.*)", re.DOTALL)
STAMP = re.compile(r"\d{8}T\d{6}Z")
TEXT = re.compile(r"(?:[^\\;,\x00-\x1f\x7f]|\\[\\;,n])*")
REQUIRED = {"UID", "DTSTAMP", "DTSTART", "SUMMARY", "SEQUENCE", "LAST-MODIFIED"}
ONCE = REQUIRED | {"DTEND", "DESCRIPTION", "STATUS", "TRANSP", "URL"}
TYPES = {
    **dict.fromkeys(("DTSTAMP", "DTSTART", "DTEND", "LAST-MODIFIED"), STAMP),
    **dict.fromkeys(("SUMMARY", "DESCRIPTION", "NAME", "X-WR-CALNAME", "UID"), TEXT),
    "SEQUENCE": re.compile(r"\d+"),
    "STATUS": re.compile("CONFIRMED"),
    "TRANSP": re.compile("TRANSPARENT"),
    "URL": re.compile(r"https?://\S+"),
    "VERSION": re.compile(r"2\.0"),
    "REFRESH-INTERVAL": re.compile("PT1H"),
}


def parsed(text):
    """Events of a calendar as mappings; AssertionError where a strict reader would stop."""
    assert text.endswith("\r\n")
    raw = text.removesuffix("\r\n").split("\r\n")
    assert all(len(line.encode()) <= 75 for line in raw)
    assert not any(character in line for line in raw for character in "\r\n\0")
    lines = "\n".join(raw).replace("\n ", "").split("\n")
    assert lines[:2] == ["BEGIN:VCALENDAR", "VERSION:2.0"]
    assert lines[-1] == "END:VCALENDAR"
    events, depth, names = [], [], []
    for line in lines:
        name, _, value = LINE.fullmatch(line).groups()
        assert TYPES.get(name, re.compile(".*")).fullmatch(value), line
        if name == "BEGIN":
            depth.append(value)
            assert depth in (["VCALENDAR"], ["VCALENDAR", "VEVENT"])
            names = []
            events += [{}] if value == "VEVENT" else []
        elif name == "END":
            assert depth.pop() == value
            if value == "VEVENT":
                assert names[0] == "UID"
                assert set(names) >= REQUIRED
                assert set(names) <= ONCE
                assert len(names) == len(set(names))
        else:
            names.append(name)
            if depth[-1] == "VEVENT":
                events[-1][name] = value
    assert depth == []
    assert len({event["UID"] for event in events}) == len(events)
    return events


def work(**changes):
    known = Maintenance(
        id="p31mk0x1vv7d",
        name="Database upgrade",
        phase=MaintenancePhase.SCHEDULED,
        surfaces=frozenset({Surface.CONSOLE, Surface.API}),
        starts_at=AT,
        ends_at=AT + 7213,
        created_at=AT - 86_413,
        updated_at=AT - 86_400,
        link="https://stspg.io/p31mk0x1vv7d",
    )
    return replace(known, **changes)


def calendar(*works, page="claude"):
    return calendar_text({page: replace(CALM, maintenances=works)})


def test_a_maintenance_is_an_event():
    [event] = parsed(calendar(work()))
    assert event == {
        "UID": "p31mk0x1vv7d@claude.status-page.claude-exporter",
        "DTSTAMP": "20260920T141323Z",
        "LAST-MODIFIED": "20260920T141323Z",
        "SEQUENCE": "13",
        "DTSTART": "20260921T141323Z",
        "DTEND": "20260921T161336Z",
        "SUMMARY": "Claude: Database upgrade",
        "DESCRIPTION": r"scheduled\nConcerns: Claude API\, Console",
        "STATUS": "CONFIRMED",
        "TRANSP": "TRANSPARENT",
        "URL": "https://stspg.io/p31mk0x1vv7d",
    }


def test_nothing_announced_is_a_valid_calendar_without_events():
    assert parsed(calendar()) == parsed(calendar_text({})) == []


def test_an_announcement_that_changes_keeps_its_uid_and_counts_up():
    before, after = work(), work(updated_at=AT - 60, starts_at=AT + 3600, ends_at=AT + 7213)
    [first], [second] = parsed(calendar(before)), parsed(calendar(after))
    assert first["UID"] == second["UID"]
    assert int(first["SEQUENCE"]) < int(second["SEQUENCE"])
    assert calendar(before) == calendar(before)


ODD = {
    "no beginning, as in a page's history": (work(starts_at=None), None),
    "no end": (work(ends_at=None), {"DTEND"}),
    "an end before the beginning": (work(ends_at=AT - 1), {"DTEND"}),
    "no link": (work(link=None), {"URL"}),
    "no moment of change": (work(updated_at=None, created_at=None), set()),
    "an id longer than any": (work(id="x" * 65), None),
}


@pytest.mark.parametrize(("odd", "without"), ODD.values(), ids=ODD)
def test_an_odd_maintenance_is_left_out_or_says_less(odd, without):
    [whole] = parsed(calendar(work()))
    events = parsed(calendar(odd))
    assert [whole.keys() - event.keys() for event in events] == [without] * (without is not None)


def test_the_same_id_on_two_pages_is_two_events():
    content = replace(CALM, maintenances=(work(),))
    assert len(parsed(calendar_text({"claude": content, "other": content}))) == 2


def test_a_line_is_folded_between_characters():
    text = "SUMMARY:" + "\N{SNOWMAN}" * 50
    assert folded(text).replace("\r\n ", "") == text
    assert [len(piece.encode()) for piece in folded(text).split("\r\n")] == [74, 73, 13]


def test_a_text_is_escaped():
    assert escaped("a;b,c\\d\ne\r\0\x1b") == "a\\;b\\,c\\\\d\\ne"


@settings(max_examples=100, deadline=None)
@given(name=st.text(), key=st.text(), link=st.sampled_from([None, "https://x/y"]))
def test_any_text_makes_a_valid_calendar(name, key, link):
    parsed(calendar(work(name=name, id=key, link=link)))


NAMES = ("starts", "ends", "created", "updated")
MOMENTS = st.none() | st.floats(-1e11, 3e11)


@settings(max_examples=100, deadline=None)
@given(
    st.fixed_dictionaries(
        {f"{name}_at": MOMENTS for name in ("starts", "ends", "created", "updated")}
    )
)
def test_any_moment_makes_a_valid_calendar(moments):
    """A page may name the year 1, or 9999 in the last time zone of all."""
    parsed(calendar(work(**moments)))
