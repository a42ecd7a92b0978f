"""What the user's own requests say about Claude Code: the strongest evidence there is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from claude_exporter.claude_code.counters import Counters
from claude_exporter.core.model import CLASS_OF_SIGN, Sign, SignClass, Surface

WINDOW: Final = 300.0
"""Seconds for which a failure counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalEvidence:
    """
    What happened to real requests in the last five minutes (Unix seconds).

    `failures` are those by Claude's fault that a user saw, after all retries; `signs` has them by
    sign, `sign` is the most frequent. `successes` are requests that were answered; 0 may also mean
    that no source tells of them.
    """

    surface: Surface
    failures: int
    successes: int
    signs: Mapping[Sign, int]
    sign: Sign | None = None
    first_at: float | None = None
    last_at: float | None = None


def local_evidence(counters: Counters, now: float) -> Mapping[Surface, LocalEvidence]:
    """The evidence per surface; only `code` can have any, and has it even where it is all zero."""
    recent = counters.ledger.since(now - WINDOW, now)
    failures = [(at, sign) for at, sign in recent if _is_servers(sign)]
    signs = Counter(sign for _, sign in failures)
    moments = [at for at, _ in failures]
    found = LocalEvidence(
        surface=Surface.CODE,
        failures=len(failures),
        successes=sum(1 for at in counters.successes if now - WINDOW < at <= now + 60.0),
        signs=dict(signs),
        sign=signs.most_common(1)[0][0] if signs else None,
        first_at=min(moments, default=None),
        last_at=max(moments, default=None),
    )
    return {Surface.CODE: found}


def _is_servers(sign: Sign) -> bool:
    # What Claude Code could not name may be anything, our own network too: that is no evidence.
    return CLASS_OF_SIGN[sign] is SignClass.SERVER and sign is not Sign.UNEXPECTED
