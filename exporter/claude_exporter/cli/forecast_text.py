"""What the forecast command prints, at most 80 columns wide, the same in a pipe."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from textwrap import wrap
from typing import Final

from claude_exporter.core.forecast import Curve, Forecast, ForecastEvent
from claude_exporter.core.forecast_score import Comparison, Reliability
from claude_exporter.core.forecast_study import Scores, Section, Study

WIDTH: Final = 80
BAR: Final = 40
EVENTS: Final = {
    ForecastEvent.RESOLVED: "the page marks the incident resolved",
    ForecastEvent.IMPACT_OVER: "the impact ends (no incident is posted)",
}


def text_of_forecast(title: str, forecast: Forecast) -> str:
    """A forecast for people."""
    lines = [title, f"Forecast: {EVENTS[forecast.event]}", ""]
    for within, probability in forecast.within.items():
        bar = "#" * round(BAR * probability)
        lines.append(f"  within {_minutes(within):>7}  {probability:4.0%}  {bar}".rstrip())
    remaining = rough_duration(forecast.median_remaining)
    lines += [f"  median remaining {remaining}", "", *wrap(forecast.basis, WIDTH)]
    return "\n".join(lines) + "\n"


def text_of_study(curve: Curve, study: Study) -> str:
    """The calibration of a fitted curve for people."""
    counts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in curve.counts.items())
    lines = [*wrap(f"History: {counts}.", WIDTH), ""]
    for section in study.sections:
        lines += [*_section(section), ""]
    lines += _traits(study.traits)
    lines += [
        f"Over within {_minutes(within)}: {share:.1%} of the live incidents."
        for within, share in study.brief.items()
    ]
    return "\n".join(lines) + "\n"


def rough_duration(seconds: float) -> str:
    """A duration as one says it: two figures are all a forecast carries."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return "less than a minute"
    if minutes < 120:
        return f"{minutes} min"
    return f"{seconds / 3600:.1f} h" if seconds < 172800 else f"{seconds / 86400:.1f} d"


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:.0f} min"


def _section(section: Section) -> Iterator[str]:
    yield f"{section.title}: {section.incidents} incidents, out of sample"
    yield ""
    yield "  per cent: said, seen, too much (+) or too little (-), and 95 % interval of the"
    yield "  seen; ! where what was said lies outside of it"
    yield from _reliability(section.reliability)
    yield from wrap(
        _chance(section.reliability), WIDTH, initial_indent="  ", subsequent_indent="  "
    )
    yield ""
    yield "  where the forecast said   cases    said    seen     gap"
    for row in section.by_probability:
        said = f"{row.age:.0%} to {row.horizon:.0%}"
        yield f"  {said:24} {row.count:6} {_percent(row)}"
    yield ""
    yield "  Brier score               forecast  base by age  base constant  certain"
    yield from _scores("all ages", section.scores)
    yield from _scores("age 0", section.scores_at_first)


def _reliability(rows: Sequence[Reliability]) -> Iterator[str]:
    for age, group in groupby(rows, key=lambda row: row.age):
        for index, row in enumerate(group):
            head = f"open for {_minutes(age)}" if index == 0 else ""
            within = f"within {_minutes(row.horizon)}"
            low, high = row.interval
            mark = "" if row.within_chance else " !"
            yield (
                f"  {head:16} {within:15} {row.count:6} {_percent(row)}"
                f" {100 * low:5.1f}-{100 * high:.1f}{mark}"
            )


def _chance(rows: Sequence[Reliability]) -> str:
    """How large the worst gap is, and how many gaps are more than chance."""
    worst = max(rows, key=lambda row: abs(row.gap))
    beyond = sum(not row.within_chance for row in rows)
    return (
        f"Largest gap {100 * worst.gap:+.1f} points, of {worst.count} incidents; {beyond} of"
        f" {len(rows)} figures outside of the interval, where chance alone puts about"
        f" {len(rows) / 20:.0f}."
    )


def _percent(row: Reliability) -> str:
    return f"{100 * row.forecast:7.1f} {100 * row.observed:7.1f} {100 * row.gap:+7.1f}"


def _scores(name: str, scores: Iterable[Scores]) -> Iterator[str]:
    for row in scores:
        head = f"{name}, within {_minutes(row.horizon)}"
        yield (
            f"  {head:24} {row.forecast:9.4f} {row.by_age:12.4f} {row.constant:14.4f}"
            f" {row.certain:8.4f}"
        )


def _traits(traits: Sequence[Comparison]) -> list[str]:
    if not traits:
        return []
    lines = [
        "Brier score, all ages and horizons, of age with one trait and of age alone",
        "  trait                        incidents    with   alone    gain  +- error",
    ]
    lines += [
        f"  {it.name:28} {it.incidents:9} {it.score:7.4f} {it.other:7.4f} {it.gain:+7.4f}"
        f" {it.error:8.4f}"
        for it in traits
    ]
    return [*lines, ""]
