"""The exporter itself: is it on time, is what it knows fresh, what does it take."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ask import SELECTED, now, of, over_time, rows_of
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
    tiles,
)
from sdk import prometheus, shapes, stat, table, timeseries, units
from words import BLUE, BROKEN, FINE, ORANGE, SKY, WAITING, limit_of

_QUANTILES: Final = ((0.5, "50 % within", SKY), (0.99, "99 % within", ORANGE))
_NOT_SCRAPED: Final = "No exporter is scraped"


def items() -> Iterator[Item]:
    """Is it well, is it on time, is it fresh, what does it take."""
    yield scraped()
    yield reloaded()
    yield saved()
    yield series()
    yield "On time"
    yield lag()
    yield durations()
    yield skipped()
    yield "Fresh"
    yield staleness()
    yield versions()
    yield "What it takes"
    yield cpu()
    yield memory()
    yield files()
    yield samples()
    yield scrapes()


def _health(title: str, text: str, expr: str, good: str, bad: str) -> stat.Panel:
    """A tile that is well at 1."""
    return (
        tiles(title, text, (6, 4), now(expr, title))
        .unit(units.NoUnit)
        .mappings(said({"1": (good, FINE), "0": (bad, BROKEN)}))
        .no_value(_NOT_SCRAPED)
    )


def scraped() -> stat.Panel:
    """All that are chosen."""
    text = "Whether Prometheus reaches every exporter chosen: the least of them counts."
    return _health("Scraped", text, f"min(up{{{SELECTED}}})", "All answer", "One does not")


def reloaded() -> stat.Panel:
    """The configuration."""
    text = (
        "Whether the last attempt to load the configuration succeeded; if not, the old one holds."
    )
    expr = f"min({of('claude_exporter_config_last_reload_successful')})"
    return _health("Configuration", text, expr, "Loaded", "Refused")


def saved() -> stat.Panel:
    """The state file."""
    text = "Whether onset times are saved and survive a restart."
    expr = f"min({of('claude_exporter_state_persisted')})"
    return _health("State file", text, expr, "Saved", "Not saved")


def series() -> stat.Panel:
    """Cardinality."""
    return (
        tiles(
            "Series",
            "Samples of the last scrape, of the largest exporter. docs/metrics.md says what bounds "
            "them.",
            (6, 4),
            now(f"max(scrape_samples_scraped{{{SELECTED}}})", "Series"),
        )
        .unit(units.LocaleFormat)
        .decimals(0)
        .thresholds(limits(FINE))
        .color_scheme(by_limits())
        .no_value(_NOT_SCRAPED)
    )


def _quantiles(bucket: str) -> list[prometheus.Dataquery]:
    return [
        over_time(
            f"histogram_quantile({share}, sum by (le) (rate({bucket}[$__rate_interval])))", name
        )
        for share, name, _ in _QUANTILES
    ]


def lag() -> timeseries.Panel:
    """How late probes start."""
    made = lines(
        "How late probes start",
        "Of so many probes and polls the start was no later than this. Late starts mean a machine "
        "that is too busy.",
        (8, 8),
        *_quantiles(of("claude_exporter_schedule_lag_seconds_bucket")),
    ).unit(units.Seconds)
    return colored(made.no_value(_NOT_SCRAPED), {name: color for _, name, color in _QUANTILES})


def durations() -> timeseries.Panel:
    """How long probes take."""
    made = lines(
        "How long probes take",
        "So many of all probes are quicker than this, failed ones included.",
        (8, 8),
        *_quantiles(of("claude_probe_duration_seconds_bucket")),
    ).unit(units.Seconds)
    return colored(made.no_value(_NOT_SCRAPED), {name: color for _, name, color in _QUANTILES})


def skipped() -> timeseries.Panel:
    """What did not run."""
    count = of("claude_exporter_probes_skipped_total")
    made = lines(
        "Skipped probes",
        "Probes that were not started or not finished: the one before still ran (overlap), too "
        "many at once (capacity), the machine slept (missed), they took too long (deadline) or "
        "broke (crash).",
        (8, 8),
        over_time(f"sum by (reason) (increase({count}[$__rate_interval])) > 0", "{{reason}}"),
    )
    made = stacked(made.unit(units.Short).decimals(0)).draw_style(shapes.GraphDrawStyle.BARS)
    return made.color_scheme(shades(ORANGE)).no_value("No probe was skipped")


def staleness() -> timeseries.Panel:
    """Age of the oldest result and of each source."""
    stale = limit_of("ClaudeProbesStale")
    ran = of("claude_probe_last_run_timestamp_seconds")
    page = of("claude_status_page_last_success_timestamp_seconds")
    code = of("claude_code_source_last_event_timestamp_seconds")
    made = lines(
        "Age of what it knows",
        "How long ago each surface was last probed, where it is longest, and each page read. Above "
        "the line an alert begins. Claude Code's sources speak when somebody works.",
        (16, 8),
        over_time(f"max(min by (surface, instance) (time() - {ran}))", "probes"),
        over_time(f"max(time() - {page})", "status page"),
        over_time(f"min(time() - {code})", "Claude Code"),
    ).unit(units.Seconds)
    made = made.decimals(0).axis_soft_max(1.2 * stale)
    made = made.thresholds(limits("transparent", (stale, WAITING))).thresholds_style(limit_lines())
    colors = {"probes": BLUE, "status page": ORANGE, "Claude Code": SKY}
    return colored(made.no_value(_NOT_SCRAPED), colors)


def versions() -> table.Panel:
    """What runs where."""
    info = of("claude_exporter_build_info")
    made = columns(
        listing(
            "What runs",
            "The exporters, their versions, and how many targets each of them probes.",
            (8, 8),
            rows_of(f"max by (instance, version, python) ({info})"),
            rows_of(f"max by (instance) ({of('claude_exporter_targets')})"),
        ).no_value(_NOT_SCRAPED),
        {
            "instance": "Exporter",
            "version": "Version",
            "python": "Python",
            "Value #B": "Targets",
        },
    )
    for name in ("version", "python"):
        made = changed(made, name, {"custom.width": 80})
    return changed(made, "Value #B", {"unit": units.Short, "decimals": 0, "custom.width": 80})


def _resource(title: str, text: str, expr: str, unit: str, width: int = 8) -> timeseries.Panel:
    """One line per exporter."""
    made = lines(title, text, (width, 7), over_time(f"max by (instance) ({expr})", "{{instance}}"))
    return made.unit(unit).color_scheme(shades(BLUE)).no_value(_NOT_SCRAPED)


def cpu() -> timeseries.Panel:
    """Of one core."""
    used = f"rate(process_cpu_seconds_total{{{SELECTED}}}[$__rate_interval])"
    return _resource("CPU", "Of one core.", used, units.PercentUnit)


def memory() -> timeseries.Panel:
    """Resident memory."""
    used = f"process_resident_memory_bytes{{{SELECTED}}}"
    return _resource("Memory", "Resident memory of the process.", used, units.BytesIEC)


def files() -> timeseries.Panel:
    """Open files of what is allowed."""
    used = f"process_open_fds{{{SELECTED}}} / process_max_fds{{{SELECTED}}}"
    return _resource("Open files", "Of what the system allows.", used, units.PercentUnit)


def samples() -> timeseries.Panel:
    """Cardinality over time."""
    text = (
        "Samples per scrape: the number of series, which incidents and components change a little."
    )
    found = f"scrape_samples_scraped{{{SELECTED}}}"
    return _resource("Series over time", text, found, units.Short, 12)


def scrapes() -> timeseries.Panel:
    """How long a scrape takes."""
    text = "How long Prometheus waits for /metrics; a scrape probes nothing."
    spent = f"scrape_duration_seconds{{{SELECTED}}}"
    return _resource("Scrapes", text, spent, units.Seconds, 12)


BOARD: Final = Board(
    uid="claude-exporter",
    title="Claude: the exporter",
    description="Whether the exporter is on time and fresh, and what it takes.",
    items=tuple(items()),
)
