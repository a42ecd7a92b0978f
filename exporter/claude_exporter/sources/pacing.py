"""How long to wait before a page is asked again. Pure."""

from __future__ import annotations

from typing import Final

BACKOFF_LIMIT: Final = 900.0
JITTER: Final = 0.1


def backoff(interval: float, refusals: int, retry_after: float | None = None) -> float:
    """Seconds to stay away after so many refusals in a row: doubling, and never less than asked."""
    doubled = interval * 2.0 ** min(refusals, 20)
    return max(min(doubled, max(BACKOFF_LIMIT, interval)), retry_after or 0.0)


def poll_delay(interval: float, asked: float, fraction: float) -> float:
    """
    Seconds to the next poll, where *asked* is what the page itself wants (0: nothing).

    *fraction* is a random number from 0 to 1: the interval varies by a tenth either way, what was
    asked for is only ever stretched.
    """
    jittered = interval * (1 - JITTER + 2 * JITTER * fraction)
    return max(jittered, asked * (1 + JITTER * fraction))
