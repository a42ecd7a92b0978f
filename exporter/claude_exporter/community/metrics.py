"""The metric families of what others report."""

from __future__ import annotations

from typing import Final

from claude_exporter.community.ask import REASONS
from claude_exporter.web.families import Desc

_SOURCE: Final = ("source",)
_SERIES: Final = ("places",)

REPORTS: Final = Desc(
    "claude_community_reports",
    "gauge",
    "Reports of an outage in the last hour, each author counted once; none while unavailable.",
    _SOURCE,
    _SERIES,
)
AUTHORS: Final = Desc(
    "claude_community_authors",
    "gauge",
    "How many different people reported in the last hour; no sample while unavailable.",
    _SOURCE,
    _SERIES,
)
BASELINE: Final = Desc(
    "claude_community_baseline_reports",
    "gauge",
    "How many reports this hour of the day usually has; no sample while too few days are known.",
    _SOURCE,
    _SERIES,
)
LIMIT: Final = Desc(
    "claude_community_limit_reports",
    "gauge",
    "How many reports are more than chance at this hour; no sample while too few days are known.",
    _SOURCE,
    _SERIES,
)
ABOVE: Final = Desc(
    "claude_community_above_baseline",
    "gauge",
    "Whether more people than usual report an outage; no sample where that is not known.",
    _SOURCE,
    _SERIES,
)
SOURCE_UP: Final = Desc(
    "claude_community_source_up",
    "gauge",
    "Whether the source could be read last time; no sample before the first time.",
    _SOURCE,
    _SERIES,
)
LAST_SUCCESS: Final = Desc(
    "claude_community_last_success_timestamp_seconds",
    "gauge",
    "When the source was last read, in Unix time; no sample before the first time.",
    _SOURCE,
    _SERIES,
)
POLLS: Final = Desc(
    "claude_community_polls_total",
    "counter",
    "How often the source has been asked.",
    _SOURCE,
    _SERIES,
)
FAILURES: Final = Desc(
    "claude_community_failures_total",
    "counter",
    "How often the source could not be read, by reason.",
    ("source", "reason"),
    ("places", len(REASONS)),
)

COMMUNITY_FAMILIES: Final = (
    REPORTS,
    AUTHORS,
    BASELINE,
    LIMIT,
    ABOVE,
    SOURCE_UP,
    LAST_SUCCESS,
    POLLS,
    FAILURES,
)
