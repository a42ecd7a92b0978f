"""Every metric family that /metrics shows: name, kind, help and labels, in one place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Desc:
    """One metric family; `name` carries its unit and, for a counter, `_total`."""

    name: str
    kind: str
    help: str
    labels: tuple[str, ...] = ()

    @property
    def header(self) -> str:
        return f"# HELP {self.name} {self.help}\n# TYPE {self.name} {self.kind}\n"


_TARGET: Final = ("target", "surface")

PROBE_SUCCESS: Final = Desc(
    "claude_probe_success",
    "gauge",
    "Whether the last probe of the target met its expectation.",
    _TARGET,
)
PROBE_ATTEMPTS: Final = Desc(
    "claude_probe_attempts_total", "counter", "Probes of the target that have ended.", _TARGET
)
PROBE_FAILURES: Final = Desc(
    "claude_probe_failures_total",
    "counter",
    "Probes of the target that failed, by what they met.",
    (*_TARGET, "sign"),
)
PROBE_DURATION: Final = Desc(
    "claude_probe_duration_seconds",
    "histogram",
    "How long the probes of the target took, failed ones included.",
    _TARGET,
)
PROBE_PHASE: Final = Desc(
    "claude_probe_phase_seconds",
    "gauge",
    "How long each phase of the last probe took; a phase that did not happen has no sample.",
    (*_TARGET, "phase"),
)
PROBE_LAST_RUN: Final = Desc(
    "claude_probe_last_run_timestamp_seconds",
    "gauge",
    "When the last probe of the target began, in Unix time.",
    _TARGET,
)
PROBE_TLS_NOT_AFTER: Final = Desc(
    "claude_probe_tls_not_after_timestamp_seconds",
    "gauge",
    "When the first certificate of the presented chain ends, in Unix time, trusted or not.",
    _TARGET,
)

SURFACE_FACT: Final = Desc(
    "claude_surface_fact",
    "gauge",
    "What the guide knows about the surface: 1 true, 0 false, no sample where it is unknown.",
    ("surface", "fact"),
)
SURFACE_FACT_SINCE: Final = Desc(
    "claude_surface_fact_since_timestamp_seconds",
    "gauge",
    "Since when what the guide measures has been going on, in Unix time.",
    ("surface", "fact"),
)
SURFACE_FAILING_SINCE: Final = Desc(
    "claude_surface_failing_since_timestamp_seconds",
    "gauge",
    "When the surface began to fail, in Unix time; no sample while it does not.",
    ("surface",),
)
SURFACE_SIGN: Final = Desc(
    "claude_surface_sign",
    "gauge",
    "What the surface fails with: 1 for that sign, 0 for the others.",
    ("surface", "sign"),
)
SURFACE_SUCCESS_RATIO: Final = Desc(
    "claude_surface_success_ratio",
    "gauge",
    "The share of essential probes of the surface that succeeded in the last 15 minutes.",
    ("surface",),
)
VERDICT: Final = Desc(
    "claude_verdict",
    "gauge",
    "What the guide says to do about the surface: 1 for that action, 0 for the others.",
    ("surface", "action"),
)
VERDICT_ROW: Final = Desc(
    "claude_verdict_row",
    "gauge",
    "Which row of the guide the verdict comes from: 1 for that row, 0 for the others.",
    ("surface", "row"),
)
VERDICT_SINCE: Final = Desc(
    "claude_verdict_since_timestamp_seconds",
    "gauge",
    "Since when the surface has had its present verdict, in Unix time.",
    ("surface",),
)
FORECAST: Final = Desc(
    "claude_forecast_resolved_probability",
    "gauge",
    "How probable it is that the trouble is over within a time from now; no sample without one.",
    ("surface", "within"),
)

PAGE_UP: Final = Desc(
    "claude_status_page_up",
    "gauge",
    "Whether the last poll of the status page could be read.",
    ("page",),
)
PAGE_LAST_SUCCESS: Final = Desc(
    "claude_status_page_last_success_timestamp_seconds",
    "gauge",
    "When the status page was last read, in Unix time; no sample before the first time.",
    ("page",),
)
PAGE_POLLS: Final = Desc(
    "claude_status_page_polls_total", "counter", "Polls of the status page that ended.", ("page",)
)
PAGE_FAILURES: Final = Desc(
    "claude_status_page_failures_total",
    "counter",
    "Polls of the status page that could not be read, by reason.",
    ("page", "reason"),
)
PAGE_COMPONENT: Final = Desc(
    "claude_status_component_status",
    "gauge",
    "The status of a component on the page: 1 for that status, 0 for the others.",
    ("page", "component_id", "component", "status"),
)
PAGE_INCIDENTS: Final = Desc(
    "claude_status_incidents",
    "gauge",
    "Unresolved incidents on the page, by impact and phase.",
    ("page", "impact", "phase"),
)
PAGE_INCIDENT_STARTED: Final = Desc(
    "claude_status_incident_started_timestamp_seconds",
    "gauge",
    "When an unresolved incident started by the page's own account, in Unix time.",
    ("page", "incident_id"),
)
PAGE_INCIDENT_UPDATED: Final = Desc(
    "claude_status_incident_updated_timestamp_seconds",
    "gauge",
    "When an unresolved incident was last updated, in Unix time.",
    ("page", "incident_id"),
)
SURFACE_INCIDENT: Final = Desc(
    "claude_status_surface_incident",
    "gauge",
    "Whether the page acknowledges trouble with the surface; no sample while it is unreadable.",
    ("surface",),
)
MAINTENANCE_START: Final = Desc(
    "claude_status_maintenance_start_timestamp_seconds",
    "gauge",
    "When a scheduled maintenance begins, in Unix time.",
    ("page", "maintenance_id"),
)
MAINTENANCE_END: Final = Desc(
    "claude_status_maintenance_end_timestamp_seconds",
    "gauge",
    "When a scheduled maintenance ends, in Unix time.",
    ("page", "maintenance_id"),
)

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
)
SCHEDULE_LAG: Final = Desc(
    "claude_exporter_schedule_lag_seconds",
    "histogram",
    "How late probes and polls start.",
)
NOTIFICATIONS: Final = Desc(
    "claude_exporter_notifications_total",
    "counter",
    "Notifications of Alertmanager written to the local log.",
)

TARGET_FAMILIES: Final = (
    PROBE_SUCCESS,
    PROBE_ATTEMPTS,
    PROBE_FAILURES,
    PROBE_DURATION,
    PROBE_PHASE,
    PROBE_LAST_RUN,
    PROBE_TLS_NOT_AFTER,
)
SURFACE_FAMILIES: Final = (
    SURFACE_FACT,
    SURFACE_FACT_SINCE,
    SURFACE_FAILING_SINCE,
    SURFACE_SIGN,
    SURFACE_SUCCESS_RATIO,
    SURFACE_INCIDENT,
    VERDICT,
    VERDICT_ROW,
    VERDICT_SINCE,
    FORECAST,
)
PAGE_FAMILIES: Final = (
    PAGE_UP,
    PAGE_LAST_SUCCESS,
    PAGE_POLLS,
    PAGE_FAILURES,
    PAGE_COMPONENT,
    PAGE_INCIDENTS,
    PAGE_INCIDENT_STARTED,
    PAGE_INCIDENT_UPDATED,
    MAINTENANCE_START,
    MAINTENANCE_END,
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
CATALOGUE: Final = (*TARGET_FAMILIES, *SURFACE_FAMILIES, *PAGE_FAMILIES, *EXPORTER_FAMILIES)
