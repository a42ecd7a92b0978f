"""The text of the per-target families, kept per target and rendered again only on a change."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from claude_exporter.core.model import FAILURE_SIGNS, Phase, Sign, Surface, Target
from claude_exporter.core.target_state import BUCKETS, TargetState, Tracked

if TYPE_CHECKING:
    from claude_exporter.runtime.plan import Plan

from .families import Desc, Group, Scrape, histogram_series
from .samples import labelled, number_text

_TARGET: Final = ("target", "surface")

PROBE_SUCCESS: Final = Desc(
    "claude_probe_success",
    "gauge",
    "Whether the last probe of the target met its expectation.",
    _TARGET,
    series=("targets",),
)
PROBE_ATTEMPTS: Final = Desc(
    "claude_probe_attempts_total",
    "counter",
    "Probes of the target that have ended.",
    _TARGET,
    series=("targets",),
)
PROBE_FAILURES: Final = Desc(
    "claude_probe_failures_total",
    "counter",
    "Probes of the target that failed, by what they met.",
    (*_TARGET, "sign"),
    series=("targets", len(FAILURE_SIGNS)),
)
PROBE_DURATION: Final = Desc(
    "claude_probe_duration_seconds",
    "histogram",
    "How long the probes of the target took, failed ones included.",
    _TARGET,
    series=("targets", histogram_series(BUCKETS)),
)
PROBE_PHASE: Final = Desc(
    "claude_probe_phase_seconds",
    "gauge",
    "How long each phase of the last probe took; a phase that did not happen has no sample.",
    (*_TARGET, "phase"),
    series=("targets", len(Phase)),
)
PROBE_LAST_RUN: Final = Desc(
    "claude_probe_last_run_timestamp_seconds",
    "gauge",
    "When the last probe of the target began, in Unix time.",
    _TARGET,
    series=("targets",),
)
PROBE_TLS_NOT_AFTER: Final = Desc(
    "claude_probe_tls_not_after_timestamp_seconds",
    "gauge",
    "When the first certificate of the presented chain ends, in Unix time, trusted or not.",
    _TARGET,
    series=("targets",),
)

TARGET_FAMILIES: Final = (
    PROBE_SUCCESS,
    PROBE_ATTEMPTS,
    PROBE_FAILURES,
    PROBE_DURATION,
    PROBE_PHASE,
    PROBE_LAST_RUN,
    PROBE_TLS_NOT_AFTER,
)

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


def _text(scrape: Scrape) -> str:
    return scrape.targets.text(scrape.exporter.evaluator.tracked.values())


def _sizes(plan: Plan) -> Mapping[str, int]:
    return {"targets": len(plan.targets)}


PROBES: Final = Group(
    heading="Probes",
    families=TARGET_FAMILIES,
    text=_text,
    labels=MappingProxyType(
        {
            "target": "the target's name in the configuration",
            "surface": ", ".join(Surface),
            "sign": ", ".join(FAILURE_SIGNS),
            "phase": ", ".join(Phase),
        }
    ),
    sizes=_sizes,
)
