"""What happened to real requests: the strongest evidence there is of a surface."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from .guide import Guide
from .model import CLASS_OF_SIGN, Sign, SignClass, Standing

ENOUGH: Final = 2
"""Failures in a row that make a surface fail: one alone may be anything."""

CLOCK_AHEAD: Final = 60.0
"""Seconds that another program's clock may be ahead of ours."""

_TELLING: Final = frozenset(
    {SignClass.SERVER, SignClass.NETWORK, SignClass.ACCOUNT, SignClass.LIMIT}
)


@dataclass(frozen=True, slots=True)
class Request:
    """One real request that ended at a moment in Unix seconds; `model` is None where untold."""

    at: float
    sign: Sign = Sign.OK
    model: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RealUse:
    """
    What the requests of the guide's window say now.

    They fail where ENOUGH in a row failed and the last one is recent; they succeed where the latest
    one did, not long ago. `since` is when the row of failures began.
    """

    failures: int = 0
    successes: int = 0
    standing: Standing = Standing.UNKNOWN
    sign: Sign = Sign.OK
    since: float = 0.0
    failing_models: frozenset[str] = frozenset()


UNUSED: Final = RealUse()


def is_telling(sign: Sign) -> bool:
    """Whether a failure with *sign* says something of the service or of the way to it."""
    # What nobody could name may be anything, and a request that is wrong is wrong anywhere.
    return CLASS_OF_SIGN[sign] in _TELLING and sign is not Sign.UNEXPECTED


def real_use(requests: Iterable[Request], guide: Guide, now: float) -> RealUse:
    """Judge *requests*, in any order; what is too old, or tells nothing, is left out."""
    oldest = now - guide.thresholds["intermittent_window"]
    recent = sorted(
        (
            each
            for each in requests
            if oldest < each.at <= now + CLOCK_AHEAD
            and (each.sign is Sign.OK or is_telling(each.sign))
        ),
        key=lambda each: each.at,
    )
    row = _failing_row(recent, guide, now)
    successes = [each.at for each in recent if each.sign is Sign.OK]
    counted = RealUse(failures=len(recent) - len(successes), successes=len(successes))
    if row:
        sign = Counter(each.sign for each in row).most_common(1)[0][0]
        return replace(counted, standing=Standing.DOWN, sign=sign, since=row[0].at)
    latest_succeeded = bool(recent) and recent[-1].sign is Sign.OK
    fresh = latest_succeeded and now - recent[-1].at < guide.thresholds["settle"]
    return replace(
        counted,
        standing=Standing.UP if fresh else Standing.UNKNOWN,
        failing_models=_failing_models(recent, guide, now),
    )


def _failing_row(recent: Sequence[Request], guide: Guide, now: float) -> list[Request]:
    """The failures since the last success, each soon after the one before; empty if too few."""
    patience, row = guide.thresholds["real_failure"], list[Request]()
    for each in recent:
        if each.sign is Sign.OK or (row and each.at - row[-1].at > patience):
            row = []
        if each.sign is not Sign.OK:
            row.append(each)
    return row if len(row) >= ENOUGH and now - row[-1].at < patience else []


def _failing_models(recent: Sequence[Request], guide: Guide, now: float) -> frozenset[str]:
    """Models that fail while a request of another one has succeeded since."""
    found = set()
    for model in {each.model for each in recent if each.model is not None}:
        row = _failing_row([each for each in recent if each.model == model], guide, now)
        others = (each for each in recent if each.sign is Sign.OK and each.model != model)
        if row and any(each.at > row[0].at for each in others):
            found.add(model)
    return frozenset(found)
