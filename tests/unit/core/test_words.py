"""Spans of time as a person says them: two units at most, never rounded up."""

import pytest

from claude_exporter.core.words import in_words

SPOKEN = {
    "nothing measured": (None, "an unknown time"),
    "a clock that went back": (-7.0, "0 s"),
    "the last second that is told in seconds": (119.9, "119 s"),
    "two minutes": (120.0, "2 min"),
    "a breath before ten minutes is not yet ten minutes": (599.999, "9 min"),
    "ten minutes": (600.0, "10 min"),
    "the last minute that is told in minutes": (7199.0, "119 min"),
    "two hours": (7200.0, "2 h"),
    "hours and minutes": (3 * 3600 + 5 * 60 + 59, "3 h 5 min"),
    "the last minute that is told in hours": (48 * 3600 - 1, "47 h 59 min"),
    "two days": (48 * 3600, "2 d"),
    "days and hours, the minutes dropped": (52 * 3600 + 3599, "2 d 4 h"),
}


@pytest.mark.parametrize(("span", "words"), SPOKEN.values(), ids=SPOKEN.keys())
def test_a_span_reads(span, words):
    assert in_words(span) == words
