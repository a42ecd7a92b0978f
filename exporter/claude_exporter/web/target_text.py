"""The text of the per-target families, kept per target and rendered again only on a change."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Final

from claude_exporter.core.model import Phase, Sign, Target
from claude_exporter.core.target_state import BUCKETS, TargetState, Tracked

from .metrics import (
    PROBE_ATTEMPTS,
    PROBE_DURATION,
    PROBE_FAILURES,
    PROBE_LAST_RUN,
    PROBE_PHASE,
    PROBE_SUCCESS,
    PROBE_TLS_NOT_AFTER,
    TARGET_FAMILIES,
    Desc,
)
from .samples import labelled, number_text

FAILURE_SIGNS: Final = tuple(sign for sign in Sign if sign not in {Sign.OK, Sign.SLOW})

_AT_ONCE: Final = 50
_Fragments = tuple[str, ...]
_TOPS: Final = tuple(number_text(top) for top in (*BUCKETS, float("inf")))


class TargetText:
    """One target's samples: all but the numbers is written once."""

    def __init__(self, target: Target) -> None:
        labels = (target.name, target.surface.value)

        def starts(desc: Desc, values: Sequence[str] = ("",), suffix: str = "") -> tuple[str, ...]:
            names = (*desc.labels, "le") if suffix == "_bucket" else desc.labels
            extra = [(value,) if value else () for value in values]
            return tuple(
                f"{desc.name}{suffix}{labelled(names, (*labels, *more))} " for more in extra
            )

        self.target = target
        self._success = starts(PROBE_SUCCESS)[0]
        self._attempts = starts(PROBE_ATTEMPTS)[0]
        self._failures = starts(PROBE_FAILURES, FAILURE_SIGNS)
        self._buckets = starts(PROBE_DURATION, _TOPS, "_bucket")
        self._count = starts(PROBE_DURATION, suffix="_count")[0]
        self._sum = starts(PROBE_DURATION, suffix="_sum")[0]
        self._phases = dict(zip(Phase, starts(PROBE_PHASE, tuple(Phase)), strict=True))
        self._last_run = starts(PROBE_LAST_RUN)[0]
        self._not_after = starts(PROBE_TLS_NOT_AFTER)[0]
        self._kept_failures: tuple[Mapping[Sign, int] | None, str] = (None, "")

    def fragments(self, state: TargetState) -> _Fragments:
        """The samples of *state*, a text for each of TARGET_FAMILIES."""
        last, failures = state.last, self._failures_text(state.failures)
        attempts = f"{self._attempts}{number_text(state.attempts)}\n"
        duration = self._duration_text(state)
        if last is None:
            return ("", attempts, failures, duration, "", "", "")
        phases = "".join(
            f"{self._phases[name]}{number_text(span)}\n" for name, span in last.phases.items()
        )
        not_after = f"{self._not_after}{number_text(last.tls.not_after_at)}\n" if last.tls else ""
        return (
            f"{self._success}{number_text(last.success)}\n",
            attempts,
            failures,
            duration,
            phases,
            f"{self._last_run}{number_text(last.started_at)}\n",
            not_after,
        )

    def _failures_text(self, failures: Mapping[Sign, int]) -> str:
        known, text = self._kept_failures
        if known is not failures:
            counts = [number_text(failures.get(sign, 0)) for sign in FAILURE_SIGNS]
            pairs = zip(self._failures, counts, strict=True)
            text = "".join(f"{start}{count}\n" for start, count in pairs)
            self._kept_failures = (failures, text)
        return text

    def _duration_text(self, state: TargetState) -> str:
        heights = [number_text(height) for height in accumulate(state.buckets)]
        pairs = zip(self._buckets, heights, strict=True)
        buckets = "".join(f"{start}{height}\n" for start, height in pairs)
        total = number_text(state.duration_sum)
        return f"{buckets}{self._count}{heights[-1]}\n{self._sum}{total}\n"


class TargetTexts:
    """Fragments by target; a target whose state is the same object is not rendered again."""

    def __init__(self) -> None:
        self._texts: dict[str, TargetText] = {}
        self._kept: dict[str, tuple[TargetState, _Fragments]] = {}
        self.rendered = 0

    async def prepare(self, targets: Sequence[Tracked]) -> None:
        """Render what changed, a few targets at a time: the probes share this event loop."""
        for start in range(0, len(targets), _AT_ONCE):
            for each in targets[start : start + _AT_ONCE]:
                self._kept[each.target.name] = self._fragments(each)
            await asyncio.sleep(0)

    def text(self, targets: Iterable[Tracked]) -> str:
        """The per-target families of *targets*; what is no longer there is forgotten."""
        self._kept = {each.target.name: self._fragments(each) for each in targets}
        for gone in self._texts.keys() - self._kept.keys():
            del self._texts[gone]
        found = [fragments for _, fragments in self._kept.values()]
        pieces: list[str] = []
        for place, desc in enumerate(TARGET_FAMILIES):
            pieces.append(desc.header)
            pieces.extend([fragments[place] for fragments in found])
        return "".join(pieces)

    def _fragments(self, tracked: Tracked) -> tuple[TargetState, _Fragments]:
        target, state = tracked
        text = self._texts.get(target.name)
        if text is None or text.target is not target:
            text = self._texts[target.name] = TargetText(target)
        elif (kept := self._kept.get(target.name)) and kept[0] is state:
            return kept
        self.rendered += 1
        return state, text.fragments(state)
