"""What is remembered of our network and of a surface, value by value."""

from dataclasses import replace

import pytest
from support.seen import FRESH_FOR, NOW, control, tracked

from claude_exporter.core.fold import (
    Conditions,
    Count,
    NetworkState,
    SurfaceState,
    fold_network,
    fold_surface,
)
from claude_exporter.core.guide import shipped_guide
from claude_exporter.core.model import Sign, Standing
from claude_exporter.core.target_state import Slice

GUIDE = shipped_guide()
SETTLE = GUIDE.thresholds["settle"]
CARRY_OVER = GUIDE.thresholds["carry_over"]
WINDOW = GUIDE.thresholds["intermittent_window"]
UP = NetworkState()
DOWN = NetworkState(down_since=NOW - 61, recovered_at=NOW - 997)
CUT_OFF = (control("one", Sign.DNS), control("two", Sign.TIMEOUT))

NETWORKS = {
    "no control host at all: nothing can be said of our network": (
        UP,
        (tracked("api", Sign.DNS),),
        UP,
    ),
    "every control host fails: down from now": (UP, CUT_OFF, NetworkState(down_since=NOW)),
    "what was known of the last recovery stays known": (
        NetworkState(recovered_at=NOW - 997),
        CUT_OFF,
        NetworkState(down_since=NOW, recovered_at=NOW - 997),
    ),
    "still down: since when it began": (DOWN, CUT_OFF, DOWN),
    "one control host answers": (UP, (CUT_OFF[0], control("two")), UP),
    "one control host was never probed": (UP, (CUT_OFF[0], control("two", None)), UP),
    "one control host's answer is too old to say anything": (
        UP,
        (CUT_OFF[0], control("two", Sign.DNS, FRESH_FOR + 0.1)),
        UP,
    ),
    "an answer just young enough says it": (
        UP,
        (CUT_OFF[0], control("two", Sign.DNS, FRESH_FOR)),
        NetworkState(down_since=NOW),
    ),
    "Claude answers: a firewall blocks the control hosts alone": (
        UP,
        (*CUT_OFF, tracked("api")),
        UP,
    ),
    "Claude fails as well": (
        UP,
        (*CUT_OFF, tracked("api", Sign.DNS)),
        NetworkState(down_since=NOW),
    ),
    "a control host answers again: recovered now": (
        DOWN,
        (CUT_OFF[0], control("two")),
        NetworkState(recovered_at=NOW),
    ),
    "Claude answers again: recovered now": (
        DOWN,
        (*CUT_OFF, tracked("api")),
        NetworkState(recovered_at=NOW),
    ),
    "nothing is known any more: it stays as it was": (DOWN, (control("one", None),), DOWN),
}


@pytest.mark.parametrize(("before", "targets", "after"), NETWORKS.values(), ids=NETWORKS.keys())
def test_our_network(before, targets, after):
    assert fold_network(before, targets, NOW) == after


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


def essential(sign, ago=3.0, name="api", **more):
    return tracked(name, sign, ago, **more)


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


