"""What the simulated status page says: changes from a scenario file, folded into a state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Final, Self

from pydantic import BaseModel, Field, model_validator

from claude_exporter.core.page_model import ComponentStatus, Impact
from claude_exporter.simulator.behaviour import FILE_VALUE, Seconds

LONG_AGO: Final = -86_400.0
"""When the page last changed before a scenario began, in seconds of the scenario."""


class Part(StrEnum):
    """The components of Claude's page, in its order, by the names scenario files use."""

    WEB = "web"
    CONSOLE = "console"
    API = "api"
    CODE = "code"
    COWORK = "cowork"
    GOVERNMENT = "government"


class Phase(StrEnum):
    """The phases of an incident; a resolved one leaves the summary."""

    INVESTIGATING = "investigating"
    IDENTIFIED = "identified"
    MONITORING = "monitoring"
    RESOLVED = "resolved"


class WorkPhase(StrEnum):
    """The phases of a maintenance; a completed one leaves the summary."""

    SCHEDULED = "scheduled"
    IN_PROGRESS = "in_progress"
    VERIFYING = "verifying"
    COMPLETED = "completed"


Parts = tuple[Annotated[Part, Field(strict=False)], ...]
State = Annotated[ComponentStatus, Field(strict=False)]


class IncidentChange(BaseModel):
    """One post about one incident; posts with the same id are updates of it."""

    model_config = FILE_VALUE

    id: str = "s1mincident1"
    name: str
    impact: Annotated[Impact, Field(strict=False)] = Impact.MAJOR
    phase: Annotated[Phase, Field(strict=False)] = Phase.INVESTIGATING
    components: Annotated[Parts, Field(strict=False)] = ()
    text: str = "We are looking into it and will provide an update as soon as possible."


class MaintenanceChange(BaseModel):
    """One announcement of one maintenance; `starts` and `ends` count from the scenario's start."""

    model_config = FILE_VALUE

    id: str = "s1mmaintain1"
    name: str
    phase: Annotated[WorkPhase, Field(strict=False)] = WorkPhase.SCHEDULED
    components: Annotated[Parts, Field(strict=False)] = ()
    starts: Seconds
    ends: Seconds

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.ends <= self.starts:
            raise ValueError(f"expected ends after starts ({self.starts:g} s), not {self.ends:g} s")
        return self


class PageChange(BaseModel):
    """What somebody edits on the page in one step: null removes every incident or maintenance."""

    model_config = FILE_VALUE

    incident: IncidentChange | None = None
    maintenance: MaintenanceChange | None = None
    components: Mapping[Annotated[Part, Field(strict=False)], State] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartState:
    """A component's status and since when, in seconds of the scenario."""

    status: ComponentStatus = ComponentStatus.OPERATIONAL
    since: float = LONG_AGO


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One update of an incident, with each component's status before and after it."""

    at: float
    phase: Phase
    text: str
    affected: tuple[tuple[Part, ComponentStatus, ComponentStatus], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedIncident:
    """An unresolved incident with its posts, newest first."""

    id: str
    name: str
    impact: Impact
    parts: tuple[Part, ...]
    posts: tuple[Post, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedMaintenance:
    """A maintenance that is not completed."""

    id: str
    name: str
    phase: WorkPhase
    parts: tuple[Part, ...]
    starts_at: float
    ends_at: float
    created_at: float
    updated_at: float


ALL_WELL: Final[Mapping[Part, PartState]] = MappingProxyType(dict.fromkeys(Part, PartState()))


@dataclass(frozen=True, slots=True, kw_only=True)
class PageState:
    """All that the page says at one moment; moments are seconds of the scenario."""

    parts: Mapping[Part, PartState] = field(default_factory=lambda: ALL_WELL)
    incidents: tuple[PostedIncident, ...] = ()
    maintenances: tuple[PostedMaintenance, ...] = ()
    changed_at: float = LONG_AGO


def after_change(page: PageState, change: PageChange, at: float) -> PageState:
    """The page after one edit."""
    parts = dict(page.parts)
    for part, status in change.components.items():
        if status != parts[part].status:
            parts[part] = PartState(status=status, since=at)
    changed = replace(page, parts=MappingProxyType(parts), changed_at=at)
    if "incident" in change.model_fields_set:
        changed = replace(changed, incidents=_incidents_after(page, change.incident, parts, at))
    if "maintenance" in change.model_fields_set:
        changed = replace(changed, maintenances=_maintenances_after(page, change.maintenance, at))
    return changed


def _incidents_after(
    page: PageState, change: IncidentChange | None, parts: Mapping[Part, PartState], at: float
) -> tuple[PostedIncident, ...]:
    if change is None:
        return ()
    others = tuple(known for known in page.incidents if known.id != change.id)
    if change.phase is Phase.RESOLVED:
        return others
    post = Post(
        at=at,
        phase=change.phase,
        text=change.text,
        affected=tuple(
            (part, page.parts[part].status, parts[part].status) for part in change.components
        ),
    )
    earlier = [known.posts for known in page.incidents if known.id == change.id]
    incident = PostedIncident(
        id=change.id,
        name=change.name,
        impact=change.impact,
        parts=change.components,
        posts=(post, *(earlier[0] if earlier else ())),
    )
    return (incident, *others)


def _maintenances_after(
    page: PageState, change: MaintenanceChange | None, at: float
) -> tuple[PostedMaintenance, ...]:
    if change is None:
        return ()
    others = tuple(known for known in page.maintenances if known.id != change.id)
    if change.phase is WorkPhase.COMPLETED:
        return others
    created = [known.created_at for known in page.maintenances if known.id == change.id]
    maintenance = PostedMaintenance(
        id=change.id,
        name=change.name,
        phase=change.phase,
        parts=change.components,
        starts_at=change.starts,
        ends_at=change.ends,
        created_at=created[0] if created else at,
        updated_at=at,
    )
    return (maintenance, *others)
