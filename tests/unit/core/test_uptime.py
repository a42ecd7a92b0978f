"""Our own record of uptime: bounded, honest about what is not known, whatever the clock does."""

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claude_exporter.core.uptime import (
    DAY,
    HOUR,
    STATES,
    STRIPS,
    SUBJECT_LIMIT,
    WEEK,
    WINDOWS,
    UptimeRecord,
    kind_of,
)

NOON = 19_675 * DAY + 12 * HOUR
A = "target/api-models"
C = "component/claude/k8w3r06qmzrp"
S = "surface/api"


def recorded(*facts):
    """A record of facts (subject, state, start, end)."""
    record = UptimeRecord()
    for subject, state, start, end in facts:
        record.add([(subject, state)], start, end)
    return record


SHARES = {
    "nothing known is no uptime, and no downtime either": ((), A, DAY, None),
    "up all the time that is known": (((A, "up", -60, 0),), A, DAY, 1.0),
    "unknown time is not counted": (((A, "up", -90, -60), (A, "down", -10, 0)), A, DAY, 0.75),
    "what is older than the window is not counted": (
        ((A, "down", -2 * DAY, -2 * DAY + 600), (A, "up", -60, 0)),
        A,
        DAY,
        1.0,
    ),
    "but counts in a longer window": (
        ((A, "down", -2 * DAY, -2 * DAY + 600), (A, "up", -600, 0)),
        A,
        WEEK,
        0.5,
    ),
    "a degraded component is up": (((C, "degraded", -60, 0),), C, DAY, 1.0),
    "maintenance is neither": (
        ((C, "maintenance", -90, -60), (C, "up", -60, -30), (C, "down", -30, 0)),
        C,
        DAY,
        0.5,
    ),
    "maintenance alone is no known time": (((C, "maintenance", -90, 0),), C, DAY, None),
    "a surface is up while nothing is to be done": (
        ((S, "none", -80, -20), (S, "wait", -20, -10), (S, "escalate", -10, 0)),
        S,
        DAY,
        0.75,
    ),
    "the same moment counts once, however often it is told": (
        ((A, "down", -300, 0), (A, "up", -300, 0)),
        A,
        DAY,
        0.0,
    ),
}


@pytest.mark.parametrize(("facts", "subject", "span", "share"), SHARES.values(), ids=SHARES.keys())
def test_share(facts, subject, span, share):
    record = recorded(*((who, state, NOON + a, NOON + b) for who, state, a, b in facts))
    assert record.share(subject, span, NOON) == share


def test_a_strip_tells_up_down_and_unknown_of_each_slot():
    """Slots begin at whole multiples of their width; the last one has the present in it."""
    record = recorded((A, "up", NOON - 1100, NOON - 700), (A, "down", NOON - 700, NOON + 77))
    *_, before, last, now = record.strip(A, *STRIPS["24h"], NOON + 77)
    assert (before.start, before.end, before.seconds) == (
        NOON - 1800,
        NOON - 900,
        {"up": 200.0, "down": 0.0, "unknown": 700.0},
    )
    assert last.seconds == {"up": 200.0, "down": 700.0, "unknown": 0.0}
    assert (now.start, now.end) == (NOON, NOON + 900)
    assert now.seconds == {"up": 0.0, "down": 77.0, "unknown": 0.0}


def test_the_strips_have_the_slots_they_promise():
    """96 quarters of an hour, 84 times two hours, 90 days from midnight to midnight."""
    record = recorded((A, "up", NOON - 60, NOON))
    found = {name: record.strip(A, *STRIPS[name], NOON) for name in STRIPS}
    widths = {name: (len(each), each[0].end - each[0].start) for name, each in found.items()}
    assert widths == {"24h": (96, 900), "7d": (84, 7200), "90d": (90, DAY)}
    assert all(each.start % DAY == 0 for each in found["90d"])
    assert [sum(each[-1].seconds.values()) for each in found.values()] == [0.0, 0.0, 12 * HOUR]
    assert all(sum(s.seconds["up"] for s in strip) == 60.0 for strip in found.values())


@pytest.mark.parametrize(("span", "slots"), [(DAY, 100), (DAY, 576), (WEEK, 200), (90 * DAY, 7)])
def test_a_strip_that_does_not_fit_the_slots_is_refused(span, slots):
    with pytest.raises(ValueError, match="expected slots of a multiple of"):
        UptimeRecord().strip(A, span, slots, NOON)


def test_an_exporter_that_did_not_run_knows_nothing_of_that_time():
    """Three hours of a day are recorded, an hour of it down: the rest is unknown, not up."""
    record = recorded((A, "up", NOON - 10 * HOUR, NOON - 8 * HOUR), (A, "down", NOON - HOUR, NOON))
    assert record.share(A, DAY, NOON) == 2 / 3
    assert record.known(A, DAY, NOON) == 0.125
    slots = record.strip(A, *STRIPS["24h"], NOON - 1)
    assert sum(each.seconds["unknown"] for each in slots) == pytest.approx(21 * HOUR, abs=900)


