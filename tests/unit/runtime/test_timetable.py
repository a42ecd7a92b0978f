"""The grid that jobs run on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_exporter.runtime.timetable import LAG_BOUNDS, Lag, LagRecord, Timetable, phase_of

INTERVALS = st.floats(0.05, 86_400)
PHASES = st.floats(0, 1, exclude_max=True)
MOMENTS = st.floats(0, 1e7)


def test_the_phase_of_a_name_is_the_same_everywhere():
    """A change of these would move every schedule with an update."""
    assert [phase_of("web"), phase_of("api-models")] == pytest.approx(
        [0.5518669415, 0.9695666557], abs=1e-9
    )


def test_phases_spread():
    """A thousand names fill every tenth of the interval about evenly."""
    tenths = [int(phase_of(f"target-{number}") * 10) for number in range(1000)]

    assert all(70 < tenths.count(tenth) < 130 for tenth in range(10))


@given(INTERVALS, PHASES, MOMENTS)
def test_the_first_run_is_soon(interval, phase, now):
    """Data is there within the interval or 5 s, whichever is shorter."""
    first = Timetable(interval, phase, -1e9).first(now)

    assert now <= first <= now + min(interval, 5) * 1.000001


@given(INTERVALS, PHASES, MOMENTS)
def test_the_grid_never_drifts(interval, phase, now):
    """After any number of runs each one is still within 5 % of its own grid point."""
    table = Timetable(interval, phase, -1_700_000_000.0)
    due_at = table.first(now)
    start = table.after(due_at)
    due_at = start
    for number in range(1, 50):
        due_at = table.after(due_at)
        ideal = start + number * interval
        # Both ends carry jitter; a microsecond is the float's own grain at Unix seconds.
        assert abs(due_at - ideal) <= 0.1 * interval + 5e-6


@given(INTERVALS, PHASES, MOMENTS)
def test_a_restart_keeps_the_grid(interval, phase, now):
    """The moments do not depend on when the process started or what its clock reads."""
    one = Timetable(interval, phase, -1_700_000_000.0)
    other = Timetable(interval, phase, -1_700_000_000.0 + 1009)
    due_at = one.after(one.after(now))

    due_at = one.after(due_at)
    same = other.after(due_at - interval + 1009)

    assert same - 1009 == pytest.approx(due_at, abs=1e-5)


@given(INTERVALS, PHASES, MOMENTS)
def test_the_second_run_keeps_its_distance(interval, phase, now):
    """From the first run to the grid it takes about half an interval up to one and a half."""
    table = Timetable(interval, phase, -1_700_000_000.0)
    first = table.first(now)

    assert 0.44 * interval <= table.after(first) - first <= 1.56 * interval


@pytest.mark.parametrize(
    ("interval", "late", "missed"),
    [
        pytest.param(30, 2.4, False, id="a busy loop is only late"),
        pytest.param(30, 2.5, True, id="a machine that stood still missed it"),
        pytest.param(1, 0.4, False, id="a short interval bears less"),
        pytest.param(1, 0.5, True, id="half a short interval is a miss"),
    ],
)
def test_missed(interval, late, missed):
    """Half the interval, or half of 5 s, is the line between late and missed."""
    assert Timetable(interval, 0.5, 0).is_missed(1009, 1009 + late) is missed


def test_lag():
    """A lag on a bound counts below it; the last count is that of all starts."""
    record = LagRecord()
    for lag in (0.0, 0.001, 0.3, 7.0):
        record.add(lag)

    assert record.read() == Lag(
        bounds=LAG_BOUNDS, counts=(2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 4), sum=7.301
    )
