"""The strips of the page: what is drawn, and what is said of it."""

import pytest
from support.exposed import Exposed

from claude_exporter.core.uptime import STRIPS, Slot, UptimeRecord
from claude_exporter.web.strips import Strips, kind_of_slot, percent, strips_of

NOW = 1_700_000_000.0 // 86_400 * 86_400 + 86_400
HOUR = 3600.0


def slot(**seconds):
    return Slot(start=0, end=900, seconds=seconds)


KINDS = {
    "all of it good": (slot(up=900.0, down=0.0, unknown=0.0), "up"),
    "a failure too short to see": (slot(up=890.0, down=10.0, unknown=0.0), "up"),
    "a minute of failure": (slot(up=840.0, down=60.0, unknown=0.0), "partly"),
    "half of what is known is failure": (slot(up=100.0, down=100.0, unknown=700.0), "down"),
    "degraded is part of the way": (slot(up=0.0, degraded=900.0, down=0.0, unknown=0.0), "partly"),
    "nothing known is neither": (slot(up=0.0, down=0.0, unknown=900.0), "unknown"),
    "the future is not known either": (slot(up=0.0, down=0.0, unknown=0.0), "unknown"),
    "a surface that was waited for": (slot(none=100.0, wait=500.0, unknown=300.0), "down"),
    "planned work is no failure": (slot(up=0.0, maintenance=900.0, unknown=0.0), "up"),
}


@pytest.mark.parametrize(("given", "kind"), KINDS.values(), ids=KINDS.keys())
def test_what_a_piece_of_a_strip_is(given, kind):
    assert kind_of_slot(given) == kind


PERCENTS = {
    "all": (1.0, "100 %"),
    "a second of 90 days is not all": (1 - 1 / (90 * 86_400), "99.99 %"),
    "three nines": (0.999, "99.90 %"),
    "none": (0.0, "0 %"),
    "half": (0.5, "50 %"),
}


@pytest.mark.parametrize(("share", "text"), PERCENTS.values(), ids=PERCENTS.keys())
def test_a_share_is_never_rounded_up(share, text):
    assert percent(share) == text


def test_a_strip_covers_every_slot_once():
    """Two hours of failure and one of nothing, in a day of success."""
    record = UptimeRecord()
    for hour in range(24):
        start = NOW - 86_400 + hour * HOUR
        if hour != 7:
            state = "down" if hour in {11, 12} else "up"
            record.add([("target/a", state)], start, start + HOUR)
    day, week, quarter = strips_of(record, "target/a", NOW - 1)
    assert (day.label, day.share, day.slots) == ("23 h of 24 h", "91.30 %", 96)
    assert dict(day.paths) == {
        "up": "M0 15.5h28m4 0h12m8 0h44",
        "unknown": "M28 18.5h4",
        "down": "M44 10h8",
    }
    assert (week.label, quarter.label) == ("23 h of 7 d", "23 h of 90 d")
    assert dict(quarter.paths) == {"unknown": "M0 18.5h89", "partly": "M89 13h1"}


def test_of_nothing_there_is_no_share():
    strips = strips_of(UptimeRecord(), "target/a", NOW)
    assert [(each.label, each.share) for each in strips] == [
        ("24 h", "no record"),
        ("7 d", "no record"),
        ("90 d", "no record"),
    ]


async def test_strips_are_made_once_in_half_a_minute():
    """And at once where something else is watched."""
    exposed = Exposed()
    strips = Strips(exposed.exporter)
    first = await strips.latest()
    assert {len(each) for each in first.values()} == {len(STRIPS)}
    assert await strips.latest() is first
    exposed.evaluator.replace_targets(())
    second = await strips.latest()
    assert "target/web" in first
    assert "target/web" not in second
    await exposed.clock.advance(30)
    assert await strips.latest() is not second
