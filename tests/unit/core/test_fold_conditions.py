"""What may be wrong with a surface that does not fail: slow, partly broken, on and off."""

from dataclasses import replace

import pytest
from support.seen import FRESH_FOR, NOW, essential, tracked

from claude_exporter.core.fold import Conditions, Count, NetworkState, SurfaceState, fold_surface
from claude_exporter.core.guide import shipped_guide
from claude_exporter.core.model import Sign, Standing
from claude_exporter.core.target_state import Slice

GUIDE = shipped_guide()
WINDOW = GUIDE.thresholds["intermittent_window"]
UP = NetworkState()
KNOWN = SurfaceState(standing=Standing.UP, counted_at=NOW - 31)

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
    "a target that was never probed counts nothing": (
        (essential(Sign.OK), tracked("new", None)),
        replace(KNOWN, since_onset=Count(1, 1, 1), counted_at=NOW - 3),
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
    "a slow answer that is too old to be known makes nothing slow": (
        (essential(Sign.OK), tracked("extra", Sign.SLOW, FRESH_FOR + 1, essential=False)),
        replace(KNOWN, since_onset=Count(1, 1, 1), counted_at=NOW - 3),
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


def test_a_recovering_surface_is_still_failing_and_not_degraded():
    """It answers again, slowly, but has not yet recovered: one trouble at a time."""
    failing = replace(KNOWN, failing_since=NOW - 601, since_onset=Count(20, 0, 0))
    after = fold_surface(failing, (essential(Sign.SLOW),), UP, GUIDE, NOW)
    assert (after.standing, after.failing_since) == (Standing.UP, NOW - 601)
    assert (after.conditions, after.degraded_since) == (Conditions(), None)


def test_what_failed_before_our_network_came_back_says_nothing():
    back = NetworkState(recovered_at=NOW - 10)
    extra = essential(Sign.TIMEOUT, 11.0, "extra", essential=False)
    assert fold_surface(KNOWN, (essential(Sign.OK), extra), back, GUIDE, NOW).conditions == (
        Conditions()
    )


def test_a_degradation_keeps_its_beginning_and_loses_it_when_it_is_over():
    slow = replace(KNOWN, conditions=Conditions(slow=True), degraded_since=NOW - 601)
    lasting = fold_surface(slow, (essential(Sign.SLOW),), UP, GUIDE, NOW)
    assert (lasting.conditions, lasting.degraded_since) == (Conditions(slow=True), NOW - 601)
    over = fold_surface(slow, (essential(Sign.OK),), UP, GUIDE, NOW)
    assert (over.conditions, over.degraded_since) == (Conditions(), None)


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
