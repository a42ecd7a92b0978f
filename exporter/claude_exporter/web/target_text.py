"""The text of the per-target families, kept per target and rendered again only on a change."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from claude_exporter.core.model import Sign
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
)
from .samples import histogram, line, lines

FAILURE_SIGNS: Final = tuple(sign for sign in Sign if sign not in {Sign.OK, Sign.SLOW})

_Fragments = tuple[str, ...]


def target_fragments(tracked: Tracked) -> _Fragments:
    """One target's samples, a text for each of TARGET_FAMILIES."""
    target, state = tracked
    labels = (target.name, target.surface.value)
    last = state.last
    failures = lines(
        PROBE_FAILURES, (((*labels, sign), state.failures.get(sign, 0)) for sign in FAILURE_SIGNS)
    )
    duration = histogram(PROBE_DURATION, labels, BUCKETS, state.buckets, state.duration_sum)
    attempts = line(PROBE_ATTEMPTS, labels, state.attempts)
    if last is None:
        return ("", attempts, failures, duration, "", "", "")
    phases = lines(PROBE_PHASE, (((*labels, name), span) for name, span in last.phases.items()))
    not_after = line(PROBE_TLS_NOT_AFTER, labels, last.tls.not_after_at) if last.tls else ""
    return (
        line(PROBE_SUCCESS, labels, last.success),
        attempts,
        failures,
        duration,
        phases,
        line(PROBE_LAST_RUN, labels, last.started_at),
        not_after,
    )


class TargetTexts:
    """Fragments by target; a target whose state is the same object is not rendered again."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[TargetState, _Fragments]] = {}
        self.rendered = 0

    def text(self, targets: Iterable[Tracked]) -> str:
        """The per-target families of *targets*; what is no longer there is forgotten."""
        kept: dict[str, tuple[TargetState, _Fragments]] = {}
        for tracked in targets:
            name = tracked.target.name
            found = self._kept.get(name)
            if found is None or found[0] is not tracked.state:
                found = (tracked.state, target_fragments(tracked))
                self.rendered += 1
            kept[name] = found
        self._kept = kept
        columns = zip(*(fragments for _, fragments in kept.values()), strict=True)
        bodies = ["".join(column) for column in columns] or [""] * len(TARGET_FAMILIES)
        families = zip(TARGET_FAMILIES, bodies, strict=True)
        return "".join(desc.header + body for desc, body in families)
