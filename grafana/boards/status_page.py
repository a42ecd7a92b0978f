"""What the status page says, how fresh that is, and how far from what our probes see."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import others
import pages
from ask import by, coded, now, of, over_time, placed, recorded, rows_of
from panels import (
    Board,
    Item,
    by_limits,
    changed,
    colored,
    columns,
    limit_lines,
    limits,
    lines,
    listing,
    said,
    shades,
    stacked,
    states,
    tiles,
)
from sdk import shapes, stat, statetimeline, table, timeseries, units
from words import BROKEN, FINE, GUIDE, IMPACTS, ORANGE, STATUSES, WAITING, surfaces

WINDOWS: Final = ("24h", "7d", "30d")
_NO_RECORD: Final = "Nothing is on record yet"
_AGREEMENT: Final = {
    "0": ("They agree", FINE),
    "1": ("We fail, the page is silent", BROKEN),
    "2": ("The page has trouble, we do not", WAITING),
}


def items() -> Iterator[Item]:
    """Now, over time, and against our own record."""
    yield readable()
    yield pages.last_read(6)
    yield pages.open_incidents(6)
    yield pages.next_maintenance(6)
    yield "What it says"
    yield components()
    yield incidents_over_time()
    yield pages.incidents(8)
    yield "Against our own probes"
    yield agreement()
    yield lag()
    yield disagreements()
    yield our_uptime()
    yield page_uptime()
    yield "What others say"
    yield others.crowd()
    yield others.reports()
    yield "Reading it"
    yield ages()
    yield faults()
    yield pages.churn()


def readable() -> stat.Panel:
    """Whether the last poll could be read."""
    return (
        tiles(
            "Readable",
            "Whether the last poll of each page could be read, by every exporter chosen.",
            (6, 4),
            now(f"min by (page) ({of('claude_status_page_up')})", "{{page}}"),
        )
        .unit(units.NoUnit)
        .mappings(said({"1": ("Readable", FINE), "0": ("Cannot be read", BROKEN)}))
        .no_value("Not polled yet")
    )


def components() -> statetimeline.Panel:
    """Each component's status over time."""
    codes = {
        of("claude_status_component_status", status=status): code
        for code, status in enumerate(STATUSES)
    }
    return (
        states(
            "Components",
            "What the page said of each of its components. A gap: it could not be read.",
            (24, 9),
            over_time(f"max by (page, component) ({coded(codes)})", "{{page}}: {{component}}"),
        )
        .unit(units.NoUnit)
        .mappings(said({str(code): text for code, text in enumerate(STATUSES.values())}))
        .no_value("The page was not read in this time")
    )


def incidents_over_time() -> timeseries.Panel:
    """How many were open, by impact."""
    asked = [
        over_time(
            f"max(sum by (job, instance) ({of('claude_status_incidents', impact=impact)}))", name
        )
        for impact, (name, _) in IMPACTS.items()
    ]
    made = lines(
        "Open incidents by impact",
        "Unresolved incidents, by the impact that the page states. It often states too little, and "
        "too late.",
        (12, 8),
        *asked,
    )
    made = stacked(made.unit(units.Short).decimals(0)).axis_soft_max(2)
    made = made.line_interpolation(shapes.LineInterpolation.STEP_AFTER)
    return colored(made.no_value("The page was not read in this time"), dict(IMPACTS.values()))


def agreement() -> statetimeline.Panel:
    """Who was wrong when."""
    asked = []
    for surface, name in surfaces().items():
        failing = recorded("claude:fact", surface=surface, fact="failing")
        incident = recorded("claude:fact", surface=surface, fact="incident")
        join = "on (surface, $vantage_label)"
        silent = f"({failing} == 1) * 1 and {join} ({incident} == 0)"
        alone = f"({incident} == 1) * 2 and {join} ({failing} == 0)"
        either = f"0 * ({failing} and {join} {incident})"
        asked.append(
            over_time(
                placed(f"max {by()} ({silent} or {alone} or {either})"), f"{name} {{{{place}}}}"
            )
        )
    return (
        states(
            "Do page and probes agree?",
            "Orange-red is the page's lag: we fail and it is silent, for a median of 16 minutes "
            "after an outage begins. A gap: one of the two is not known.",
            (24, 8),
            *asked,
        )
        .unit(units.NoUnit)
        .mappings(said(_AGREEMENT))
        .no_value("Nothing was recorded in this time")
    )


def lag() -> stat.Panel:
    """How late it was about each surface."""
    made = (
        tiles(
            "How late the page was",
            "How long after our probes began to fail the page first spoke of each surface's last "
            "trouble; in real incidents the median is 16 minutes.",
            (12, 6),
            now(f"max by (surface) ({of('claude_status_page_last_lag_seconds')})", "{{surface}}"),
        )
        .unit(units.Seconds)
        .decimals(0)
        .thresholds(limits(FINE, (GUIDE.thresholds["escalate_after"], WAITING)))
        .color_scheme(by_limits())
        .no_value("No trouble was seen that the page acknowledged")
    )
    for surface, name in surfaces().items():
        made = changed(made, surface, {"displayName": name})
    return made


