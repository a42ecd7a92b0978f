"""The text of what is known and decided about the surfaces, from the newest judgements."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from claude_exporter.core.evaluator import Judgement
from claude_exporter.core.forecast import HORIZONS
from claude_exporter.core.guide import SPANS, TRUTHS
from claude_exporter.core.model import WATCHED, Action, Sign, Surface
from claude_exporter.rules.spans import promql_duration
from claude_exporter.runtime.plan import Plan

from .families import Desc, Group, Scrape
from .samples import Sample, families_text

WITHIN: Final[Mapping[float, str]] = MappingProxyType(
    {seconds: promql_duration(seconds) for seconds in HORIZONS}
)
"""The forecast's horizons as label values."""

OUTCOMES: Final = ("answered", "failed")

SURFACE_FACT: Final = Desc(
    "claude_surface_fact",
    "gauge",
    "What the guide knows about the surface: 1 true, 0 false, no sample where it is unknown.",
    ("surface", "fact"),
    series=(len(WATCHED), len(TRUTHS)),
)
SURFACE_FACT_SINCE: Final = Desc(
    "claude_surface_fact_since_timestamp_seconds",
    "gauge",
    "Since when what the guide measures has been going on, in Unix time.",
    ("surface", "fact"),
    series=(len(WATCHED), len(SPANS)),
)
SURFACE_FAILING_SINCE: Final = Desc(
    "claude_surface_failing_since_timestamp_seconds",
    "gauge",
    "When the surface began to fail, in Unix time; no sample while it does not.",
    ("surface",),
    series=(len(WATCHED),),
)
SURFACE_SIGN: Final = Desc(
    "claude_surface_sign",
    "gauge",
    "What the surface fails with: 1 for that sign, 0 for the others.",
    ("surface", "sign"),
    series=(len(WATCHED), len(Sign)),
)
SURFACE_SUCCESS_RATIO: Final = Desc(
    "claude_surface_success_ratio",
    "gauge",
    "The share of essential probes of the surface that succeeded in the last 15 minutes.",
    ("surface",),
    series=(len(WATCHED),),
)
SURFACE_INCIDENT: Final = Desc(
    "claude_status_surface_incident",
    "gauge",
    "Whether the page acknowledges trouble with the surface; no sample while it is unreadable.",
    ("surface",),
    series=(len(WATCHED),),
)
SURFACE_REAL_REQUESTS: Final = Desc(
    "claude_surface_real_requests",
    "gauge",
    "Real requests that were told of in the last 15 minutes; no sample where nobody would tell.",
    ("surface", "outcome"),
    series=(len(WATCHED), len(OUTCOMES)),
)
VERDICT: Final = Desc(
    "claude_verdict",
    "gauge",
    "What the guide says to do about the surface: 1 for that action, 0 for the others.",
    ("surface", "action"),
    series=(len(WATCHED), len(Action)),
)
VERDICT_ROW: Final = Desc(
    "claude_verdict_row",
    "gauge",
    "Which row of the guide the verdict comes from: 1 for that row, 0 for the others.",
    ("surface", "row"),
    series=(len(WATCHED), "rows"),
)
VERDICT_SINCE: Final = Desc(
    "claude_verdict_since_timestamp_seconds",
    "gauge",
    "Since when the surface has had its present verdict, in Unix time.",
    ("surface",),
    series=(len(WATCHED),),
)
FORECAST: Final = Desc(
    "claude_forecast_resolved_probability",
    "gauge",
    "How probable it is that the trouble is over within a time from now; no sample without one.",
    ("surface", "within"),
    series=(len(WATCHED), len(WITHIN)),
)

SURFACE_FAMILIES: Final = (
    SURFACE_FACT,
    SURFACE_FACT_SINCE,
    SURFACE_FAILING_SINCE,
    SURFACE_SIGN,
    SURFACE_SUCCESS_RATIO,
    SURFACE_INCIDENT,
    SURFACE_REAL_REQUESTS,
    VERDICT,
    VERDICT_ROW,
    VERDICT_SINCE,
    FORECAST,
)

