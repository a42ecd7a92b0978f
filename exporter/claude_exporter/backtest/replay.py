"""
Plays troubles and the page's story to the real evaluator on a virtual clock.

Time goes in cycles of one probe interval: in each, every vantage probes every target once and
polls the page every other time, and judges whenever something changed, a limit of the guide was
crossed, or the cycle ends; and then only what may be judged otherwise than before (attention.py).
Two kinds of cycles are left out, since nothing can change in them: quiet ones (nothing fails,
nothing is remembered that could matter) and steady ones (everything has failed in the same way for
long, and no limit, post or trouble comes soon). After a gap the evaluator is first fed with the
results that are still remembered.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from claude_exporter.core.decide import Verdict, decide
from claude_exporter.core.evaluator import PAGE_MAX_AGE
from claude_exporter.core.model import Action, Surface
from claude_exporter.core.observation import Observation

from .vantage import INTERVAL, Event, Setup, Vantage

_STEADY: Final = 12
_BRIEF: Final = 2
_STRIDE: Final = 24

Told = Callable[[float], None]


class Change(NamedTuple):
    """From `at` on, this is what one vantage says of one surface."""

    at: float
    vantage: int
    surface: Surface
    row: str
    action: Action
    failing: bool | None
    acknowledged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """Everything that changed, in order, and how many cycles of how many were really played."""

    changes: Sequence[Change]
    played: int
    cycles: int


def replay(setup: Setup, told: Told | None = None) -> Replayed:
    """Play it all; *told* hears the moment reached, for a progress bar."""
    player = _Player(setup)
    cycle, played = setup.span.first_cycle, 0
    while cycle < setup.span.last_cycle:
        player.play(cycle)
        played += 1
        after = player.next_cycle(cycle) if setup.skip else cycle + 1
        cycle = min(after, setup.span.last_cycle)
        if told is not None and played % 100 == 0:
            told(cycle * INTERVAL)
    if told is not None:
        told(cycle * INTERVAL)
    return Replayed(
        changes=player.changes,
        played=played,
        cycles=setup.span.last_cycle - setup.span.first_cycle,
    )


class _Player:
    """Owns the evaluators of all vantages while one history is played."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.changes: list[Change] = []
        self.vantages = [Vantage(setup, number) for number in range(setup.vantages)]
        window = setup.guide.thresholds["intermittent_window"]
        self._memory = math.ceil(window / INTERVAL) + 2
        self._stride = min(
            _STRIDE, int(0.8 * setup.guide.thresholds["carry_over"] / INTERVAL), self._memory
        )
        settle = setup.guide.thresholds["settle"]
        self._steady = max(_STEADY, math.ceil(max(settle, PAGE_MAX_AGE) / INTERVAL) + 2)
        self._said: dict[tuple[int, Surface], Change] = {}
        self._steady_for = 0

    def play(self, cycle: int) -> None:
        """One cycle in all vantages, in the order things happen."""
        begin = cycle * INTERVAL
        # What begins or ends here may be met only in the next cycle.
        changed = any(it.next_turn(begin) < begin + INTERVAL for it in self.vantages)
        for vantage in self.vantages:
            vantage.world.advance(begin, begin + INTERVAL)
        for event in sorted(self._events(cycle)):
            vantage = self.vantages[event.vantage]
            self._cross(event.at)
            if vantage.meet(event, cycle):
                changed = True
                self._judge(vantage, event.at)
        end = begin + INTERVAL
        self._cross(end)
        for vantage in self.vantages:
            self._judge(vantage, end)
        self._steady_for = 0 if changed else self._steady_for + 1

    def next_cycle(self, cycle: int) -> int:
        """The next cycle worth playing; feeds what must be remembered where some are left out."""
        now = (cycle + 1) * INTERVAL
        if all(vantage.quiet(now) for vantage in self.vantages):
            onset = min(vantage.next_onset(now) for vantage in self.vantages)
            return self._leap(cycle, int(min(onset, self.setup.span.end) // INTERVAL) - 1, onset)
        if self._steady_for < self._steady or not all(it.steady(now) for it in self.vantages):
            return cycle + 1
        boundary = min(vantage.next_boundary(now) for vantage in self.vantages)
        to = int(min(boundary // INTERVAL - 1, cycle + self._stride))
        return self._leap(cycle, to, boundary)

    def _leap(self, cycle: int, to: int, onset: float) -> int:
        """Go on with cycle *to*, remembering as much as what begins at *onset* can ask for."""
        if to <= cycle + 1:
            return cycle + 1
        brief = all(vantage.single(onset, self._memory * INTERVAL) for vantage in self.vantages)
        first = max(cycle + 1, to - (_BRIEF if brief else self._memory))
        for skipped in range(first, to):
            for vantage in self.vantages:
                vantage.feed(skipped)
        return to

    def _events(self, cycle: int) -> Iterator[Event]:
        for vantage in self.vantages:
            yield from vantage.events(cycle)

    def _cross(self, until: float) -> None:
        """Judge at the ticks that follow a crossed limit, as a live exporter does."""
        for vantage in self.vantages:
            while vantage.crossing <= until:
                self._judge(vantage, vantage.crossing)

    def _judge(self, vantage: Vantage, now: float) -> None:
        due = vantage.judge(now)
        if self.setup.vantages > 1:
            for each in self.vantages:
                self._note(each, now, self._joined(each))
            return
        self._note(vantage, now, vantage.verdicts(due))

    def _joined(self, vantage: Vantage) -> Mapping[Surface, tuple[Verdict, Observation]]:
        """As the recording rules join vantages: a minority, or one alone, learns it is alone."""
        joined = dict(vantage.verdicts(vantage.judgements))
        for surface, (_, seen) in joined.items():
            if seen.failing and self._minority(surface):
                alone = replace(seen, others_succeed=True)
                joined[surface] = (decide(alone, self.setup.guide), alone)
        return joined

    def _minority(self, surface: Surface) -> bool:
        told = [each.judgements[surface].seen.failing for each in self.vantages if each.judgements]
        known = [failing for failing in told if failing is not None]
        failing = sum(known)
        return 2 * failing < len(known) or (failing == 1 and len(known) > 1)

    def _note(
        self,
        vantage: Vantage,
        now: float,
        verdicts: Mapping[Surface, tuple[Verdict, Observation]],
    ) -> None:
        for surface, (verdict, seen) in verdicts.items():
            row = f"{verdict.row}/{verdict.stage}" if verdict.stage else verdict.row
            named = seen.one_model is True and seen.incident_names_model is True
            change = Change(
                at=now,
                vantage=vantage.number,
                surface=surface,
                row=row,
                action=verdict.action,
                failing=seen.failing,
                acknowledged=named or (seen.failing is True and seen.incident is True),
            )
            before = self._said.get((vantage.number, surface))
            if before is None or before[1:] != change[1:]:
                self._said[vantage.number, surface] = change
                self.changes.append(change)
