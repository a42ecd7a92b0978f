"""What the keyed probes of one target have measured since the start."""

from __future__ import annotations

from bisect import bisect_left
from typing import Final

from claude_exporter.core.model import ApiFacts

BOUNDS: Final = (0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 30.0)
"""Upper bounds of the histogram of the time to the first token, in seconds."""


class FirstTokens:
    """A histogram of the time to the first token; `counts` are of each bucket alone."""

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS) + 1)
        self.sum = 0.0

    def add(self, facts: ApiFacts) -> None:
        """Count a message whose first token came."""
        if facts.first_token is None:
            return
        self.counts[bisect_left(BOUNDS, facts.first_token)] += 1
        self.sum += facts.first_token
