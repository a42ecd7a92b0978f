"""Durations and sizes carry their unit; what is written reads back as the same number."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_exporter import config
from claude_exporter.config.durations import format_duration, parse_duration
from claude_exporter.config.sizes import format_size, parse_size

DURATIONS = {
    "seconds": ("37s", 37.0),
    "units add up": ("1m30s", 90.0),
    "all units": ("1d2h3m5s7ms", 93785.007),
    "a fraction is exact": ("0.1s", 0.1),
    "milliseconds": ("500ms", 0.5),
    "more than 59 of a unit": ("90m", 5400.0),
    "nothing": ("0s", 0.0),
}
NO_DURATIONS = {
    "a bare number": ("30", "; add a unit, as in 30s"),
    "a bare fraction": ("0.5", "; add a unit, as in 0.5s"),
    "no number": ("s", ""),
    "nothing": ("", ""),
    "a space": ("30 s", ""),
    "a sign": ("-30s", ""),
    "an unknown unit": ("2w", ""),
    "units in the wrong order": ("30s1m", ""),
    "a unit twice": ("1s2s", ""),
    "a line end": ("30s\n", ""),
    "other scripts' digits": ("\u0663\u0660s", ""),
    "no digit after the point": ("1.s", ""),
    "a number beyond reason": ("1234567890s", ""),
}
SIZES = {
    "bytes": ("100B", 100),
    "powers of two": ("5MiB", 5 * 2**20),
    "powers of ten": ("512KB", 512_000),
    "giga": ("3GiB", 3 * 2**30),
}
NO_SIZES = {
    "a bare number": ("100", "; add a unit, as in 100B"),
    "a fraction": ("1.5MiB", ""),
    "small letters": ("5mib", ""),
    "a space": ("5 MiB", ""),
    "a line end": ("5MiB\n", ""),
}


@pytest.mark.parametrize(("text", "seconds"), DURATIONS.values(), ids=DURATIONS)
def test_parse_duration(text, seconds):
    """A duration is the sum of its parts."""
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(("text", "hint"), NO_DURATIONS.values(), ids=NO_DURATIONS)
def test_no_duration(text, hint):
    """Anything else is refused with an example, a bare number with the unit it lacks."""
    with pytest.raises(ValueError, match="expected") as caught:
        parse_duration(text)

    assert str(caught.value) == f"expected a duration like 30s or 1m30s, not {text!r}{hint}"


@given(st.floats(min_value=0, max_value=1e9))
def test_durations_round_trip(seconds):
    """Any number of seconds reads back exactly as it was written."""
    if 0 < seconds < 1e-15:
        return  # below a femtosecond nothing is written down
    assert parse_duration(format_duration(seconds)) == seconds


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0s"),
        (0.05, "50ms"),
        (90.0, "1m30s"),
        (3600.0, "1h"),
        (1.5, "1.5s"),
        (60.25, "1m250ms"),
    ],
)
def test_format_duration(seconds, text):
    """A duration is written as a person would."""
    assert format_duration(seconds) == text


@pytest.mark.parametrize(("text", "size"), SIZES.values(), ids=SIZES)
def test_parse_size(text, size):
    """A size is a whole number of its unit."""
    assert parse_size(text) == size


@pytest.mark.parametrize(("text", "hint"), NO_SIZES.values(), ids=NO_SIZES)
def test_no_size(text, hint):
    """Anything else is refused with an example."""
    with pytest.raises(ValueError, match="expected") as caught:
        parse_size(text)

    assert str(caught.value) == f"expected a size like 5MiB or 512KB, not {text!r}{hint}"


@given(st.integers(min_value=0, max_value=2**39))
def test_sizes_round_trip(size):
    """Any size reads back exactly as it was written."""
    assert parse_size(format_size(size)) == size


def test_durations_alone_are_quick():
    """Whoever wants only durations does not load pydantic with them."""
    script = (
        "import sys; from claude_exporter.config.durations import parse_duration;"
        "sys.exit('pydantic' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_names_of_the_package():
    """The package's names are those of its modules; another name is an AttributeError."""
    assert [name for name in config.__all__ if not hasattr(config, name)] == []
    assert not hasattr(config, "nothing")