_Samples = Iterator[Sample]
_Known = Sequence[tuple[Surface, Judgement]]
_Choice = Callable[[Judgement], str]


def surface_text(scrape: Scrape) -> str:
    """All surface families at the moment of the scrape."""
    return judgements_text(scrape.judgements, scrape.exporter.plan.guide.row_ids, scrape.now)


def judgements_text(
    judgements: Mapping[Surface, Judgement], rows: Sequence[str], now: float
) -> str:
    """All surface families at *now*, the moment of the judgements."""
    known = tuple(judgements.items())
    families: tuple[tuple[Desc, _Samples], ...] = (
        (SURFACE_FACT, _facts(known)),
        (SURFACE_FACT_SINCE, _moments(known, now)),
        (SURFACE_FAILING_SINCE, _failing_since(known, now)),
        (SURFACE_SIGN, _one_hot(known, tuple(Sign), lambda each: each.seen.sign)),
        (SURFACE_SUCCESS_RATIO, _ratios(known)),
        (SURFACE_INCIDENT, _incidents(known)),
        (SURFACE_REAL_REQUESTS, _real_requests(known)),
        (VERDICT, _one_hot(known, tuple(Action), lambda each: each.verdict.action)),
        (VERDICT_ROW, _one_hot(known, rows, lambda each: each.verdict.row)),
        (VERDICT_SINCE, (((surface,), each.since) for surface, each in known)),
        (FORECAST, _forecasts(known)),
    )
    return families_text(families)


def _facts(known: _Known) -> _Samples:
    for surface, each in known:
        for fact in sorted(TRUTHS):
            value = getattr(each.seen, fact)
            if value is not None:
                yield (surface, fact), value


def _moments(known: _Known, now: float) -> _Samples:
    for surface, each in known:
        for span in sorted(SPANS):
            seconds = getattr(each.seen, span)
            if seconds is not None:
                yield (surface, span.removesuffix("_for")), round(now - seconds, 3)


def _failing_since(known: _Known, now: float) -> _Samples:
    for surface, each in known:
        if each.seen.failing_for is not None:
            yield (surface,), round(now - each.seen.failing_for, 3)


def _ratios(known: _Known) -> _Samples:
    for surface, each in known:
        if each.seen.success_ratio is not None:
            yield (surface,), each.seen.success_ratio


def _incidents(known: _Known) -> _Samples:
    for surface, each in known:
        if each.seen.incident is not None:
            yield (surface,), each.seen.incident


def _real_requests(known: _Known) -> _Samples:
    for surface, each in known:
        counts = (each.seen.real_successes, each.seen.real_failures)
        for outcome, count in zip(OUTCOMES, counts, strict=True):
            if count is not None:
                yield (surface, outcome), count


def _forecasts(known: _Known) -> _Samples:
    for surface, each in known:
        if each.forecast is not None:
            for seconds, probability in each.forecast.within.items():
                yield (surface, WITHIN[seconds]), round(probability, 4)


def _one_hot(known: _Known, values: Sequence[str], choose: _Choice) -> _Samples:
    for surface, each in known:
        chosen = choose(each)
        for value in values:
            yield (surface, value), value == chosen


def _sizes(plan: Plan) -> Mapping[str, int]:
    return {"rows": len(plan.guide.row_ids)}


SURFACES: Final = Group(
    heading="Surfaces and verdicts",
    families=SURFACE_FAMILIES,
    text=surface_text,
    labels=MappingProxyType(
        {
            "surface": ", ".join(WATCHED),
            "sign": ", ".join(Sign),
            "outcome": ", ".join(OUTCOMES),
            "fact": "what the guide's conditions name: "
            + ", ".join((*sorted(TRUTHS), *(span.removesuffix("_for") for span in sorted(SPANS)))),
            "action": ", ".join(Action),
            "within": ", ".join(WITHIN.values()),
            "row": "the id of a row of the guide ([guide.md](guide.md))",
        }
    ),
    sizes=_sizes,
)
