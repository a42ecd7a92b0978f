"""How long a page is left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_exporter.sources.pacing import backoff, poll_delay

BACKOFFS = {
    "the first refusal doubles the interval": ((61.0, 1, None), 122.0),
    "the third is eight intervals": ((61.0, 3, None), 488.0),
    "never more than 15 minutes by itself": ((61.0, 4, None), 900.0),
    "a slow page keeps its interval": ((1801.0, 3, None), 1801.0),
    "any number of refusals": ((61.0, 10**9, None), 900.0),
    "what was asked for counts where it is more": ((61.0, 1, 3600.0), 3600.0),
    "what was asked for does not shorten": ((61.0, 1, 7.0), 122.0),
}


@pytest.mark.parametrize(("facts", "seconds"), BACKOFFS.values(), ids=BACKOFFS)
def test_backoff(facts, seconds):
    """Refusals double the wait between two bounds."""
    assert backoff(*facts) == seconds


DELAYS = {
    "the earliest is a tenth early": ((60.0, 0.0, 0.0), 54.0),
    "the middle is the interval": ((60.0, 0.0, 0.5), 60.0),
    "the latest is a tenth late": ((60.0, 0.0, 1.0), 66.0),
    "what was asked for is never cut short": ((60.0, 120.0, 0.0), 120.0),
    "what was asked for is stretched by a tenth": ((60.0, 120.0, 1.0), 132.0),
    "what is less than the interval changes nothing": ((60.0, 7.0, 0.5), 60.0),
}


@pytest.mark.parametrize(("facts", "seconds"), DELAYS.values(), ids=DELAYS)
def test_delay(facts, seconds):
    """The interval varies by a tenth, what was asked for only upwards."""
    assert poll_delay(*facts) == pytest.approx(seconds)


@given(
    interval=st.floats(1, 86400),
    asked=st.floats(0, 3600),
    fraction=st.floats(0, 1),
)
def test_a_delay_is_never_less_than_asked(interval, asked, fraction):
    """Whatever the numbers, nobody is asked before they allow it nor much too early or late."""
    delay = poll_delay(interval, asked, fraction)

    assert max(asked, 0.89 * interval) <= delay <= 1.11 * max(interval, asked)
