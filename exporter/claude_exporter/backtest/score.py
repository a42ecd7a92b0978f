"""What a replay was worth: outages caught and how soon, and pages that nobody could act on."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from statistics import median
from typing import Final

from claude_exporter.core.model import WATCHED, Action, Surface
from claude_exporter.rules.alerting import alert_table

from .attention import JUDGE_EVERY
from .confusion import SETTLED, Stories, hours_of, stories_of
from .history import Outage
from .noise import MONTH, Cause, Trouble
from .replay import Change, Replayed
from .vantage import INTERVAL, JITTER, Setup

LONG: Final = 600.0
"""An outage longer than this must be caught."""

PROMPT: Final = LONG + INTERVAL + JITTER + JUDGE_EVERY
"""By when: ten minutes, one probe interval with its jitter, and one judgement."""

_AFTERMATH: Final = 900.0


class Ending(StrEnum):
    """What became of an outage, as far as a page to a person goes."""

    PAGED_FIRST = "paged before the page spoke"
    PAGED_LATER = "paged after the page spoke"
    ACKNOWLEDGED = "never: acknowledged first"
    OVER = "never: over within 10 min"
    UNSEEN = "never: not seen failing"
    BROKEN_UP = "never: too much of it worked"


class Reason(StrEnum):
    """Whether a page could be acted on, and why not."""

    OUTAGE = "an outage"
    ACCOUNT = "our account refused"
    AFTER = "outage already over"
    NETWORK = "our own network"
    NOISE = "noise only"


_THEIRS: Final = (Action.WAIT, Action.ESCALATE)
"""What is said of an outage: wait, or somebody must act; never that it is our own set-up."""

USELESS: Final = (Reason.AFTER, Reason.NETWORK, Reason.NOISE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was said of one outage, in seconds from its start; None is never."""

    outage: Outage
    seen_after: float | None
    waited_after: float | None
    paged_after: float | None
    told_after: float | None
    overlapping: bool
    masked: bool
    prompt: bool
    ending: Ending

    @property
    def required(self) -> bool:
        """Whether it is one of those that must be caught: long, and of a whole surface."""
        return self.outage.duration > LONG and bool(self.outage.surfaces)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One message that somebody must act; only an `urgent` one wakes a person."""

    at: float
    surface: Surface
    row: str
    reason: Reason
    urgent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """All of it. `hours` are by what was true and which row was said of it."""

    findings: Sequence[Finding]
    pages: Sequence[Page]
    hours: Mapping[tuple[str, str], float]
    months: float
    played: int
    cycles: int

    def per_month(self, *, urgent: bool) -> float:
        """Pages, or messages that are less urgent, per 30 days."""
        return sum(page.urgent is urgent for page in self.pages) / self.months

    def useless_per_month(self, *reasons: Reason) -> float:
        """Pages that nobody could act on, per 30 days; all reasons where none is given."""
        wanted = reasons or USELESS
        return sum(page.urgent and page.reason in wanted for page in self.pages) / self.months


def score_of(setup: Setup, outages: Iterable[Outage], replayed: Replayed) -> Score:
    """Hold what was said against what was true. Outages beyond the probes' reach are left out."""
    models = any(target.model is not None for target in setup.targets)
    stories = stories_of(replayed.changes)
    reached = [it for it in outages if it.surfaces or (models and it.models)]
    pages = _pages(replayed.changes, setup.troubles)
    return Score(
        findings=[_finding(it, reached, stories, setup.troubles) for it in reached],
        pages=pages,
        hours=hours_of(setup, reached, stories),
        months=(setup.span.end - setup.span.begin) / MONTH,
        played=replayed.played,
        cycles=replayed.cycles,
    )


def _finding(
    outage: Outage, outages: Sequence[Outage], stories: Stories, troubles: Sequence[Trouble]
) -> Finding:
    def earliest(surfaces: Iterable[Surface], wanted: Callable[[Change], bool]) -> float | None:
        found = [
            story.first(outage.start, outage.end, wanted)
            for surface in surfaces
            for story in stories[surface]
        ]
        return min((at - outage.start for at in found if at is not None), default=None)

    own = sorted(outage.watched)
    seen = earliest(own, lambda it: it.action is not Action.NONE)
    paged = earliest(own, _pages_somebody)
    told = earliest(own, lambda it: it.acknowledged)
    # What is escalated already, by an outage before, need not be told to wait first.
    waits = [earliest([each], lambda it: it.action in _THEIRS) for each in own]
    handled = [earliest([each], lambda it: it.acknowledged or _pages_somebody(it)) for each in own]
    begun = [it for it in outages if it.start < outage.start <= it.end + SETTLED]
    return Finding(
        outage=outage,
        seen_after=seen,
        waited_after=earliest(own, lambda it: it.action is Action.WAIT),
        paged_after=paged,
        told_after=told,
        overlapping=any(_shared(it, outage) for it in begun),
        masked=any(_masks(it, outage) for it in troubles),
        prompt=_within(waits, LONG) and _within(handled, PROMPT),
        ending=_ending(outage, seen, paged, told),
    )


