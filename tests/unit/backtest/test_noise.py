"""Noise is drawn at its rates, always the same for the same seed, and told in plain words."""

from __future__ import annotations

from collections import Counter

import pytest

from claude_exporter.backtest.noise import (
    MONTH,
    SEVERITY,
    SILENCE,
    Cause,
    Noise,
    noise_of,
    noise_troubles,
    severity_of,
)
from claude_exporter.core.page_model import Impact


def test_the_rates_are_kept() -> None:
    """Over a hundred months, each kind comes about as often as asked for."""
    noise = Noise(blips=10, network=3, path=2, account=1, challenges=5, slow=7, page=2)
    found = Counter(it.cause for it in noise_troubles(noise, 0, 100 * MONTH, 0, 7))
    wanted = {"blip": 1000, "network": 300, "path": 200, "account": 100}
    wanted |= {"challenge": 500, "slow": 700, "page": 200}
    assert {str(cause): count for cause, count in found.items()} == pytest.approx(wanted, rel=0.2)


def test_a_blip_is_one_to_three_probes_long() -> None:
    """In whole probe intervals, so that exactly so many probes fail."""
    blips = noise_troubles(Noise(blips=100), 0, MONTH, 0, 7)
    lengths = {round(it.end - it.start) for it in blips if it.cause is Cause.BLIP}
    assert lengths == {30, 60, 90}


def test_each_vantage_has_noise_of_its_own_and_always_the_same() -> None:
    """Another vantage more changes nothing for the first."""
    first, again, other = (list(noise_troubles(Noise(), 0, MONTH, v, 7)) for v in (0, 0, 1))
    assert first == again
    assert [it.start for it in first] != [it.start for it in other]


def test_noise_and_severity_are_said_over_their_defaults() -> None:
    """Only what is named changes."""
    assert noise_of("blips=3,path=0") == Noise(blips=3, path=0)
    assert noise_of("none") == SILENCE
    assert severity_of("minor=0.5") == {**SEVERITY, Impact.MINOR: 0.5}


WRONG = {
    "an unknown kind of noise": (noise_of, "rain=3", "expected one of blips, network, path"),
    "no number": (noise_of, "blips=often", "blips: expected a rate per 30 days from 0 to 1000"),
    "below zero": (noise_of, "slow=-1", "slow: expected a rate per 30 days from 0 to 1000"),
    "an unknown impact": (severity_of, "huge=1", "expected one of none, minor, major"),
    "a share over one": (severity_of, "minor=1.5", "minor: expected a share over 0 and up to 1"),
}


@pytest.mark.parametrize(("read", "text", "message"), WRONG.values(), ids=WRONG)
def test_mistakes_are_told(read, text: str, message: str) -> None:
    """What was wanted and what was found."""
    with pytest.raises(ValueError, match=message):
        read(text)
