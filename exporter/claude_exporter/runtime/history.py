"""What happened lately: the last results of each target, and the changes of verdict."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from pydantic import TypeAdapter, ValidationError

from claude_exporter.core.evaluator import Judgement
from claude_exporter.core.model import Action, ProbeResult, Surface
from claude_exporter.core.page_model import PageFault, PageReport

RESULTS_KEPT: Final = 60
"""Results per target, and as many older failures."""

CHANGES_KEPT: Final = 500
_CHANGES_SAVED: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of a surface's verdict, at a moment in Unix seconds."""

    at: float
    surface: Surface
    action: Action
    row: str
    title: str
    reason: str


_CHANGES: Final = TypeAdapter(list[Change])


@dataclass(slots=True)
class PageTotals:
    """How the polls of one page have gone since the start."""

    polls: int = 0
    failures: Counter[PageFault] = field(default_factory=Counter)

    def add(self, report: PageReport) -> None:
        """Count one poll."""
        self.polls += 1
        if report.fault is not None:
            self.failures[report.fault] += 1


class History:
    """Bounded memory of results and changes, newest last."""

    def __init__(self, kept: object = None) -> None:
        self._results: dict[str, deque[ProbeResult]] = {}
        self._failures: dict[str, deque[ProbeResult]] = {}
        self.changes: deque[Change] = deque(_restored(kept), maxlen=CHANGES_KEPT)

    def document(self) -> object:
        """The newest changes as JSON, for the state file."""
        return _CHANGES.dump_python(list(self.changes)[-_CHANGES_SAVED:], mode="json")

    def add_result(self, result: ProbeResult) -> None:
        """Remember one result; an older failure outlives the successes after it."""
        recent = self._results.setdefault(result.target, deque(maxlen=RESULTS_KEPT))
        if len(recent) == RESULTS_KEPT and not recent[0].success:
            kept = self._failures.setdefault(result.target, deque(maxlen=RESULTS_KEPT))
            kept.append(recent[0])
        recent.append(result)

    def results_of(self, target: str) -> Sequence[ProbeResult]:
        """The kept results of *target*, oldest first."""
        return (*self._failures.get(target, ()), *self._results.get(target, ()))

    def forget_all_but(self, targets: Iterable[str]) -> None:
        """Drop what is known of targets that are no longer watched."""
        kept = set(targets)
        for results in (self._results, self._failures):
            for name in results.keys() - kept:
                del results[name]

    def add_judgements(
        self, before: Mapping[Surface, Judgement], after: Mapping[Surface, Judgement], at: float
    ) -> Sequence[Change]:
        """Remember each surface whose row changed, and return those changes."""
        restored = () if before else self.changes
        known = {change.surface: (change.row, change.title) for change in restored}
        changes = [
            Change(
                at=at,
                surface=surface,
                action=each.verdict.action,
                row=each.verdict.row,
                title=each.verdict.title,
                reason=each.verdict.reason,
            )
            for surface, each in after.items()
            if _differs(before.get(surface), each, known.get(surface))
        ]
        self.changes.extend(changes)
        return changes


def _differs(before: Judgement | None, after: Judgement, known: tuple[str, str] | None) -> bool:
    """Whether the row is another one; *known* is what was said last before a restart."""
    new = after.verdict
    if before is None:
        return known != (new.row, new.title)
    return (before.verdict.row, before.verdict.stage) != (new.row, new.stage)


def _restored(kept: object) -> list[Change]:
    try:
        return _CHANGES.validate_python(kept or [])
    except ValidationError:
        return []
