"""
Which surfaces must be judged again: those whose facts changed, or for which a limit has come.

What is left out would be judged the same; a test compares with judging everything every time.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from claude_exporter.core.evaluator import Evaluator, Judgement
from claude_exporter.core.fold import SurfaceState
from claude_exporter.core.guide import Guide, Test
from claude_exporter.core.model import WATCHED, Standing, Surface, Target
from claude_exporter.core.observe import believed

JUDGE_EVERY: Final = 1.0
"""Seconds between two judgements of a live exporter to which nothing new comes."""

_ROUNDING: Final = 0.001
_NEEDED: Final = (Surface.WEB, Surface.API)
_RETURN: Final = 120.0
"""Seconds after our network came back in which results are news even where they say the same."""


class Attention:
    """Remembers what each surface was judged by, and until when that holds."""

    def __init__(self, guide: Guide, targets: Iterable[Target]) -> None:
        self.crossing = math.inf
        known = list(targets)
        self._names = {
            surface: [target.name for target in known if target.surface is surface]
            for surface in WATCHED
        }
        self._guide = guide
        self._limits = _limits_of(guide)
        self._crossings = dict.fromkeys(WATCHED, math.inf)
        self._judged_by: dict[Surface, tuple[object, ...]] = {}
        self._unfolded = set(WATCHED)

    def note(self, surface: Surface, evaluator: Evaluator, now: float, *, new: bool) -> None:
        """A result came: more of the same matters only while something is the matter."""
        state = evaluator.surfaces.get(surface)
        if (
            new
            or state is None
            or not _works(state)
            or now - evaluator.network.recovered_at < _RETURN
        ):
            self._unfolded.add(surface)

    def due(self, evaluator: Evaluator, now: float, *, everything: bool) -> Collection[Surface]:
        """Bring up to date what must be at *now*, and name the surfaces to judge."""
        stirred = [
            each for each in WATCHED if each in self._unfolded or self._flaps(evaluator, each, now)
        ]
        evaluator.fold(now, WATCHED if everything else stirred)
        self._unfolded.clear()
        before = self._judged_by
        self._judged_by = {each: self._facts(each, evaluator, now) for each in WATCHED}
        return [
            each
            for each in WATCHED
            if everything
            or before.get(each) != self._judged_by[each]
            or now >= self._crossings[each] - _ROUNDING
        ]

    def heed(self, judgements: Mapping[Surface, Judgement], now: float) -> None:
        """Take up when the judgements made at *now* must be looked at again."""
        for surface, judgement in judgements.items():
            self._crossings[surface] = self._crossing(judgement, now)
        at = min(self._crossings.values())
        self.crossing = at if at == math.inf else math.ceil(at / JUDGE_EVERY) * JUDGE_EVERY

    def _flaps(self, evaluator: Evaluator, surface: Surface, now: float) -> bool:
        """Whether passing time alone may change what is said of it."""
        state = evaluator.surfaces.get(surface)
        if state is None or state.conditions.intermittent or state.failing_since is not None:
            return True
        return flapping(state, self._guide, now)

    def _facts(self, surface: Surface, evaluator: Evaluator, now: float) -> tuple[object, ...]:
        """All that the judgement of a surface is made of, but for the passing of time."""
        state, network = evaluator.surfaces[surface], evaluator.network
        lasts = (evaluator.tracked[name].state.last for name in self._names[surface])
        return (
            (state.failing_since, state.sign, state.sign_since, state.degraded_since),
            (state.standing, state.conditions),
            (network.down_since, network.recovered_at),
            [
                last and (last.sign, last.success, last.started_at >= network.recovered_at)
                for last in lasts
            ],
            [believed(page, now, evaluator.page_max_age) for page in evaluator.pages.values()],
            self._needed(evaluator, now) if surface is Surface.CODE else (),
        )

    def _needed(self, evaluator: Evaluator, now: float) -> Sequence[object]:
        """What Claude Code needs, as far as it tells whether Claude Code fails alone."""
        settle = self._guide.thresholds["settle"]
        return [
            (state.standing, state.failing_since is None, now - state.recovered_at >= settle)
            for state in (evaluator.surfaces[each] for each in _NEEDED)
        ]

    def _crossing(self, judgement: Judgement, now: float) -> float:
        found = (
            now + limit - span
            for fact, limits in self._limits.items()
            if (span := getattr(judgement.seen, fact)) is not None
            for limit in limits
            if limit > span
        )
        return min(found, default=math.inf)


def flapping(state: SurfaceState, guide: Guide, now: float) -> bool:
    """Whether it has failed so often lately that it may be called intermittent."""
    window = guide.thresholds["intermittent_window"]
    spells = sum(at > now - window for at in state.onsets)
    return spells >= guide.limits["intermittent_spells"]


def _works(state: SurfaceState) -> bool:
    return state.failing_since is None and state.standing is Standing.UP


def _limits_of(guide: Guide) -> Mapping[str, Iterable[float]]:
    """By span, the thresholds some row holds it against."""
    found: dict[str, set[float]] = {}
    for condition in (it for row in guide.rows for it in row.when):
        if condition.test in (Test.AT_LEAST, Test.BELOW):
            found.setdefault(condition.fact, set()).add(guide.thresholds[condition.operand])
    return {fact: sorted(limits) for fact, limits in found.items()}
