"""How many series /metrics has: a bound for every family, as a product of what there is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from types import MappingProxyType
from typing import Final

from claude_exporter.core.guide import SPANS, TRUTHS
from claude_exporter.core.model import WATCHED, Action, Phase, Sign
from claude_exporter.core.page_model import ComponentStatus, Impact, IncidentPhase, PageFault
from claude_exporter.core.target_state import BUCKETS
from claude_exporter.runtime.scheduler import Skip
from claude_exporter.runtime.timetable import LAG_BOUNDS

from . import metrics
from .surface_text import WITHIN
from .target_text import FAILURE_SIGNS


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How many there are of what the configuration and the status pages decide."""

    targets: int
    rows: int
    pages: int = 0
    components: int = 0
    incidents: int = 0
    maintenances: int = 0


_HISTOGRAM_ENDS: Final = 3  # the bucket without a bound, the count and the sum

Factors = tuple[str | int, ...]

FACTORS: Final[Mapping[metrics.Desc, Factors]] = MappingProxyType(
    {
        metrics.PROBE_SUCCESS: ("targets",),
        metrics.PROBE_ATTEMPTS: ("targets",),
        metrics.PROBE_FAILURES: ("targets", len(FAILURE_SIGNS)),
        metrics.PROBE_DURATION: ("targets", len(BUCKETS) + _HISTOGRAM_ENDS),
        metrics.PROBE_PHASE: ("targets", len(Phase)),
        metrics.PROBE_LAST_RUN: ("targets",),
        metrics.PROBE_TLS_NOT_AFTER: ("targets",),
        metrics.SURFACE_FACT: (len(WATCHED), len(TRUTHS)),
        metrics.SURFACE_FACT_SINCE: (len(WATCHED), len(SPANS)),
        metrics.SURFACE_FAILING_SINCE: (len(WATCHED),),
        metrics.SURFACE_SIGN: (len(WATCHED), len(Sign)),
        metrics.SURFACE_SUCCESS_RATIO: (len(WATCHED),),
        metrics.SURFACE_INCIDENT: (len(WATCHED),),
        metrics.VERDICT: (len(WATCHED), len(Action)),
        metrics.VERDICT_ROW: (len(WATCHED), "rows"),
        metrics.VERDICT_SINCE: (len(WATCHED),),
        metrics.FORECAST: (len(WATCHED), len(WITHIN)),
        metrics.PAGE_UP: ("pages",),
        metrics.PAGE_LAST_SUCCESS: ("pages",),
        metrics.PAGE_POLLS: ("pages",),
        metrics.PAGE_FAILURES: ("pages", len(PageFault)),
        metrics.PAGE_COMPONENT: ("components", len(ComponentStatus)),
        metrics.PAGE_INCIDENTS: ("pages", len(Impact), len(IncidentPhase)),
        metrics.PAGE_INCIDENT_STARTED: ("incidents",),
        metrics.PAGE_INCIDENT_UPDATED: ("incidents",),
        metrics.MAINTENANCE_START: ("maintenances",),
        metrics.MAINTENANCE_END: ("maintenances",),
        metrics.BUILD_INFO: (1,),
        metrics.RELOAD_SUCCESSFUL: (1,),
        metrics.RELOAD_SUCCESS_TIME: (1,),
        metrics.STATE_PERSISTED: (1,),
        metrics.TARGETS: (1,),
        metrics.IN_FLIGHT: (1,),
        metrics.SKIPPED: (len(Skip),),
        metrics.SCHEDULE_LAG: (len(LAG_BOUNDS) + _HISTOGRAM_ENDS,),
        metrics.NOTIFICATIONS: (1,),
    }
)
"""The number of series of a family at most: the product of these; a word is a field of Sizes."""


def family_bound(desc: metrics.Desc, sizes: Sizes) -> int:
    """The most series that one family can have."""
    return prod(
        getattr(sizes, factor) if isinstance(factor, str) else factor for factor in FACTORS[desc]
    )


def series_count(sizes: Sizes) -> int:
    """
    The most series that all families of the catalogue can have.

    There are fewer where something does not happen: a target without TLS, a surface without
    trouble.
    """
    return sum(family_bound(desc, sizes) for desc in FACTORS)
