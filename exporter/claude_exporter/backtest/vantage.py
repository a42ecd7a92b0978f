"""One exporter in a replay: its evaluator, its probes and polls, and when nothing can change."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from claude_exporter.core.decide import Verdict
from claude_exporter.core.evaluator import Evaluator, Judgement
from claude_exporter.core.fold import Conditions, SurfaceState
from claude_exporter.core.guide import Guide
from claude_exporter.core.model import WATCHED, ProbeResult, Sign, Surface, Target
from claude_exporter.core.observation import Observation
from claude_exporter.core.page_model import PageReport

from .attention import Attention, flapping
from .noise import Trouble
from .world import PAGE, Page, World, fraction

INTERVAL: Final = 30.0
JITTER: Final = 3.0
POLL_AT: Final = 29.5


class Span(NamedTuple):
    """The replayed time, in Unix seconds."""

    begin: float
    end: float

    @property
    def first_cycle(self) -> int:
        return math.floor(self.begin / INTERVAL)

    @property
    def last_cycle(self) -> int:
        return math.ceil(self.end / INTERVAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What is replayed: troubles hit their own vantage, or all where theirs is None."""

    guide: Guide
    targets: Sequence[Target]
    troubles: Sequence[Trouble]
    page: Page
    span: Span
    vantages: int = 1
    seed: int = 0
    skip: bool = True


class Event(NamedTuple):
    at: float
    vantage: int
    target: int


class Vantage:
    """One exporter: its evaluator, and the world as it is seen from there."""

    def __init__(self, setup: Setup, number: int) -> None:
        self.number = number
        self.setup = setup
        self.evaluator = Evaluator(setup.guide, setup.targets)
        own = (it for it in setup.troubles if it.vantage in (None, number))
        self.world = World(own, setup.targets, setup.seed * 1009 + number)
        self.judgements: dict[Surface, Judgement] = {}
        self.crossing = math.inf
        self._last: dict[str, tuple[Sign, bool]] = {}
        self._chapter = -1
        self._attention = Attention(setup.guide, setup.targets)
        self._boundaries = sorted({*self.world.boundaries, *setup.page.changes})
        spread, count = INTERVAL - JITTER - 1, len(setup.targets)
        self._offsets = sorted(
            (spread * ((each + number / 7) % count) / count, each) for each in range(count)
        )

    def events(self, cycle: int) -> Iterator[Event]:
        """Its probes, spread over the cycle and jittered, then its poll every other time."""
        begin = cycle * INTERVAL + JITTER * fraction(self.setup.seed, self.number, cycle)
        for offset, target in self._offsets:
            yield Event(begin + offset, self.number, target)
        if (cycle + self.number) % 2 == 0:
            yield Event(cycle * INTERVAL + POLL_AT, self.number, -1)

    def meet(self, event: Event, cycle: int) -> bool:
        """Let it happen; whether it brought anything new."""
        if event.target < 0:
            return self._poll(event.at)
        target = self.setup.targets[event.target]
        result = self.world.result_of(target, event.target, cycle, event.at)
        self.evaluator.record_result(result)
        new = self._is_new(result)
        if target.surface is not Surface.CONTROL:
            self._attention.note(target.surface, self.evaluator, event.at, new=new)
        return new

    def feed(self, cycle: int) -> None:
        """One cycle of results and polls that nobody judges."""
        self.world.advance(cycle * INTERVAL, (cycle + 1) * INTERVAL)
        for event in self.events(cycle):
            self.meet(event, cycle)

    def judge(self, now: float) -> Collection[Surface]:
        """Judge every surface that might be judged otherwise than before; which ones it was."""
        due = self._attention.due(self.evaluator, now, everything=not self.setup.skip)
        if due:
            found = self.evaluator.judged(now, due)
            self.judgements.update(found)
            self._attention.heed(found, now)
            self.crossing = self._attention.crossing
        return due

    def verdicts(
        self, surfaces: Iterable[Surface]
    ) -> Mapping[Surface, tuple[Verdict, Observation]]:
        found = ((surface, self.judgements[surface]) for surface in surfaces)
        return {surface: (it.verdict, it.seen) for surface, it in found}

    def quiet(self, now: float) -> bool:
        """Nothing fails and nothing is remembered that could matter before the next trouble."""
        if not self.world.calm or self.evaluator.network.down_since is not None:
            return False
        if any(found != (Sign.OK, True) for found in self._last.values()):
            return False
        return all(self._at_rest(self.evaluator.surfaces[surface], now) for surface in WATCHED)

    def steady(self, now: float) -> bool:
        """Every probe it makes can be foretold, and no surface goes on and off."""
        surfaces = (self.evaluator.surfaces[surface] for surface in WATCHED)
        guide = self.setup.guide
        return self.world.certain and not any(flapping(state, guide, now) for state in surfaces)

    def next_onset(self, now: float) -> float:
        return _next(self.world.onsets, now)

    def single(self, onset: float, memory: float) -> bool:
        """Whether no more than one spell can come of what begins from *onset* on."""
        return self.world.single(onset, 2 * memory)

    def next_boundary(self, now: float) -> float:
        """When next something begins, ends, is posted, or crosses a limit."""
        return min(self.next_turn(now), self.crossing)

    def next_turn(self, now: float) -> float:
        """When next, from *now* on, something begins, ends or is posted."""
        return _next(self._boundaries, now)

    def _at_rest(self, state: SurfaceState, now: float) -> bool:
        resting = state.failing_since is None and state.conditions == Conditions()
        return resting and not flapping(state, self.setup.guide, now)

    def _is_new(self, result: ProbeResult) -> bool:
        found = (result.sign, result.success)
        if self._last.get(result.target) == found:
            return False
        self._last[result.target] = found
        return True

    def _poll(self, now: float) -> bool:
        fault = self.world.page_fault_at(now)
        before = self.evaluator.pages.get(PAGE)
        if fault is not None:
            lost = PageReport(page=PAGE, polled_at=now, fault=fault)
            kept = replace(before, polled_at=now, fault=fault) if before else lost
            self.evaluator.record_page(kept)
            return False
        content = self.setup.page.content_at(now)
        self.evaluator.record_page(
            PageReport(page=PAGE, polled_at=now, content=content, read_at=now)
        )
        chapter = self.setup.page.chapter_at(now)
        # After five minutes unread the same content is news again.
        stale = before is None or before.read_at is None or now - before.read_at > 240
        changed, self._chapter = chapter != self._chapter or stale, chapter
        return changed


def _next(moments: Sequence[float], now: float) -> float:
    place = bisect_left(moments, now)
    return moments[place] if place < len(moments) else math.inf