def disagreements() -> table.Panel:
    """How long, how often."""
    length = of("claude_status_page_disagreement_seconds_total", direction="page_fine")
    alone = of("claude_status_page_disagreement_seconds_total", direction="page_trouble")
    missed = of("claude_status_page_missed_failures_total")
    made = columns(
        listing(
            "Disagreement in the time shown",
            "How long the page was silent while we failed, how long it had trouble that we did not "
            "see, and how many failures of five minutes or more it never mentioned.",
            (12, 6),
            *(
                rows_of(f"max by (surface) (increase({counter}[$__range]))")
                for counter in (length, alone, missed)
            ),
        ).no_value("Nothing was recorded in this time"),
        {
            "surface": "Surface",
            "Value #A": "Page silent",
            "Value #B": "Page alone",
            "Value #C": "Unmentioned",
        },
    )
    named = {surface: (name, "text") for surface, name in surfaces().items()}
    made = changed(made, "surface", {"mappings": said(named)})
    for letter in "AB":
        made = changed(made, f"Value #{letter}", {"unit": units.Seconds, "decimals": 0})
    return changed(made, "Value #C", {"unit": units.Short, "decimals": 0})


def _uptime(made: table.Panel, first: str, shown: str) -> table.Panel:
    """One column per window, and how much of the longest is known."""
    made = columns(
        made,
        {first: shown}
        | {f"Value #{letter}": window for letter, window in zip("ABC", WINDOWS, strict=True)}
        | {"Value #D": f"Known of {WINDOWS[-1]}"},
    )
    for letter in "ABCD":
        found = {"unit": units.PercentUnit, "decimals": 2, "min": 0, "max": 1}
        found["custom.width"] = 110 if letter == "D" else 90
        made = changed(made, f"Value #{letter}", found)
    return made


def our_uptime() -> table.Panel:
    """By the verdicts."""
    ratio, known = "claude_surface_uptime_ratio", "claude_surface_uptime_known_ratio"
    asked = [rows_of(f"min by (surface) ({of(ratio, window=window)})") for window in WINDOWS]
    asked.append(rows_of(f"min by (surface) ({of(known, window=WINDOWS[-1])})"))
    text = (
        "The share of the known time in which nothing was to be done about each surface, where it "
        "was least. The last column says how much of the time is known."
    )
    made = _uptime(
        listing("Uptime by our own record", text, (12, 7), *asked).no_value(_NO_RECORD),
        "surface",
        "Surface",
    )
    named = {surface: (name, "text") for surface, name in surfaces().items()}
    return changed(made, "surface", {"mappings": said(named)})


def page_uptime() -> table.Panel:
    """By the page's components, recorded by us."""
    ratio = "claude_status_component_uptime_ratio"
    known = "claude_status_component_uptime_known_ratio"
    named = (
        "on (page, component_id) group_left (component) max by (page, component_id, component) "
        f"({of('claude_status_component_status', status='operational')} * 0 + 1)"
    )
    wanted = [of(ratio, window=window) for window in WINDOWS] + [of(known, window=WINDOWS[-1])]
    asked = [rows_of(f"min by (page, component_id) ({each}) * {named}") for each in wanted]
    text = (
        "The share of the known time in which the page called each component no worse than "
        "degraded; maintenance counts as neither."
    )
    made = _uptime(
        listing("Uptime by the page", text, (12, 7), *asked).no_value(_NO_RECORD),
        "component",
        "Component",
    )
    return changed(made, "component", {"custom.width": 180})


def ages() -> timeseries.Panel:
    """How fresh what we knew was."""
    read = of("claude_status_page_last_success_timestamp_seconds")
    made = lines(
        "Age of what we know",
        "How long ago each page had been read. Above the line it counts as unreadable.",
        (8, 8),
        over_time(f"max by (page) (time() - {read})", "{{page}}"),
    ).unit(units.Seconds)
    made = made.decimals(0).axis_soft_max(1.2 * pages.MAX_AGE)
    made = made.thresholds(limits("transparent", (pages.MAX_AGE, WAITING)))
    return colored(
        made.thresholds_style(limit_lines()).no_value("The page was never read"),
        {"claude": FINE},
    )


def faults() -> timeseries.Panel:
    """Why polls could not be read."""
    failed = of("claude_status_page_failures_total")
    made = lines(
        "Polls that could not be read",
        "By reason: a firewall's challenge (waf), a status that is not 200, a timeout and so on.",
        (8, 8),
        over_time(f"sum by (reason) (increase({failed}[$__rate_interval])) > 0", "{{reason}}"),
    )
    made = stacked(made.unit(units.Short).decimals(0)).draw_style(shapes.GraphDrawStyle.BARS)
    return made.color_scheme(shades(ORANGE)).no_value("Every poll could be read")


BOARD: Final = Board(
    uid="claude-status-page",
    title="Claude: status page",
    description="What the status page says, how fresh that is, and whether our probes agree.",
    items=tuple(items()),
)