def walk(record, moments):
    """What a recorder does whose wall clock goes through these moments, five seconds apart."""
    for number, now in enumerate(moments):
        state = ("up", "down")[number % 7 == 0]
        record.add([(A, state), (C, state), (S, "wait")], now - 5.0, now)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.integers(-7 * HOUR, 7 * HOUR).map(lambda step: NOON + step),
            st.sampled_from([0.0, 7.5, 4e9, 1e300, NOON + 100 * DAY, NOON - 300 * DAY]),
        ),
        max_size=30,
    )
)
def test_no_slot_holds_more_than_its_width_whatever_the_clock_does(moments):
    """And what was kept reads back as the same record."""
    record = UptimeRecord()
    walk(record, [each for each in moments if each < 1e10])
    again = UptimeRecord()
    kept = json.loads(json.dumps(record.documents()))
    assert again.restore(kept.get) == ()
    for subject in record.subjects:
        for name, (span, slots) in STRIPS.items():
            strip = record.strip(subject, span, slots, NOON + HOUR)
            assert all(sum(each.seconds.values()) <= each.end - each.start + 1 for each in strip)
            same = again.strip(subject, span, slots, NOON + HOUR)
            assert [list(a.seconds.values()) for a in same] == [
                pytest.approx(list(b.seconds.values()), abs=0.01) for b in strip
            ], name


STEPS = {
    "an hour back and on again": -HOUR,
    "a day ahead and back": DAY,
    "to the year 2106 and back": 4_294_967_295 - NOON,
    "to the epoch and back": 60 - NOON,
}


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS.keys())
def test_a_clock_that_was_wrong_for_a_while_loses_and_counts_nothing_twice(step):
    """Ninety days of record are still there after ten minutes of another time."""
    record = UptimeRecord()
    for hour in range(90 * 24):
        start = NOON - (90 * 24 - hour) * HOUR
        record.add([(A, "up")], start, start + HOUR)
    before = record.strip(A, *STRIPS["90d"], NOON)
    for number in range(60):
        record.add([(A, "down")], NOON + step + 10 * number, NOON + step + 10 * number + 10)
    record.add([(A, "up")], NOON, NOON + 60)
    after = record.strip(A, *STRIPS["90d"], NOON)
    # The oldest hour may have made room for the hour that never was.
    assert (
        sum(each.seconds["up"] for each in after)
        >= sum(each.seconds["up"] for each in before) - 2 * HOUR + 60
    )
    assert sum(each.seconds["down"] for each in after) == 0


def random_record(targets, components):
    """Ninety days, each hour of each subject another mixture: the worst for compression."""
    rng = random.Random(7)  # noqa: S311
    record = UptimeRecord()
    subjects = [f"target/target-number-{n}" for n in range(targets)]
    subjects += [f"component/claude/{n:012x}" for n in range(components)]
    subjects += [f"surface/{n}" for n in ("web", "api", "code", "console")]
    cut = {each: rng.random() for each in subjects}
    for hour in range(90 * 24):
        start = NOON - (90 * 24 - hour) * HOUR
        at = start
        for length in (rng.randint(60, 900), rng.randint(60, 900)):
            states = [(each, rng.choice(STATES[kind_of(each)])) for each in subjects]
            record.add(states, at, at + length * cut[subjects[0]] + 60)
            at += length + 60
    return record


def test_forty_targets_over_ninety_days_fit_into_two_megabytes():
    """Random seconds in every hour; a real record is mostly ones and a tenth of it."""
    record = random_record(8, 1)
    size = sum(len(json.dumps(each)) for each in record.documents().values())
    assert size > 50_000
    assert len(record.subjects) == 13
    assert 5 * size < 2_000_000


def test_what_is_closed_is_the_same_document_until_the_next_slot():
    """So that the state file is not written again every ten seconds."""
    record = recorded((A, "up", NOON - 600, NOON - 300))
    first = record.documents()
    record.add([(A, "up")], NOON - 300, NOON - 295)
    second = record.documents()
    record.add([(A, "up")], NOON - 295, NOON - 290)
    third = record.documents()
    assert first["uptime-hours"] is second["uptime-hours"] is third["uptime-hours"]
    assert first["uptime-minutes"] is not second["uptime-minutes"]
    assert second["uptime-minutes"] is third["uptime-minutes"]
    assert second["uptime-open"] != third["uptime-open"]


GOOD = recorded((A, "up", NOON - 7000, NOON - 300), (A, "down", NOON - 300, NOON)).documents()


def changed(document, key, value):
    return {**GOOD, document: {**GOOD[document], key: value}}


