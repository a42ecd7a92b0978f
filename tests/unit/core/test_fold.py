"""What is remembered of a surface that fails, value by value."""

from dataclasses import replace

import pytest
from support.seen import NOW, essential

from claude_exporter.core.fold import (
    Conditions,
    Count,
    NetworkState,
    SurfaceState,
    fold_surface,
)
from claude_exporter.core.guide import shipped_guide
from claude_exporter.core.model import Sign, Standing

GUIDE = shipped_guide()
SETTLE = GUIDE.thresholds["settle"]
CARRY_OVER = GUIDE.thresholds["carry_over"]
WINDOW = GUIDE.thresholds["intermittent_window"]
UP = NetworkState()
KNOWN = SurfaceState(standing=Standing.UP, counted_at=NOW - 31)
FAILING = SurfaceState(
    failing_since=NOW - 403,
    failing_at=NOW - 31,
    sign=Sign.OVERLOADED,
    sign_since=NOW - 207,
    onsets=(NOW - 701, NOW - 403),
    since_onset=Count(attempts=13, successes=1, streak=0),
    counted_at=NOW - 31,
    standing=Standing.DOWN,
)


def began(sign=Sign.OVERLOADED, ago=3.0, **more):
    """A surface that began to fail with the result of so many seconds ago."""
    values = {
        "failing_since": NOW - ago,
        "failing_at": NOW,
        "sign": sign,
        "sign_since": NOW - ago,
        "onsets": (NOW - ago,),
        "since_onset": Count(attempts=1),
        "counted_at": NOW - ago,
        "standing": Standing.DOWN,
    }
    return SurfaceState(**(values | more))


ONSETS = {
    "the onset is the moment the failed probe began": (
        (essential(Sign.OVERLOADED),),
        began(),
    ),
    "of two failures the older is the onset and the server's sign is the sign": (
        (essential(Sign.TIMEOUT, 11.0), essential(Sign.BAD_GATEWAY, 3.0, "other")),
        began(Sign.BAD_GATEWAY, 11.0, counted_at=NOW - 3),
    ),
    "of two signs of one class the first in the list of signs is told": (
        (essential(Sign.OVERLOADED), essential(Sign.INTERNAL_ERROR, 3.0, "other")),
        began(Sign.INTERNAL_ERROR),
    ),
    "our network's trouble is told before a refused key": (
        (essential(Sign.AUTHENTICATION), essential(Sign.CONNECT, 3.0, "other")),
        began(Sign.CONNECT),
    ),
    "a refused key is told before a limit, a limit before a wrong request": (
        (
            essential(Sign.NOT_FOUND),
            essential(Sign.RATE_LIMITED, 3.0, "other"),
            essential(Sign.BILLING, 3.0, "third"),
        ),
        began(Sign.BILLING),
    ),
    "a limit is told before a wrong request": (
        (essential(Sign.NOT_FOUND), essential(Sign.RATE_LIMITED, 3.0, "other")),
        began(Sign.RATE_LIMITED),
    ),
    "one part fails while another works": (
        (essential(Sign.OVERLOADED), essential(Sign.OK, 3.0, "other", part="account")),
        began(),
    ),
    "a target that is not essential does not count": (
        (essential(Sign.OVERLOADED), essential(Sign.TIMEOUT, 11.0, "extra", essential=False)),
        began(),
    ),
    "in one part a failure and an unknown make it fail": (
        (essential(Sign.OVERLOADED), essential(Sign.EDGE_CHALLENGE, 2.0, "other")),
        began(),
    ),
}


@pytest.mark.parametrize(("targets", "after"), ONSETS.values(), ids=ONSETS.keys())
def test_a_surface_begins_to_fail(targets, after):
    assert fold_surface(KNOWN, targets, UP, GUIDE, NOW) == after


def test_what_failed_before_our_network_came_back_begins_with_its_return():
    """The probes of the dark hours are ours; the first one after it is Claude's."""
    network = NetworkState(recovered_at=NOW - 7)
    before, after = essential(Sign.TIMEOUT, 8.0), essential(Sign.TIMEOUT, 7.0)
    assert fold_surface(KNOWN, (before,), network, GUIDE, NOW).standing is Standing.UNKNOWN
    assert fold_surface(KNOWN, (after,), network, GUIDE, NOW) == began(Sign.TIMEOUT, 7.0)


def test_only_onsets_within_the_window_are_remembered():
    old = replace(KNOWN, onsets=(NOW - WINDOW, NOW - WINDOW + 1))
    failed = fold_surface(old, (essential(Sign.OVERLOADED),), UP, GUIDE, NOW)
    assert failed.onsets == (NOW - WINDOW + 1, NOW - 3)


