"""What is remembered of one target."""

from dataclasses import replace

import pytest
from support.seen import FRESH_FOR, NOW, result, tracked

from claude_exporter.core.model import Sign, Standing
from claude_exporter.core.target_state import (
    BUCKETS,
    Slice,
    TargetState,
    fold_target,
    standing_of,
    success_share,
)

WINDOW = 900.0
NUMBER = int(NOW // 60)


def test_the_bounds_of_the_histogram_are_those_that_dashboards_know():
    """A changed bound breaks every recorded series."""
    assert BUCKETS == (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


def counts(place):
    return tuple(int(place == number) for number in range(len(BUCKETS) + 1))


def test_totals_grow_and_the_last_result_is_kept():
    """Three results, whole values after each."""
    first, second, third = result(), result(sign=Sign.TIMEOUT), result(sign=Sign.TIMEOUT)
    states = [fold_target(TargetState(), first, WINDOW)]
    states.append(fold_target(states[-1], second, WINDOW))
    states.append(fold_target(states[-1], third, WINDOW))
    assert [(s.last, s.attempts, s.failures, s.recent) for s in states] == [
        (first, 1, {}, (Slice(NUMBER, 1, 1),)),
        (second, 2, {Sign.TIMEOUT: 1}, (Slice(NUMBER, 2, 1),)),
        (third, 3, {Sign.TIMEOUT: 2}, (Slice(NUMBER, 3, 1),)),
    ]
    assert states[-1].buckets == tuple(3 * count for count in counts(3))
    assert states[-1].duration_sum == pytest.approx(0.3)


DURATIONS = {
    "shorter than every bound": (0.001, 0),
    "a bound belongs to its bucket": (0.025, 1),
    "just over a bound belongs to the next": (0.0251, 2),
    "the last bound": (10.0, 9),
    "longer than every bound": (10.1, 10),
}


@pytest.mark.parametrize(("duration", "place"), DURATIONS.values(), ids=DURATIONS.keys())
def test_a_duration_is_counted_once(duration, place):
    state = fold_target(TargetState(), replace(result(), duration=duration), WINDOW)
    assert (state.buckets, state.duration_sum) == (counts(place), duration)


RECORDS = {
    "a challenge is not in the record": (
        (Slice(NUMBER, 3, 2),),
        result(sign=Sign.EDGE_CHALLENGE),
        (Slice(NUMBER, 3, 2),),
    ),
    "a new slice begins": (
        (Slice(NUMBER - 1, 3, 2),),
        result(sign=Sign.TIMEOUT),
        (Slice(NUMBER - 1, 3, 2), Slice(NUMBER, 1, 0)),
    ),
    "what left the window is dropped": (
        (Slice(NUMBER - 15, 3, 2), Slice(NUMBER - 14, 5, 1)),
        result(),
        (Slice(NUMBER - 14, 5, 1), Slice(NUMBER, 1, 1)),
    ),
}


@pytest.mark.parametrize(("before", "seen", "after"), RECORDS.values(), ids=RECORDS.keys())
def test_the_recent_record(before, seen, after):
    assert fold_target(TargetState(recent=before), seen, WINDOW).recent == after


def test_the_share_of_successes_counts_every_target_within_the_window():
    one = TargetState(recent=(Slice(NUMBER - 15, 90, 0), Slice(NUMBER - 14, 3, 2)))
    two = TargetState(recent=(Slice(NUMBER, 5, 5),))
    assert success_share((one, two), NOW, WINDOW) == 7 / 8
    assert success_share((), NOW, WINDOW) is None


STANDINGS = {
    "never probed": (tracked(sign=None), 0.0, Standing.UNKNOWN),
    "just young enough": (tracked(ago=FRESH_FOR), 0.0, Standing.UP),
    "too old": (tracked(ago=FRESH_FOR + 0.5), 0.0, Standing.UNKNOWN),
    "from the moment it must not be older than": (tracked(ago=5), NOW - 5, Standing.UP),
    "from before that moment": (tracked(ago=6), NOW - 5, Standing.UNKNOWN),
    "failed": (tracked(sign=Sign.DNS), 0.0, Standing.DOWN),
    "stopped by an edge": (tracked(sign=Sign.EDGE_CHALLENGE), 0.0, Standing.UNKNOWN),
}


@pytest.mark.parametrize(
    ("target", "not_before", "standing"), STANDINGS.values(), ids=STANDINGS.keys()
)
def test_what_is_known_of_a_target(target, not_before, standing):
    assert standing_of(target, NOW, not_before) is standing
