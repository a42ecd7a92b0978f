"""The objectives: what is left of the error budget, and how fast it goes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ask import now, over_time, recorded, rows_of
from panels import (
    Board,
    Item,
    bars,
    by_limits,
    changed,
    colored,
    columns,
    limit_lines,
    limits,
    lines,
    listing,
    said,
)
from sdk import bargauge, table, timeseries, units
from words import BLUE, BROKEN, COLOR_OF_SURFACE, FINE, ORANGE, SKY, WAITING, surfaces

from claude_exporter.config import load_config
from claude_exporter.config.durations import parse_duration
from claude_exporter.core.model import WATCHED
from claude_exporter.rules import slo
from claude_exporter.rules.slo_alerts import slo_alert_table
from claude_exporter.web.headline import NAMES

SETTINGS: Final = load_config(None, {}).slo
PERIOD: Final = f"{SETTINGS.days}d"
CHOSEN: Final = ("$surface",)
SLIS: Final = {"availability": "Availability", "latency": "Latency"}
_LOW: Final = 0.25
_SHOWN: Final = {"5m": SKY, "1h": BLUE, "6h": ORANGE, "3d": BROKEN}


def items() -> Iterator[Item]:
    """The budgets, how they went, and how fast they go."""
    for sli in SLIS:
        yield remaining(sli)
    yield objectives()
    for sli in SLIS:
        yield budget(sli)
    for sli in SLIS:
        yield burn(sli)
    for sli in SLIS:
        yield errors(sli)


def factors(sli: str) -> list[float]:
    """How many times as fast as allowed the budget must go for an alert, each once."""
    entries = (each for each in slo_alert_table().values() if each.get("sli") == sli)
    found = {
        round(share * SETTINGS.window / parse_duration(long), 1)
        for entry in entries
        for long, _, share in entry["windows"]
    }
    return sorted(found)


def remaining(sli: str) -> bargauge.Panel:
    """What is left, per surface."""
    left = recorded(slo.REMAINING, sli=sli, surface=CHOSEN)
    made = (
        bars(
            f"{SLIS[sli]}: error budget left",
            f"What is left of what may fail within {PERIOD}, by surface, where it is least. "
            "Below nothing: overspent.",
            (12, 6),
            now(f"min by (surface) ({left})", "{{surface}}"),
        )
        .unit(units.PercentUnit)
        .decimals(0)
        .min(0)
        .max(1)
        .thresholds(limits(BROKEN, (0, WAITING), (_LOW, FINE)))
        .color_scheme(by_limits())
        .no_value("Not measured yet: are the rules of the objectives loaded?")
    )
    for surface in WATCHED:
        made = changed(made, surface, {"displayName": NAMES[surface]})
    return made


def objectives() -> table.Panel:
    """Objective, what was measured, and how it went."""
    asked = (
        slo.OBJECTIVE,
        f"{slo.RATIO}{PERIOD}",
        slo.MEASURED,
        slo.REMAINING,
    )
    rows = [
        rows_of(f'min by (surface, sli) ({name}{{surface=~"$surface"}})')
        if name == slo.OBJECTIVE
        else rows_of(f"max by (surface, sli) ({recorded(name, surface=CHOSEN)})")
        for name in asked
    ]
    made = columns(
        listing(
            "Objectives",
            f"What shall be, and what was over {PERIOD}. What was not measured spends nothing.",
            (24, 10),
            *rows,
        ).no_value("No objectives: are their rules loaded?"),
        {
            "surface": "Surface",
            "sli": "What",
            "Value #A": "Objective",
            "Value #B": f"Missed in {PERIOD}",
            "Value #C": "Measured",
            "Value #D": "Budget left",
        },
    )
    named = {surface: (name, "text") for surface, name in surfaces().items()}
    what = {sli: (text, "text") for sli, text in SLIS.items()}
    made = changed(made, "surface", {"mappings": said(named)})
    made = changed(made, "sli", {"mappings": said(what)})
    for letter in "ABCD":
        made = changed(made, f"Value #{letter}", {"unit": units.PercentUnit, "decimals": 2})
    return made


def _lines(title: str, description: str, name: str, sli: str) -> timeseries.Panel:
    """One line per surface."""
    made = lines(
        f"{SLIS[sli]}: {title}",
        description,
        (12, 8),
        over_time(f"max by (surface) ({recorded(name, sli=sli, surface=CHOSEN)})", "{{surface}}"),
    ).no_value("Not measured in this time")
    made = made.fill_opacity(0)
    for surface in WATCHED:
        color = {"mode": "fixed", "fixedColor": COLOR_OF_SURFACE[surface]}
        made = changed(made, surface, {"displayName": NAMES[surface], "color": color})
    return made


def budget(sli: str) -> timeseries.Panel:
    """How the budget went."""
    text = f"What was left of the error budget of the {PERIOD} before. Below zero: overspent."
    made = _lines("budget over time", text, slo.REMAINING, sli).unit(units.PercentUnit)
    return made.axis_soft_min(0).max(1)


def burn(sli: str) -> timeseries.Panel:
    """How fast the budget goes, over the last hour."""
    steps = factors(sli)
    text = (
        "How many times as fast as allowed the budget goes, over the last hour; 1 spends it just "
        "so. "
        f"The lines: {', '.join(f'{each:g}' for each in steps)} times, where alerts begin."
    )
    made = _lines("burn rate", text, slo.BURN, sli).unit("suffix:x")
    colors = (WAITING, ORANGE, BROKEN, BROKEN)
    placed = limits("transparent", *zip(steps, colors, strict=False))
    return made.thresholds(placed).thresholds_style(limit_lines())


def errors(sli: str) -> timeseries.Panel:
    """The share that missed the objective, over several spans."""
    asked = [
        over_time(
            f"max({recorded(f'{slo.RATIO}{window}', sli=sli, surface=CHOSEN)})", f"over {window}"
        )
        for window in _SHOWN
    ]
    made = lines(
        f"{SLIS[sli]}: share that missed it",
        "The share of probes that failed or were slow, of the surface where it is most, over "
        "several spans.",
        (12, 8),
        *asked,
    ).unit(units.PercentUnit)
    made = made.max(1).no_value("Not measured in this time")
    return colored(made, {f"over {window}": color for window, color in _SHOWN.items()})


BOARD: Final = Board(
    uid="claude-slo",
    title="Claude: objectives",
    description="How dependable Claude was, and what is left of the error budget.",
    items=tuple(items()),
    span="now-7d",
    choices={"surface": ("Surface", "claude_verdict")},
)
