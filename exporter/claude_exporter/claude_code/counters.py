"""
What has been counted, by model and sign.

Failures are told apart by the ledger. Everything else that several sources report is counted per
source, and the largest of them is shown: they tell of the same requests, and a largest count never
falls.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from math import isfinite
from typing import Final

from claude_exporter.claude_code.facts import (
    SHOWN,
    Activity,
    Done,
    Fact,
    Failed,
    Problem,
    Retried,
    Source,
    TokenType,
    Used,
)
from claude_exporter.claude_code.ledger import Ledger
from claude_exporter.claude_code.names import OTHER, UNKNOWN, ModelNames
from claude_exporter.core.model import FAILURE_SIGNS
from claude_exporter.core.real_use import Request

RECENT: Final = 4096
"""Successes that are remembered for the evidence."""

ERRORS: Final = "errors"
RETRIES: Final = "retries"
REQUESTS: Final = "requests"
TOKENS: Final = "tokens"
COST: Final = "cost"
ACTIVITY: Final = "activity"

Key = tuple[str, ...]
"""A kind of count and its labels: (`errors`, model, sign), (`tokens`, model, type) and so on."""

_SECOND_LABEL: Final[Mapping[str, frozenset[str]]] = {
    ERRORS: frozenset(FAILURE_SIGNS),
    RETRIES: frozenset(FAILURE_SIGNS),
    TOKENS: frozenset(TokenType),
}


class Counters:
    """Counts facts and forgets them; only sums and the moments of the latest stay."""

    def __init__(self) -> None:
        self.models = ModelNames()
        self.ledger = Ledger()
        self.successes: deque[Request] = deque(maxlen=RECENT)
        self.problems: Counter[tuple[Source, Problem]] = Counter()
        self.last_event_at: dict[Source, float] = {}
        self._totals: dict[Source, dict[Key, float]] = {}

    def add(self, source: Source, facts: Iterable[Fact], now: float) -> int:
        """Count *facts* of *source*, and how many they were."""
        count = 0
        for count, fact in enumerate(facts, 1):  # noqa: B007  # used after the loop
            self._add(source, fact)
        if count:
            shown = Source.OTLP if source.startswith(Source.OTLP) else source
            self.last_event_at[shown] = now
        return count

    def _add(self, source: Source, fact: Fact) -> None:
        match fact:
            case Failed():
                self._add_failure(source, fact)
            case Retried():
                self._count(source, (RETRIES, self.models.label(fact.model), fact.sign), fact.count)
            case Used():
                self._add_use(source, fact)
            case Done():
                self._count(source, (ACTIVITY, fact.activity), fact.amount)

    def _add_failure(self, source: Source, failed: Failed) -> None:
        model = self.models.label(failed.model)
        named = None if model in (UNKNOWN, OTHER) else model
        if failed.sign in FAILURE_SIGNS and self.ledger.add(source, failed, named):
            # All under one source: the ledger has taken out what another one told.
            self._count(Source.HOOK, (ERRORS, model, failed.sign), 1.0)

    def _add_use(self, source: Source, used: Used) -> None:
        model = self.models.label(used.model)
        if used.requests:
            self._count(source, (REQUESTS, model), used.requests)
            self.successes.append(Request(used.at, model=model))
        for kind, amount in used.tokens.items():
            self._count(source, (TOKENS, model, kind), amount)
        if used.cost:
            self._count(source, (COST, model), used.cost)

    def _count(self, source: Source, key: Key, amount: float) -> None:
        if amount > 0 and isfinite(amount):
            totals = self._totals.setdefault(source, {})
            totals[key] = totals.get(key, 0.0) + amount

    def requests(self) -> list[Request]:
        """The latest real requests, failed and answered, as the core judges them."""
        return [*self.ledger.requests(), *self.successes]

    def note(self, source: Source, problem: Problem, count: int = 1) -> None:
        """Count something of *source* that could not be used."""
        self.problems[source, problem] += count

    def models_seen(self) -> tuple[str, ...]:
        """Every model that something was counted of, and `unknown`, in order."""
        named = {key[1] for totals in self._totals.values() for key in totals if key[0] != ACTIVITY}
        return tuple(sorted(named | {UNKNOWN}))

    def shown(self) -> Mapping[Key, float]:
        """The largest count of any source, by key."""
        largest: dict[Key, float] = {}
        for totals in self._totals.values():
            for key, value in totals.items():
                largest[key] = max(value, largest.get(key, 0.0))
        return largest

    def document(self) -> list[list[object]]:
        """The counts as JSON."""
        return [
            [source, *key, value]
            for source, totals in self._totals.items()
            for key, value in totals.items()
        ]

    def restore(self, document: object) -> None:
        """Go on from what `document` gave; rows that are none are left out."""
        for row in document if isinstance(document, list) else ():
            if _is_row(row):
                source, *key, value = row
                self._totals.setdefault(Source(source), {})[self._known(key)] = float(value)

    def _known(self, key: list[str]) -> Key:
        if key[0] == ACTIVITY:
            return tuple(key)
        return (key[0], self.models.label(key[1]), *key[2:])


def _is_row(row: object) -> bool:
    if not isinstance(row, list) or len(row) < 4:
        return False
    source, kind, *labels, value = row
    if source not in list(Source) or not all(isinstance(each, str) for each in (kind, *labels)):
        return False
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
        return False
    return isfinite(value) and _fits(kind, labels)


def _fits(kind: str, labels: list[str]) -> bool:
    if kind in _SECOND_LABEL:
        return len(labels) == 2 and labels[1] in _SECOND_LABEL[kind]
    if kind == ACTIVITY:
        return len(labels) == 1 and labels[0] in list(Activity)
    return kind in (REQUESTS, COST) and len(labels) == 1


def sources_and_problems() -> Iterator[tuple[Source, Problem]]:
    """Every pair that may be counted."""
    return ((source, problem) for source in SHOWN for problem in Problem)