QUIET = {
    "two targets of one part, one works": (
        (essential(Sign.OVERLOADED), essential(Sign.OK, 2.0, "other")),
        replace(
            KNOWN,
            since_onset=Count(attempts=2, successes=1, streak=1),
            counted_at=NOW - 2,
            conditions=Conditions(partial=True),
            degraded_since=NOW,
        ),
    ),
    "a challenge says neither up nor down and is not counted": (
        (essential(Sign.EDGE_CHALLENGE),),
        replace(KNOWN, standing=Standing.UNKNOWN),
    ),
    "no target at all": ((), replace(KNOWN, standing=Standing.UNKNOWN)),
    "a result that was counted before is not counted again": (
        (essential(Sign.OK, 31.0),),
        KNOWN,
    ),
    "successes follow each other": (
        (essential(Sign.OK, 5.0), essential(Sign.OK, 3.0, "other")),
        replace(KNOWN, since_onset=Count(2, 2, 2), counted_at=NOW - 3),
    ),
    "results are counted in the order they began, whatever the order of the targets": (
        (essential(Sign.OK, 3.0), essential(Sign.TIMEOUT, 5.0, "other")),
        replace(
            KNOWN,
            since_onset=Count(2, 1, 1),
            counted_at=NOW - 3,
            conditions=Conditions(partial=True),
            degraded_since=NOW,
        ),
    ),
    "a target that is not essential fails: partly broken, not failing": (
        (essential(Sign.OK), essential(Sign.TIMEOUT, 3.0, "extra", essential=False)),
        replace(
            KNOWN,
            since_onset=Count(1, 1, 1),
            counted_at=NOW - 3,
            conditions=Conditions(partial=True),
            degraded_since=NOW,
        ),
    ),
    "it answers, slowly": (
        (essential(Sign.SLOW),),
        replace(
            KNOWN,
            since_onset=Count(1, 1, 1),
            counted_at=NOW - 3,
            conditions=Conditions(slow=True),
            degraded_since=NOW,
        ),
    ),
    "one model fails, another answers: that is no degradation of the surface": (
        (
            essential(Sign.OK),
            essential(Sign.OK, 3.0, "big", essential=False, model="big"),
            essential(Sign.OVERLOADED, 3.0, "small", essential=False, model="small"),
        ),
        replace(
            KNOWN,
            since_onset=Count(1, 1, 1),
            counted_at=NOW - 3,
            conditions=Conditions(one_model=True),
        ),
    ),
    "every model fails: that is not one model": (
        (
            essential(Sign.OK),
            essential(Sign.OVERLOADED, 3.0, "small", essential=False, model="small"),
        ),
        replace(KNOWN, since_onset=Count(1, 1, 1), counted_at=NOW - 3),
    ),
}


@pytest.mark.parametrize(("targets", "after"), QUIET.values(), ids=QUIET.keys())
def test_a_surface_that_does_not_fail(targets, after):
    assert fold_surface(KNOWN, targets, UP, GUIDE, NOW) == after


def test_a_degradation_keeps_its_beginning_and_loses_it_when_it_is_over():
    slow = replace(KNOWN, conditions=Conditions(slow=True), degraded_since=NOW - 601)
    lasting = fold_surface(slow, (essential(Sign.SLOW),), UP, GUIDE, NOW)
    assert (lasting.conditions, lasting.degraded_since) == (Conditions(slow=True), NOW - 601)
    over = fold_surface(slow, (essential(Sign.OK),), UP, GUIDE, NOW)
    assert (over.conditions, over.degraded_since) == (Conditions(), None)


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
        since(61 + SETTLE - 1),
        SurfaceState(onsets=FAILING.onsets[:-1], counted_at=FAILING.counted_at),
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


WIDTH = WINDOW / 15
NUMBER = int(NOW // WIDTH)
SPELLS = (NOW - 601, NOW - 401, NOW - 201)


def now_and_then(successes, attempts=20, slices_ago=2, **more):
    return tracked(
        "api", Sign.OK, 3.0, recent=(Slice(NUMBER - slices_ago, attempts, successes),), **more
    )


FLAPS = {
    "three spells and half of the answers": (SPELLS, now_and_then(10), True),
    "one answer in ten, the least that is on and off": (SPELLS, now_and_then(2), True),
    "one answer in twenty is failing": (SPELLS, now_and_then(1), False),
    "nine in ten, the most": (SPELLS, now_and_then(18), True),
    "nineteen in twenty is fine": (SPELLS, now_and_then(19), False),
    "two spells are too few": (SPELLS[1:], now_and_then(10), False),
    "a spell that left the window does not count": (
        (NOW - WINDOW, *SPELLS[1:]),
        now_and_then(10),
        False,
    ),
    "an answer that left the window does not count": (
        SPELLS,
        now_and_then(10, slices_ago=15),
        False,
    ),
    "nothing was counted": (SPELLS, tracked("api", Sign.OK, 3.0), False),
    "what is not essential does not make it": (
        SPELLS,
        now_and_then(10, essential=False),
        False,
    ),
}


@pytest.mark.parametrize(("onsets", "target", "found"), FLAPS.values(), ids=FLAPS.keys())
def test_on_and_off(onsets, target, found):
    steady = essential(Sign.OK, 3.0, "steady")
    state = fold_surface(replace(KNOWN, onsets=onsets), (target, steady), UP, GUIDE, NOW)
    assert state.conditions == Conditions(intermittent=found)
