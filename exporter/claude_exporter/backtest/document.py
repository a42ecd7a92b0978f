"""A backtest as a document for scripts; docs/backtest.md says what each field means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from .score import (
    LONG,
    PROMPT,
    USELESS,
    Ending,
    Finding,
    Score,
    first_pages,
    first_waits,
    handled,
    quantiles,
    year_of,
)
from .study import Result


def document_of(results: Sequence[Result], facts: Mapping[str, object]) -> dict[str, Any]:
    """Everything; seconds are plain numbers."""
    return {**facts, "results": [_result(result) for result in results]}


def _result(result: Result) -> dict[str, Any]:
    score, reading = result.score, result.reading
    return {
        "reading": reading.name,
        "severity": {impact.value: share for impact, share in reading.severity.items()},
        "keyed": reading.keyed,
        "variant": result.variant.name,
        "thresholds": dict(result.variant.guide.thresholds),
        "months": score.months,
        "cycles": score.cycles,
        "cycles_played": score.played,
        "long_after": LONG,
        "prompt_by": PROMPT,
        "summary": _summary(score.findings),
        "pages_per_month": score.per_month(urgent=True),
        "calls_in_chat_per_month": score.per_month(urgent=False),
        "useless_pages_per_month": {
            reason.value: score.useless_per_month(reason) for reason in USELESS
        },
        "by_impact": _parts(score, lambda it: it.outage.impact.value),
        "by_year": _parts(score, lambda it: year_of(it.outage)),
        "confusion": [
            {"true": truth, "row": row, "hours": round(spent, 4)}
            for (truth, row), spent in sorted(score.hours.items())
        ],
        "outages": [_finding(it) for it in score.findings],
        "pages": [
            {
                "at": it.at,
                "surface": it.surface,
                "row": it.row,
                "reason": it.reason,
                "urgent": it.urgent,
            }
            for it in score.pages
        ],
    }


def _parts(score: Score, key: Callable[[Finding], str]) -> dict[str, Any]:
    names = sorted({key(it) for it in score.findings})
    return {name: _summary([it for it in score.findings if key(it) == name]) for name in names}


def _summary(found: Sequence[Finding]) -> dict[str, Any]:
    required = [it for it in found if it.required]
    endings = Counter(it.ending for it in found)
    return {
        "outages": len(found),
        "seen": sum(it.seen_after is not None for it in found),
        "waited": sum(it.waited_after is not None for it in found),
        "handled": sum(map(handled, found)),
        "required": len(required),
        "caught": sum(it.prompt for it in required),
        "missed_masked": sum(it.masked and not it.prompt for it in required),
        "wait_after": _spread(first_waits(found)),
        "page_after": _spread(first_pages(found)),
        "endings": {ending.value: endings[ending] for ending in Ending},
    }


def _spread(values: Iterable[float]) -> dict[str, float] | None:
    found = quantiles(list(values))
    return None if found is None else dict(zip(("median", "p90", "max"), found, strict=True))


def _finding(it: Finding) -> dict[str, Any]:
    """An outage by its number and times: neither its id nor its title leaves the history."""
    return {
        "number": it.outage.number,
        "started_at": it.outage.start,
        "duration": it.outage.duration,
        "impact": it.outage.impact.value,
        "surfaces": sorted(it.outage.surfaces),
        "models": sorted(it.outage.models),
        "window_stated": it.outage.stated,
        "required": it.required,
        "caught": it.prompt,
        "seen_after": it.seen_after,
        "waited_after": it.waited_after,
        "paged_after": it.paged_after,
        "told_after": it.told_after,
        "overlapping": it.overlapping,
        "masked": it.masked,
        "ending": it.ending,
    }
