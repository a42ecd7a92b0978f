"""Past incidents: read once, followed, counted."""

from dataclasses import replace

from support.exposed import CALM, incident

from claude_exporter.core.model import Surface
from claude_exporter.core.page_model import Impact
from claude_exporter.core.past import LIMIT, PastIncident, figures, followed, joined

NOW = 1_700_000_000.0


def past(key, started_at, ended_at, **more):
    more = {"impact": Impact.MINOR, "title": key.upper()} | more
    return PastIncident(id=key, started_at=started_at, ended_at=ended_at, **more)


OPEN = incident(Surface.API, id="x", started_at=NOW - 900)
ON_PAGE = replace(CALM, incidents=(OPEN,))


def test_an_incident_is_open_while_it_is_on_the_page_and_over_when_it_is_gone():
    """With the page's own start; the end is when it was not there any more."""
    first = followed({}, ON_PAGE, NOW)
    assert first["x"] == PastIncident(
        id="x",
        impact=Impact.MAJOR,
        surfaces=frozenset({Surface.API}),
        started_at=NOW - 900,
        open=True,
        title=OPEN.name,
    )
    assert first["x"].duration is None
    over = followed(first, CALM, NOW + 60)
    assert (over["x"].open, over["x"].duration) == (False, 960.0)
    assert followed(over, CALM, NOW + 120) == over


def test_one_that_comes_back_is_open_again():
    over = followed(followed({}, ON_PAGE, NOW), CALM, NOW + 60)
    again = followed(over, ON_PAGE, NOW + 120)
    assert (again["x"].open, again["x"].ended_at) == (True, None)


def test_the_history_feed_has_other_ids_and_ends_nothing():
    """While only it can be read, an open incident stays open."""
    known = followed({}, ON_PAGE, NOW)
    assert followed(known, replace(CALM, components=()), NOW + 60) == known


def test_the_history_does_not_close_what_is_open():
    """It lists an open incident up to its last post."""
    known = followed({}, ON_PAGE, NOW)
    found = joined(known, [past("x", NOW - 900, NOW - 300), past("y", NOW - 9000, NOW - 8000)])
    assert list(found) == ["y", "x"]
    assert found["x"].open


def test_the_newest_are_remembered():
    found = joined({}, [past(f"{n}", NOW + n, NOW + n) for n in range(LIMIT + 7)])
    assert (len(found), next(iter(found))) == (LIMIT, "7")


def test_what_is_kept_has_no_title():
    assert past("a", NOW, NOW).kept().title == ""


def test_an_end_that_the_page_did_not_tell_is_no_duration():
    assert past("a", NOW, None).duration is None
    assert past("a", None, NOW).duration is None


def test_figures():
    """Of the span alone; what has no moment is in no span, what is open has no duration."""
    incidents = (
        past("old", NOW - 9000, NOW - 8000),
        past("a", NOW - 800, NOW - 700),
        past("b", NOW - 600, NOW - 300, impact=Impact.CRITICAL),
        past("c", NOW - 200, None, open=True),
        past("d", None, None),
    )
    found = figures(incidents, NOW - 1000)
    assert (found.count, found.by_impact[Impact.MINOR], found.by_impact[Impact.CRITICAL]) == (
        3,
        2,
        1,
    )
    assert (found.median_duration, found.longest_duration) == (200.0, 300.0)
    empty = figures((), NOW)
    assert (empty.count, empty.median_duration, empty.longest_duration) == (0, None, None)
