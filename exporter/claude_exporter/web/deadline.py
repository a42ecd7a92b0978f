"""How long a probe that Prometheus asked for may take."""

from __future__ import annotations

from math import isfinite
from typing import Final

HEADER: Final = "X-Prometheus-Scrape-Timeout-Seconds"
OFFSET: Final = 0.5
"""Seconds of the scrape's own time that are kept for the answer; half of it, where it is less."""


def probe_timeout(own: float, scrape: str | None) -> float:
    """
    Seconds for a probe whose target allows *own*, in a scrape that says *scrape*.

    The answer has to arrive before Prometheus gives up. Raises ValueError for what is no positive
    number of seconds.
    """
    if scrape is None:
        return own
    try:
        seconds = float(scrape)
    except ValueError:
        seconds = float("nan")
    if not (isfinite(seconds) and seconds > 0):
        raise ValueError(f"{HEADER}: expected a positive number of seconds, not {scrape[:40]!r}")
    return min(own, max(seconds - OFFSET, seconds / 2))
