"""What a status page says, and how reading it went: immutable values, moments in Unix seconds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .model import WATCHED, Surface


class ComponentStatus(StrEnum):
    """A component's state on a Statuspage; anything else reads as `unknown`."""

    OPERATIONAL = "operational"
    DEGRADED = "degraded_performance"
    PARTIAL = "partial_outage"
    MAJOR = "major_outage"
    MAINTENANCE = "under_maintenance"
    UNKNOWN = "unknown"


class Impact(StrEnum):
    """An incident's impact as the page states it."""

    NONE = "none"
    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"
    MAINTENANCE = "maintenance"
    UNKNOWN = "unknown"


class IncidentPhase(StrEnum):
    """How far an unresolved incident has come, as the page states it."""

    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    UNKNOWN = "unknown"


class MaintenancePhase(StrEnum):
    """How far a scheduled maintenance has come, as the page states it."""

    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    VERIFYING = "verifying"
    UNKNOWN = "unknown"


class PageFault(StrEnum):
    """Why a poll of a status page could not be read: neither an outage nor an all-clear."""

    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    TIMEOUT = "timeout"
    PROTOCOL = "protocol"
    HTTP_STATUS = "http_status"
    WAF = "waf"
    RATE_LIMITED = "rate_limited"
    TOO_LARGE = "too_large"
    REDIRECTS = "redirects"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One component of a status page, known by its id; `surface` where it maps to one."""

    id: str
    name: str
    status: ComponentStatus
    surface: Surface | None = None
    updated_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One unresolved incident. `surfaces` is what it covers, `models` the model names it gives."""

    id: str
    name: str
    phase: IncidentPhase
    impact: Impact
    surfaces: frozenset[Surface]
    models: frozenset[str] = frozenset()
    started_at: float | None = None
    updated_at: float | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintenance:
    """One scheduled or running maintenance, with the times the page announces."""

    id: str
    name: str
    phase: MaintenancePhase
    surfaces: frozenset[Surface]
    starts_at: float | None
    ends_at: float | None
    created_at: float | None = None
    updated_at: float | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageContent:
    """What a status page said when it was last read."""

    page_id: str
    name: str
    indicator: Impact
    components: tuple[Component, ...] = ()
    incidents: tuple[Incident, ...] = ()
    maintenances: tuple[Maintenance, ...] = ()
    updated_at: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageReport:
    """
    One poll of one status page.

    `content` is the newest content that could be read, `read_at` when that was; both stay while
    polls fail and are dropped by whoever judges once they are too old: older than `max_age`, where
    the page has its own. `fault` is why the latest poll failed, None where it did not. `covers` are
    the surfaces that the page speaks of at all: another provider's page covers none. `cached_for`
    is how old the answer was that brought the content, by the cache's own account.
    """

    page: str
    polled_at: float
    fault: PageFault | None = None
    detail: str = ""
    content: PageContent | None = None
    read_at: float | None = None
    duration: float = 0.0
    cached_for: float = 0.0
    covers: frozenset[Surface] = frozenset(WATCHED)
    max_age: float | None = None
