"""What one vantage's probes and polls meet at each moment of a replay."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from claude_exporter.core.model import ProbeResult, Sign, Surface, Target
from claude_exporter.core.page_model import Impact, Incident, IncidentPhase, PageContent, PageFault

from .history import FAMILIES, OLDER, Outage
from .noise import RANK, SIGNS, Cause, Trouble

PAGE: Final = "claude"
_ACCEPTED: Final = (Sign.SLOW,)
_MASK: Final = 2**64 - 1


def keyed_targets() -> tuple[Target, ...]:
    """One keyed target per family of models, as somebody who has a key would add."""
    return tuple(
        Target(
            name=f"keyed-{family}",
            surface=Surface.API,
            prober="http",
            address="https://api.anthropic.com/v1/messages",
            part="models",
            keyed=True,
            model=family,
        )
        for family in (*FAMILIES, OLDER)
    )


def fraction(*parts: int) -> float:
    """A number from 0 to 1 that looks random and is always the same for the same *parts*."""
    mixed = 0x9E3779B97F4A7C15
    for part in parts:
        mixed = ((mixed ^ part) * 0xBF58476D1CE4E5B9) & _MASK
        mixed ^= mixed >> 29
    mixed = (mixed * 0x94D049BB133111EB) & _MASK
    return (mixed ^ mixed >> 32) / 2**64


class Page:
    """The status page's story: what is open from when to when. Built once, then only read."""

    def __init__(self, outages: Iterable[Outage]) -> None:
        live = [outage for outage in outages if outage.live]
        moments = {at for it in live for at in (it.posted_at, *it.posts, it.resolved_at)}
        moments |= {at for it in live for at, _ in it.phases}
        self.changes: Sequence[float] = sorted(moments)
        self._contents: dict[int, PageContent] = {}
        self._live = sorted(live, key=lambda it: it.posted_at)
        self._longest = max((it.resolved_at - it.posted_at for it in live), default=0.0)
        self._posted = [it.posted_at for it in self._live]

    def chapter_at(self, moment: float) -> int:
        """The number of changes so far: equal numbers mean equal content."""
        return bisect_right(self.changes, moment)

    def content_at(self, moment: float) -> PageContent:
        """What a poll reads."""
        chapter = self.chapter_at(moment)
        if chapter not in self._contents:
            self._contents[chapter] = self._content(moment)
        return self._contents[chapter]

    def _content(self, moment: float) -> PageContent:
        first = bisect_right(self._posted, moment - self._longest - 1)
        last = bisect_right(self._posted, moment)
        open_now = [it for it in self._live[first:last] if moment < it.resolved_at]
        return PageContent(
            page_id=PAGE,
            name=PAGE,
            indicator=Impact.MINOR if open_now else Impact.NONE,
            incidents=tuple(_incident(it, moment) for it in open_now),
        )


def _incident(it: Outage, moment: float) -> Incident:
    phases = [phase for at, phase in it.phases if at <= moment]
    posted = [at for at in it.posts if at <= moment]
    return Incident(
        id=str(it.number),
        name="",
        phase=phases[-1] if phases else IncidentPhase.INVESTIGATING,
        impact=it.impact,
        surfaces=it.covered,
        models=it.models,
        started_at=it.posted_at,
        # Where the posts in between are not known, nobody can say that it has gone silent.
        updated_at=max(posted) if posted else None,
    )


class World:
    """One vantage's troubles, asked for moments that never go back."""

    def __init__(self, troubles: Iterable[Trouble], targets: Sequence[Target], seed: int) -> None:
        known = sorted(troubles, key=lambda it: it.start)
        self.hits = {target.name: _numbers_hitting(target, known) for target in targets}
        felt = frozenset().union(*self.hits.values())
        self.boundaries = sorted({at for it in known for at in (it.start, it.end)})
        hitting = [it for number, it in enumerate(known) if number in felt]
        self.onsets = [it.start for it in hitting]
        self._vague = [it.share < 1 for it in hitting]
        self._known = known
        self._seed = seed
        self._next = 0
        self._active: list[tuple[int, Trouble]] = []

    def advance(self, begin: float, end: float) -> None:
        """Make ready for moments from *begin* until before *end*."""
        if self._active:
            self._active = [each for each in self._active if each[1].end > begin]
        while self._next < len(self._known) and self._known[self._next].start < end:
            trouble = self._known[self._next]
            if trouble.end > begin:
                self._active.append((self._next, trouble))
                self._active.sort(key=lambda each: RANK[each[1].cause])
            self._next += 1

    @property
    def calm(self) -> bool:
        """Whether no trouble is at work around the moments made ready for."""
        return not self._active

    @property
    def certain(self) -> bool:
        """Whether every trouble at work hits each probe of its targets."""
        return all(trouble.share >= 1 for _, trouble in self._active)

    def single(self, onset: float, reach: float) -> bool:
        """Whether what begins in the *reach* seconds from *onset* is at most one sure trouble."""
        first, last = bisect_left(self.onsets, onset), bisect_right(self.onsets, onset + reach)
        return last - first <= 1 and not any(self._vague[first:last]) and self.certain

    def page_fault_at(self, moment: float) -> PageFault | None:
        """Why a poll cannot read the page, if so."""
        for _, trouble in self._active:
            if trouble.start <= moment < trouble.end:
                if trouble.cause is Cause.NETWORK:
                    return PageFault.CONNECT
                if trouble.cause is Cause.PAGE:
                    return PageFault.WAF
        return None

    def result_of(self, target: Target, number: int, cycle: int, moment: float) -> ProbeResult:
        """What the probe of the *number*-th target started at *moment* says."""
        sign = self._sign(target, number, cycle, moment) if self._active else Sign.OK
        return ProbeResult(
            target=target.name,
            started_at=moment,
            duration=10.0 if sign is Sign.TIMEOUT else 0.2,
            sign=sign,
            success=sign is Sign.OK or sign in _ACCEPTED or sign in accepted_signs(target),
        )

    def _sign(self, target: Target, number: int, cycle: int, moment: float) -> Sign:
        hits = self.hits[target.name]
        for index, trouble in self._active:
            if index not in hits or not trouble.start <= moment < trouble.end:
                continue
            drawn = 0.0 if trouble.share >= 1 else self._drawn(trouble, number, cycle)
            if drawn < trouble.share:
                return SIGNS[trouble.cause]
        return Sign.OK

    def _drawn(self, trouble: Trouble, number: int, cycle: int) -> float:
        return fraction(self._seed, trouble.key, number, cycle)


def accepted_signs(target: Target) -> Sequence[Sign]:
    """Signs that count as success beside ok, of targets that have such options."""
    accepted: Sequence[Sign] = getattr(target.options, "accept_signs", ())
    return accepted


def _numbers_hitting(target: Target, troubles: Sequence[Trouble]) -> frozenset[int]:
    return frozenset(number for number, it in enumerate(troubles) if it.hits(target))


Severity = Mapping[Impact, float]
