"""Witnesses beside our own probes: people in public places, and the user's own product."""

from __future__ import annotations

from typing import Final

from ask import now, of, over_time
from panels import by_family, colored, limit_lines, limits, lines, said, shades, tiles
from panels import stacked as piled
from sdk import shapes, stat, timeseries, units
from words import BLUE, BROKEN, FAMILIES, FINE, GREY, GUIDE, ORANGE, OURS, PINK, SKY, WAITING

from claude_exporter.rules.client import CONTRACT

_OFF: Final = "Off, or no place was asked yet"
_NO_PRODUCT: Final = "No rule says what your product sees (docs/client-evidence.md)"
_KINDS: Final = {
    "answered (2xx)": ("2..", BLUE),
    "refused (4xx)": ("4..", PINK),
    "Claude's fault (5xx)": ("5..", BROKEN),
    "anything else": ("[^245].*", GREY),
}


def crowd() -> stat.Panel:
    """Each place: calm, loud, not known, not read."""
    up, above = of("claude_community_source_up"), of("claude_community_above_baseline")
    loud = f"max by (source) ({above}) + 1"
    young = f"max by (source) ({up}) * 3"
    return (
        tiles(
            "Do others report trouble?",
            "Whether more people than usual at this hour report an outage, by place, three people "
            "at least. It corroborates what the probes see, and decides nothing alone.",
            (8, 6),
            now(f"{loud} or {young}", "{{source}}"),
        )
        .text_mode(shapes.BigValueTextMode.VALUE_AND_NAME)
        .unit(units.NoUnit)
        .mappings(
            said(
                {
                    "1": ("No more than usual", FINE),
                    "2": ("More than usual", WAITING),
                    "3": ("Not known yet", GREY),
                    "0": ("Cannot be read", OURS),
                }
            )
        )
        .no_value(_OFF)
    )


def reports() -> timeseries.Panel:
    """Against what is usual, and what is more than chance."""
    asked = {
        "reports": ("claude_community_reports", ORANGE),
        "usual at this hour": ("claude_community_baseline_reports", SKY),
        "more than chance from": ("claude_community_limit_reports", GREY),
    }
    made = lines(
        "Reports of an outage in the last hour",
        "Each author counts once. A gap: the place could not be read, which is no calm; without "
        "the other two lines too few days are known to say what is usual.",
        (16, 6),
        *(
            over_time(f"max by (source) ({of(metric)})", f"{name}, {{{{source}}}}")
            for name, (metric, _) in asked.items()
        ),
    )
    made = made.unit(units.Short).decimals(0).axis_soft_max(5).no_value(_OFF)
    return by_family(made, {f"^{name}": color for name, (_, color) in asked.items()})


def product_failures() -> timeseries.Panel:
    """What the user's own product meets."""
    limit = GUIDE.limits["client_failures"]
    enough = round(GUIDE.limits["client_requests"])
    made = lines(
        "Failed by Claude's fault, by model",
        "The share of your product's requests that Claude answered with 5xx, over five minutes. "
        f"Above the line it is evidence; fewer than {enough} requests are none.",
        (12, 8),
        over_time("max by (model) (claude:client_failure_ratio{})", "{{model}}"),
    )
    made = made.unit(units.PercentUnit).max(1).color_scheme(shades(BLUE)).no_value(_NO_PRODUCT)
    made = made.thresholds(limits("transparent", (limit, WAITING)))
    return by_family(made.thresholds_style(limit_lines()), FAMILIES)


def product_requests() -> timeseries.Panel:
    """How many it makes, and how they end."""
    made = lines(
        "Requests of your product",
        "How many requests a second your own product makes to Claude, by how they end.",
        (12, 8),
        *(
            over_time(f'sum({CONTRACT}{{code=~"{codes}"}})', name)
            for name, (codes, _) in _KINDS.items()
        ),
    )
    made = piled(made.unit(units.RequestsPerSecond)).line_width(0).no_value(_NO_PRODUCT)
    return colored(made, {name: color for name, (_, color) in _KINDS.items()})
