"""The text of what is known and decided about the surfaces, from the newest judgements."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from claude_exporter.core.evaluator import Judgement
from claude_exporter.core.forecast import HORIZONS
from claude_exporter.core.guide import SPANS, TRUTHS, Guide
from claude_exporter.core.model import Action, Sign, Surface
from claude_exporter.rules.spans import promql_duration

from .metrics import (
    FORECAST,
    SURFACE_FACT,
    SURFACE_FACT_SINCE,
    SURFACE_FAILING_SINCE,
    SURFACE_INCIDENT,
    SURFACE_SIGN,
    SURFACE_SUCCESS_RATIO,
    VERDICT,
    VERDICT_ROW,
    VERDICT_SINCE,
    Desc,
)
from .samples import lines

WITHIN: Final[Mapping[float, str]] = MappingProxyType(
    {seconds: promql_duration(seconds) for seconds in HORIZONS}
)
"""The forecast's horizons as label values."""

_Samples = Iterator[tuple[Sequence[str], float]]
_Known = Sequence[tuple[Surface, Judgement]]
_Choice = Callable[[Judgement], str]


def surface_text(judgements: Mapping[Surface, Judgement], guide: Guide, now: float) -> str:
    """All surface families at *now*, the moment of the judgements."""
    known = tuple(judgements.items())
    families: tuple[tuple[Desc, _Samples], ...] = (
        (SURFACE_FACT, _facts(known)),
        (SURFACE_FACT_SINCE, _moments(known, now)),
        (SURFACE_FAILING_SINCE, _failing_since(known, now)),
        (SURFACE_SIGN, _one_hot(known, tuple(Sign), lambda each: each.seen.sign)),
        (SURFACE_SUCCESS_RATIO, _ratios(known)),
        (SURFACE_INCIDENT, _incidents(known)),
        (VERDICT, _one_hot(known, tuple(Action), lambda each: each.verdict.action)),
        (VERDICT_ROW, _one_hot(known, guide.row_ids, lambda each: each.verdict.row)),
        (VERDICT_SINCE, (((surface,), each.since) for surface, each in known)),
        (FORECAST, _forecasts(known)),
    )
    return "".join(desc.header + lines(desc, samples) for desc, samples in families)


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