_PAGING: Final = frozenset(
    row
    for entry in alert_table().values()
    if entry["severity"] == "critical"
    for row in entry["rows"]
)
"""The rows whose alert wakes somebody; what else escalates is a message in the chat."""


def _pages_somebody(change: Change) -> bool:
    return change.row in _PAGING


def _within(moments: Iterable[float | None], limit: float) -> bool:
    return all(moment is not None and moment <= limit for moment in moments)


def _shared(one: Outage, other: Outage) -> bool:
    return bool(one.watched & other.watched)


def _masks(trouble: Trouble, outage: Outage) -> bool:
    """Whether noise kept a vantage from seeing the first minutes as they were."""
    blinding = trouble.cause in (Cause.NETWORK, Cause.PATH, Cause.CHALLENGE)
    first = min(outage.end, outage.start + PROMPT)
    return blinding and trouble.start < first and trouble.end > outage.start - SETTLED


def _ending(outage: Outage, seen: float | None, paged: float | None, told: float | None) -> Ending:
    if paged is not None:
        spoken = outage.live and outage.start + paged >= outage.posted_at
        return Ending.PAGED_LATER if spoken else Ending.PAGED_FIRST
    if seen is None:
        return Ending.UNSEEN
    if told is not None:
        return Ending.ACKNOWLEDGED
    return Ending.OVER if outage.duration <= PROMPT else Ending.BROKEN_UP


def _pages(changes: Iterable[Change], troubles: Sequence[Trouble]) -> list[Page]:
    """
    Pages as the alerts send them: one until the surface is known to work again.

    What is less urgent is sent whenever its row begins. Claude Code is not told of while the API,
    which it needs, fails too or just did.
    """
    pages: list[Page] = []
    now: dict[Surface, dict[int, Change]] = {surface: {} for surface in WATCHED}
    held: set[tuple[Surface, bool]] = set()
    api_over = -math.inf
    for change in changes:
        now[change.surface][change.vantage] = change
        said = now[change.surface].values()
        if change.surface is Surface.API:
            over = min(api_over, change.at)
            api_over = math.inf if any(it.failing for it in said) else over
        implied = change.surface is Surface.CODE and change.at < api_over + SETTLED
        for urgent in (True, False):
            key, wanted = (change.surface, urgent), _wanted(said, urgent=urgent)
            if wanted and not implied and key not in held:
                held.add(key)
                pages.append(_page(change, troubles, urgent=urgent))
            if wanted is False:
                held.discard(key)
    return pages


def _page(change: Change, troubles: Sequence[Trouble], *, urgent: bool) -> Page:
    why = _reason(change, troubles)
    return Page(at=change.at, surface=change.surface, row=change.row, reason=why, urgent=urgent)


def _wanted(said: Collection[Change], *, urgent: bool) -> bool | None:
    """Whether such a message is to be sent; None for neither begun nor over."""
    if any(it.action is Action.ESCALATE and _pages_somebody(it) is urgent for it in said):
        return True
    over = not urgent or all(it.failing is False for it in said)
    return False if over else None


def _reason(change: Change, troubles: Sequence[Trouble]) -> Reason:
    now, reasons = change.at, set[Reason]()
    for it in troubles:
        if it.start > now:
            continue
        outage = it.cause is Cause.OUTAGE and _concerns(it, change.surface)
        if outage and now < it.end:
            return Reason.OUTAGE
        if outage and now < it.end + _AFTERMATH:
            reasons.add(Reason.AFTER)
        if it.cause is Cause.ACCOUNT and now < it.end + SETTLED:
            reasons.add(Reason.ACCOUNT)
        if it.cause in (Cause.NETWORK, Cause.PATH) and now < it.end + SETTLED:
            reasons.add(Reason.NETWORK)
    order = (Reason.NETWORK, Reason.ACCOUNT, Reason.AFTER)
    return next((reason for reason in order if reason in reasons), Reason.NOISE)


def _concerns(trouble: Trouble, surface: Surface) -> bool:
    return surface in trouble.surfaces or (bool(trouble.models) and surface is Surface.API)


def handled(finding: Finding) -> bool:
    """Whether somebody was paged, or the status page spoke while it lasted."""
    return finding.paged_after is not None or finding.told_after is not None


def first_waits(findings: Iterable[Finding]) -> list[float]:
    """How long each took to be told of; not those that began in another one, which was."""
    fresh = (it for it in findings if not it.overlapping)
    return [it.waited_after for it in fresh if it.waited_after is not None]


def first_pages(findings: Iterable[Finding]) -> list[float]:
    """How long each took to page, where it paged before the status page spoke."""
    silent = (it for it in findings if not it.overlapping and it.ending is Ending.PAGED_FIRST)
    return [it.paged_after for it in silent if it.paged_after is not None]


def quantiles(values: Sequence[float]) -> tuple[float, float, float] | None:
    """Median, nine tenths, and the largest; None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    return median(ordered), ordered[min(len(ordered) - 1, int(0.9 * len(ordered)))], ordered[-1]


def year_of(outage: Outage) -> str:
    """The year in which it began (UTC)."""
    return str(datetime.fromtimestamp(outage.start, UTC).year)