def test_a_surface_that_begins_to_fail_is_no_longer_degraded():
    """Failing is told alone: of what does not answer nobody says that it is slow."""
    slow = replace(KNOWN, conditions=Conditions(slow=True), degraded_since=NOW - 601)
    failed = fold_surface(
        slow,
        (essential(Sign.OVERLOADED), essential(Sign.SLOW, 3.0, "other", part="b")),
        UP,
        GUIDE,
        NOW,
    )
    assert failed == began()


LATER = {
    "it still fails: the onset stays, a result is counted": (
        FAILING,
        (essential(Sign.OVERLOADED),),
        replace(FAILING, failing_at=NOW, since_onset=Count(14, 1, 0), counted_at=NOW - 3),
    ),
    "another sign of the same class goes on": (
        FAILING,
        (essential(Sign.BAD_GATEWAY),),
        replace(
            FAILING,
            failing_at=NOW,
            sign=Sign.BAD_GATEWAY,
            since_onset=Count(14, 1, 0),
            counted_at=NOW - 3,
        ),
    ),
    "a sign of another class begins anew, the failure goes on": (
        FAILING,
        (essential(Sign.AUTHENTICATION),),
        replace(
            FAILING,
            failing_at=NOW,
            sign=Sign.AUTHENTICATION,
            sign_since=NOW - 3,
            since_onset=Count(14, 1, 0),
            counted_at=NOW - 3,
        ),
    ),
    "a success among ten and more is a stray one": (
        replace(FAILING, since_onset=Count(19, 1, 0)),
        (essential(Sign.OK),),
        replace(
            FAILING,
            since_onset=Count(20, 2, 1),
            counted_at=NOW - 3,
            standing=Standing.UP,
        ),
    ),
    "more than one success in ten ends it": (
        replace(FAILING, since_onset=Count(18, 1, 0)),
        (essential(Sign.OK),),
        SurfaceState(
            onsets=FAILING.onsets,
            counted_at=NOW - 3,
            standing=Standing.UP,
            recovered_at=NOW,
        ),
    ),
    "two successes in a row end it, however long it lasted": (
        replace(FAILING, since_onset=Count(970, 1, 1)),
        (essential(Sign.OK),),
        SurfaceState(
            onsets=FAILING.onsets,
            counted_at=NOW - 3,
            standing=Standing.UP,
            recovered_at=NOW,
        ),
    ),
    "a challenge hides it, and nothing is forgotten": (
        FAILING,
        (essential(Sign.EDGE_CHALLENGE),),
        replace(FAILING, standing=Standing.UNKNOWN),
    ),
    "what worked beside it does not end it once nothing is known": (
        replace(FAILING, since_onset=Count(19, 9, 2)),
        (essential(Sign.EDGE_CHALLENGE),),
        replace(FAILING, since_onset=Count(19, 9, 2), standing=Standing.UNKNOWN),
    ),
    "a gap in the record that is just short enough is bridged": (
        replace(FAILING, failing_at=NOW - CARRY_OVER),
        (essential(Sign.OVERLOADED),),
        replace(FAILING, failing_at=NOW, since_onset=Count(14, 1, 0), counted_at=NOW - 3),
    ),
    "a longer gap makes it a failure of its own": (
        replace(FAILING, failing_at=NOW - CARRY_OVER - 1),
        (essential(Sign.OVERLOADED),),
        began(onsets=(*FAILING.onsets, NOW - 3)),
    ),
}


@pytest.mark.parametrize(("before", "targets", "after"), LATER.values(), ids=LATER.keys())
def test_a_failing_surface_a_probe_later(before, targets, after):
    assert fold_surface(before, targets, UP, GUIDE, NOW) == after


def since(ago):
    return replace(FAILING, failing_since=NOW - ago)


CUT = NetworkState(down_since=NOW - 61)
DARK = {
    "what failed long before stays, unseen": (
        since(403),
        replace(since(403), standing=Standing.UNKNOWN),
    ),
    "what began just before our network went was already ours": (
        replace(since(61 + SETTLE - 1), onsets=(NOW - 701, NOW - 601, NOW - 403)),
        SurfaceState(onsets=(NOW - 701, NOW - 601), counted_at=FAILING.counted_at),
    ),
    "what began a settling time before was not": (
        since(61 + SETTLE),
        replace(since(61 + SETTLE), standing=Standing.UNKNOWN),
    ),
    "a slow surface is no longer known to be slow": (
        replace(KNOWN, conditions=Conditions(slow=True), degraded_since=NOW - 601),
        replace(KNOWN, standing=Standing.UNKNOWN),
    ),
}


@pytest.mark.parametrize(("before", "after"), DARK.values(), ids=DARK.keys())
def test_while_our_network_is_down_nothing_is_learnt(before, after):
    assert fold_surface(before, (essential(Sign.DNS),), CUT, GUIDE, NOW) == after
