"""The text of how the status pages compare with what we see, and of how they change."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from types import MappingProxyType
from typing import Final

from claude_exporter.core.churn import Change
from claude_exporter.core.model import WATCHED
from claude_exporter.core.page_watch import LAG_BOUNDS, Direction, PageWatch
from claude_exporter.runtime.exporter import Exporter

from .families import Desc, Group, Scrape, histogram_series
from .samples import Sample, histogram, lines

LAG: Final = Desc(
    "claude_status_page_lag_seconds",
    "histogram",
    "How long after a surface began to fail the page first acknowledged it; 0 where it was first.",
    ("surface",),
    series=(len(WATCHED), histogram_series(LAG_BOUNDS)),
)
LAST_LAG: Final = Desc(
    "claude_status_page_last_lag_seconds",
    "gauge",
    "How late the page was about the surface's last failure that it acknowledged.",
    ("surface",),
    series=(len(WATCHED),),
)
MISSED: Final = Desc(
    "claude_status_page_missed_failures_total",
    "counter",
    "Failures of five minutes or longer that were over before the page said a word.",
    ("surface",),
    series=(len(WATCHED),),
)
DISAGREEMENT: Final = Desc(
    "claude_status_page_disagreement_seconds_total",
    "counter",
    "How long page and probes have disagreed about the surface, by direction.",
    ("surface", "direction"),
    series=(len(WATCHED), len(Direction)),
)
DISAGREEMENT_SINCE: Final = Desc(
    "claude_status_page_disagreement_since_timestamp_seconds",
    "gauge",
    "Since when page and probes disagree, in Unix time; no sample while they do not.",
    ("surface", "direction"),
    series=(len(WATCHED), len(Direction)),
)
CHANGES: Final = Desc(
    "claude_status_component_changes_total",
    "counter",
    "Components of the page that appeared, disappeared or got another name.",
    ("page", "change"),
    series=("pages", len(Change)),
)
BACKFILLED: Final = Desc(
    "claude_status_page_backfilled",
    "gauge",
    "Whether the page's past incidents could be read; no sample before they were asked for.",
    ("page",),
    series=("pages",),
)

WATCH_FAMILIES: Final = (
    LAG,
    LAST_LAG,
    MISSED,
    DISAGREEMENT,
    DISAGREEMENT_SINCE,
    CHANGES,
    BACKFILLED,
)


def watch_text(scrape: Scrape) -> str:
    """All families of this module."""
    record = scrape.exporter.pages.record
    watches = {surface: record.surfaces.get(surface, PageWatch()) for surface in WATCHED}
    lags = "".join(
        histogram(LAG, (surface,), LAG_BOUNDS, each.lags.counts, each.lags.sum)
        for surface, each in watches.items()
    )
    last = (((s,), w.lags.last) for s, w in watches.items() if w.lags.last is not None)
    missed = (((surface,), each.lags.missed) for surface, each in watches.items())
    seconds = (
        ((surface, direction), total)
        for surface, each in watches.items()
        for direction, total in zip(Direction, each.seconds, strict=True)
    )
    since = (
        ((surface, each.direction), each.since)
        for surface, each in watches.items()
        if each.direction is not None and each.since is not None
    )
    bodies = {
        LAG: lags,
        LAST_LAG: lines(LAST_LAG, last),
        MISSED: lines(MISSED, missed),
        DISAGREEMENT: lines(DISAGREEMENT, seconds),
        DISAGREEMENT_SINCE: lines(DISAGREEMENT_SINCE, since),
        CHANGES: lines(CHANGES, _changes(scrape.exporter)),
        BACKFILLED: lines(BACKFILLED, _backfilled(scrape.exporter)),
    }
    return "".join(desc.header + body for desc, body in bodies.items())


def _changes(exporter: Exporter) -> Iterator[Sample]:
    for page, change in product(exporter.plan.pages, Change):
        yield (page.name, change), exporter.pages.record.changes_of(page.name)[change]


def _backfilled(exporter: Exporter) -> Iterator[Sample]:
    for page, state in exporter.pages.past.backfills.items():
        yield (page,), state.filled_at is not None


WATCH: Final = Group(
    heading="Status pages against our own probes",
    families=WATCH_FAMILIES,
    text=watch_text,
    labels=MappingProxyType(
        {
            "surface": ", ".join(WATCHED),
            "direction": "page_fine (the page has no incident while the surface fails), "
            "page_trouble (it has one while all is well here)",
            "page": "the status page's name in the configuration",
            "change": ", ".join(Change),
        }
    ),
)