BAD = {
    "no document at all": {},
    "another kind": dict.fromkeys(GOOD, 7),
    "no runs": changed("uptime-hours", "runs", None),
    "runs of another shape": changed("uptime-hours", "runs", [[1], "x"]),
    "runs that go on for ever": changed("uptime-hours", "runs", [[1, 10**9]]),
    "runs that are too many together": changed("uptime-hours", "runs", [[1, 2000], [3000, 2000]]),
    "runs that overlap": changed("uptime-hours", "runs", [[1, 3], [2, 1]]),
    "negative slots": changed("uptime-hours", "runs", [[-5, 3]]),
    "columns of another kind": changed("uptime-hours", "columns", [A]),
    "a column that is no text": changed("uptime-hours", "columns", {A: 7}),
    "a column that is not packed": changed("uptime-hours", "columns", {A: "AAAA"}),
    "a column that is no base 64": changed("uptime-hours", "columns", {A: "\u20ac"}),
    "a column that is too long": changed(
        "uptime-hours",
        "columns",
        {A: random_record(1, 0).documents()["uptime-hours"]["columns"]["target/target-number-0"]},
    ),
    "a column of no known kind": changed(
        "uptime-hours", "columns", {"x/y": GOOD["uptime-hours"]["columns"][A]}
    ),
    "an open slot of another kind": changed("uptime-open", "hours", [1]),
    "an open slot without a number": changed("uptime-open", "hours", {"rows": {}}),
    "an open slot of odd rows": changed(
        "uptime-open", "hours", {"number": 7, "rows": {A: [1], "x/y": [1, 2], C: "x"}}
    ),
    "an open slot with too much in it": changed(
        "uptime-open", "hours", {"number": 7, "rows": {A: [9e9, 0]}}
    ),
}


@pytest.mark.parametrize("documents", BAD.values(), ids=BAD.keys())
def test_a_document_that_cannot_be_read_takes_nothing_else_with_it(documents):
    """The other tier is still there, and the record goes on."""
    record = UptimeRecord()
    record.restore(documents.get)
    record.add([(A, "up")], NOON, NOON + 60)
    assert record.share(A, DAY, NOON + 60) is not None
    if documents.get("uptime-minutes") is GOOD["uptime-minutes"]:
        assert record.seconds(A, DAY, NOON)["up"] >= 6000


def test_what_cannot_be_read_is_said():
    """With the width of the slots and the subject."""
    problems = UptimeRecord().restore(BAD["a column that is not packed"].get)
    assert problems == ("slots of 3600 s: 'target/api-models' cannot be read",)
    assert UptimeRecord().restore(BAD["no runs"].get) == (
        "slots of 3600 s: expected runs and columns",
    )


def test_there_are_never_more_subjects_than_the_limit():
    """One that nothing was known of for a day makes room; the others stay."""
    record = recorded(("target/old", "up", NOON - 2 * DAY, NOON - 2 * DAY + 60))
    many = [(f"target/{n}", "up") for n in range(SUBJECT_LIMIT + 7)]
    assert record.add(many, NOON - 60, NOON) == 7
    assert len(record.subjects) == SUBJECT_LIMIT
    assert "target/old" not in record.subjects
    assert record.add(many[:SUBJECT_LIMIT], NOON, NOON + 60) == 0


def test_a_subject_of_which_nothing_is_left_goes():
    """After ninety days and an hour without it."""
    record = recorded((C, "up", NOON - 91 * DAY, NOON - 91 * DAY + 60))
    for hour in range(91 * 24):
        start = NOON - (91 * 24 - hour) * HOUR
        record.add([(A, "up")], start, start + 60)
    assert record.subjects == (A,)


@pytest.mark.parametrize(("start", "end"), [(float("nan"), NOON), (NOON, float("inf")), (-9, 9)])
def test_a_span_that_is_none_is_not_added(start, end):
    record = UptimeRecord()
    assert record.add([(A, "up")], start, end) == 0
    assert record.subjects == ()


def test_what_is_kept_is_a_day_in_five_minutes_and_ninety_days_in_hours():
    """And the slot that is half in the window: all of it known is 1, not more."""
    record = UptimeRecord()
    for hour in range(92 * 24):
        start = NOON - (92 * 24 - hour) * HOUR
        record.add([(A, "up")], start, start + HOUR)
    kept = {
        name: sum(count for _, count in record.documents()[name]["runs"])
        for name in ("uptime-minutes", "uptime-hours")
    }
    assert kept == {"uptime-minutes": 289, "uptime-hours": 2161}
    record.add([(A, "up")], NOON, NOON + 77)
    assert record.known(A, DAY, NOON + 77) == 1.0
    assert record.known(A, 90 * DAY, NOON + 77) == 1.0


def test_windows_and_strips_are_those_that_are_documented():
    assert list(WINDOWS) == ["24h", "7d", "30d", "90d"]
    assert STRIPS.keys() <= WINDOWS.keys()
