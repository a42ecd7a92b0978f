"""What is shown of the status page on more than one dashboard, and how its parts change."""

from __future__ import annotations

from typing import Final

from ask import STATUS_PAGE, now, of, over_time, rows_of
from panels import (
    by_family,
    by_limits,
    changed,
    columns,
    limits,
    lines,
    listing,
    said,
    stacked,
    tiles,
)
from sdk import (
    stat,
    table,
    timeseries,
    units,
)
from words import (
    FINE,
    GREY,
    ORANGE,
    SKY,
    WAITING,
)

from claude_exporter.config import load_config
from claude_exporter.rules.spans import promql_duration

MAX_AGE: Final = load_config(None, {}).status_pages[0].max_age
"""Seconds after which what was read counts as unreadable."""


def open_incidents(width: int) -> stat.Panel:
    """How many are open; a page that is not read says nothing."""
    count = of("claude_status_incidents")
    return (
        tiles(
            "The status page says",
            "Unresolved incidents on each status page. Unknown while it cannot be read.",
            (width, 4),
            now(f"max by (page) (sum by (page, job, instance) ({count}))", "{{page}}"),
        )
        .unit(units.NoUnit)
        .mappings(said({"0": ("No incident", FINE), "1": ("1 incident", WAITING)}))
        .thresholds(limits(FINE, (1, WAITING)))
        .color_scheme(by_limits())
        .no_value("Cannot be read")
    )


def last_read(width: int) -> stat.Panel:
    """How old that is."""
    read = of("claude_status_page_last_success_timestamp_seconds")
    return (
        tiles(
            "Page last read",
            f"How long ago, by the exporter that read it last. After {promql_duration(MAX_AGE)} it "
            "counts as unreadable, never as calm.",
            (width, 4),
            now(f"time() - max by (page) ({read})", "{{page}}"),
        )
        .unit(units.Seconds)
        .decimals(0)
        .thresholds(limits(FINE, (MAX_AGE, WAITING)))
        .color_scheme(by_limits())
        .no_value("Never")
    )


def next_maintenance(width: int) -> stat.Panel:
    """The next one; none is said only while the page can be read."""
    begins = of("claude_status_maintenance_start_timestamp_seconds")
    readable = of("claude_status_incidents")
    return (
        tiles(
            "Next maintenance in",
            "The next maintenance that a status page announces. Unknown while it cannot be read.",
            (width, 4),
            now(f"min({begins} - time() > 0) or 0 * max({readable})", "Maintenance"),
        )
        .unit(units.Seconds)
        .decimals(0)
        .mappings(said({"0": ("None announced", FINE)}))
        .thresholds(limits(SKY))
        .color_scheme(by_limits())
        .no_value("Page cannot be read")
    )


def incidents(height: int) -> table.Panel:
    """Open incidents by their ids: titles are not metrics."""
    began = of("claude_status_incident_started_timestamp_seconds")
    updated = of("claude_status_incident_updated_timestamp_seconds")
    made = columns(
        listing(
            "Incidents on the status page",
            "Unresolved incidents. The id leads to Claude's page, where title and texts are.",
            (12, height),
            rows_of(f"max by (page, incident_id) (time() - {began})"),
            rows_of(f"max by (page, incident_id) (time() - {updated})"),
        ).no_value("No incident is open, or the page cannot be read"),
        {
            "page": "Page",
            "incident_id": "Incident",
            "Value #A": "Began, ago",
            "Value #B": "Updated, ago",
        },
    )
    for name in ("Value #A", "Value #B"):
        made = changed(made, name, {"unit": units.Seconds, "decimals": 0})
    url = f"{STATUS_PAGE}/incidents/${{__value.text}}"
    links = [{"title": "On the status page", "url": url, "targetBlank": True}]
    return changed(made, "incident_id", {"links": links})


def maintenances(height: int) -> table.Panel:
    """What is announced and what is under way."""
    begins = of("claude_status_maintenance_start_timestamp_seconds")
    ends = of("claude_status_maintenance_end_timestamp_seconds")
    made = columns(
        listing(
            "Maintenances on the status page",
            "Maintenances that are announced or in progress.",
            (12, height),
            rows_of(f"max by (page, maintenance_id) ({begins}) * 1000"),
            rows_of(f"max by (page, maintenance_id) ({ends}) * 1000"),
        ).no_value("No maintenance is announced, or the page cannot be read"),
        {
            "page": "Page",
            "maintenance_id": "Maintenance",
            "Value #A": "Begins",
            "Value #B": "Ends",
        },
    )
    for name in ("Value #A", "Value #B"):
        made = changed(made, name, {"unit": units.DatetimeISO, "custom.width": 160})
    return made


def churn() -> timeseries.Panel:
    """A page whose parts change may say less of a surface than it did."""
    found = of("claude_status_component_changes_total")
    made = lines(
        "Components that came and went",
        "Components that appeared, disappeared or got another name. A part that goes takes what "
        "it said of its surface with it: look at the components of the configuration.",
        (8, 8),
        over_time(
            f"sum by (page, change) (increase({found}[$__rate_interval]))", "{{page}}: {{change}}"
        ),
    )
    made = stacked(made.unit(units.Short).decimals(0)).axis_soft_max(2)
    made = made.no_value("The page was not read in this time")
    return by_family(made, {": appeared": SKY, "disappeared": ORANGE, "renamed": GREY})
