"""What the exporter says of itself, as text."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from claude_exporter import __version__
from claude_exporter.runtime.job import Skip
from claude_exporter.runtime.timetable import LAG_BOUNDS

from .families import Desc, Group, Scrape, histogram_series
from .samples import histogram, line, lines

BUILD_INFO: Final = Desc(
    "claude_exporter_build_info",
    "gauge",
    "Version of the exporter and of what it runs on; always 1.",
    ("version", "python"),
)
RELOAD_SUCCESSFUL: Final = Desc(
    "claude_exporter_config_last_reload_successful",
    "gauge",
    "Whether the last attempt to load the configuration succeeded.",
)
RELOAD_SUCCESS_TIME: Final = Desc(
    "claude_exporter_config_last_reload_success_timestamp_seconds",
    "gauge",
    "When the configuration was last loaded, in Unix time.",
)
STATE_PERSISTED: Final = Desc(
    "claude_exporter_state_persisted",
    "gauge",
    "Whether onset times are being saved and will survive a restart.",
)
TARGETS: Final = Desc("claude_exporter_targets", "gauge", "Targets that are being probed.")
IN_FLIGHT: Final = Desc("claude_exporter_probes_in_flight", "gauge", "Probes under way now.")
SKIPPED: Final = Desc(
    "claude_exporter_probes_skipped_total",
    "counter",
    "Probes that were not started or not finished, by reason.",
    ("reason",),
    series=(len(Skip),),
)
SCHEDULE_LAG: Final = Desc(
    "claude_exporter_schedule_lag_seconds",
    "histogram",
    "How late probes and polls start.",
    series=(histogram_series(LAG_BOUNDS),),
)
NOTIFICATIONS: Final = Desc(
    "claude_exporter_notifications_total",
    "counter",
    "Notifications of Alertmanager written to the local log.",
)

EXPORTER_FAMILIES: Final = (
    BUILD_INFO,
    RELOAD_SUCCESSFUL,
    RELOAD_SUCCESS_TIME,
    STATE_PERSISTED,
    TARGETS,
    IN_FLIGHT,
    SKIPPED,
    SCHEDULE_LAG,
    NOTIFICATIONS,
)


def own_text(scrape: Scrape) -> str:
    """All families of this module, now."""
    exporter, scheduler = scrape.exporter, scrape.exporter.scheduler
    reload_state, lag = exporter.reload_state, scheduler.lag
    skipped = (((reason,), count) for reason, count in scheduler.skipped.items())
    found = {
        BUILD_INFO: line(BUILD_INFO, (__version__, platform.python_version()), 1),
        SKIPPED: lines(SKIPPED, skipped),
        SCHEDULE_LAG: histogram(SCHEDULE_LAG, (), lag.bounds, _each(lag.counts), lag.sum),
    }
    single = {
        RELOAD_SUCCESSFUL: reload_state.successful,
        RELOAD_SUCCESS_TIME: reload_state.success_at,
        STATE_PERSISTED: exporter.state_file.health.ok,
        TARGETS: len(exporter.plan.targets),
        IN_FLIGHT: scheduler.in_flight,
        NOTIFICATIONS: scrape.notifications,
    }
    found |= {desc: line(desc, (), number) for desc, number in single.items()}
    return "".join(desc.header + found[desc] for desc in EXPORTER_FAMILIES)


def _each(heights: Sequence[int]) -> Sequence[int]:
    """The counts of each bucket alone."""
    return [top - below for below, top in pairwise((0, *heights))]


EXPORTER: Final = Group(
    heading="The exporter itself",
    families=EXPORTER_FAMILIES,
    text=own_text,
    labels=MappingProxyType(
        {
            "reason": ", ".join(Skip),
            "version": "of claude-exporter",
            "python": "the version of Python it runs on",
        }
    ),
)
