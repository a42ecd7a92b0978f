"""
The incidents a status page has had, as the forecast needs them.

Two shapes are read: Statuspage's own `/api/v2/incidents.json`, and JSON lines with one incident
each (posted_at, resolved_at, retroactive, title, impact, components, updates, impact_started_at,
impact_ended_at), in which the impact may be stated.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, cast

from .forecast import Scope, scope_of_title
from .page_model import Impact, IncidentPhase

Json = Mapping[str, Any]

LIVE_PHASES: Final = {
    phase.value: phase for phase in IncidentPhase if phase is not IncidentPhase.UNKNOWN
}
IMPACTS: Final = {impact.value: impact for impact in Impact}
CLOSING: Final = frozenset({"resolved", "postmortem", "completed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PastIncident:
    """
    One incident, over or not.

    `retroactive` was posted only afterwards. `phases` are (moment, phase) as posted, empty where
    only start and end are known; `components` is 0 where unknown. The impact's window is None
    where the page did not state it.
    """

    id: str
    posted_at: float
    resolved_at: float | None
    retroactive: bool
    scope: Scope
    impact: Impact
    components: int = 0
    phases: tuple[tuple[float, IncidentPhase], ...] = ()
    impact_started_at: float | None = None
    impact_ended_at: float | None = None

    def phase_at(self, moment: float) -> tuple[float, IncidentPhase] | None:
        """Since when which phase was posted at this moment; None before the first, or unknown."""
        current: tuple[float, IncidentPhase] | None = None
        for at, phase in self.phases:
            if at > moment:
                break
            if current is None or phase is not current[1]:
                current = (at, phase)
        return current


def read_history(text: str, name: str) -> tuple[PastIncident, ...]:
    """
    Read a history, oldest post first; `name` is the file's, for messages.

    Raises ValueError that says where, what was wanted, and what was found.
    """
    incidents = [_past_incident(record, place) for place, record in _records(text, name)]
    if not incidents:
        raise ValueError(f"{name}: expected at least one incident, found none")
    return merged(incidents)


def merged(incidents: Iterable[PastIncident]) -> tuple[PastIncident, ...]:
    """One history from several that overlap: of incidents with one id the last one stays."""
    by_id = {incident.id: incident for incident in incidents}
    return tuple(sorted(by_id.values(), key=lambda it: (it.posted_at, it.id)))


def as_known(history: Iterable[PastIncident], until: float) -> tuple[PastIncident, ...]:
    """The history as somebody knew it at this moment: what came later is not in it."""
    return tuple(_as_known(it, until) for it in history if it.posted_at < until)


def last_moment(history: Iterable[PastIncident]) -> float:
    """The newest moment the history speaks of: open incidents were watched until then."""
    return max(
        moment
        for it in history
        for moment in (it.posted_at, it.resolved_at, *(at for at, _ in it.phases))
        if moment is not None
    )


def _as_known(incident: PastIncident, until: float) -> PastIncident:
    over = incident.resolved_at is not None and incident.resolved_at <= until
    return replace(
        incident,
        resolved_at=incident.resolved_at if over else None,
        phases=tuple(change for change in incident.phases if change[0] <= until),
        # A page states the window when it closes the incident, not before.
        impact_started_at=incident.impact_started_at if over else None,
        impact_ended_at=incident.impact_ended_at if over else None,
    )


def _records(text: str, name: str) -> Iterator[tuple[str, Json]]:
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if isinstance(document, dict) and "incidents" in document:
        if not isinstance(document["incidents"], list):
            found = document["incidents"]
            raise ValueError(f"{name}: $.incidents: expected a list, not {found!r:.60}")
        for index, record in enumerate(document["incidents"]):
            place = f"{name}: $.incidents[{index}]"
            yield place, _lines_shape(_object(record, place), place)
        return
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            yield (
                f"{name}:{number}: $",
                _object(_json_of(line, f"{name}:{number}"), f"{name}:{number}"),
            )


def _json_of(line: str, place: str) -> object:
    try:
        return cast("object", json.loads(line))
    except ValueError as error:
        raise ValueError(
            f"{place}: expected an incident in JSON on each line, or the whole of"
            f" /api/v2/incidents.json: {error}"
        ) from error


def _object(value: object, place: str) -> Json:
    if not isinstance(value, dict):
        raise ValueError(f"{place}: expected an object with an incident, not {value!r:.60}")  # noqa: TRY004
    return value


def _lines_shape(record: Json, place: str) -> Json:
    updates = _list(record, "incident_updates", place)
    changes = [
        {"at": it.get("display_at") or it.get("created_at"), "status": it.get("status")}
        for it in (_object(update, place) for update in updates)
    ]
    # Statuspage lists the newest update first.
    changes.reverse()
    live = any(change["status"] not in CLOSING for change in changes)
    return {
        **record,
        "title": record.get("name"),
        "posted_at": changes[0]["at"] if changes else record.get("created_at"),
        "updates": changes,
        "retroactive": bool(changes) and not live,
    }


def _past_incident(record: Json, place: str) -> PastIncident:
    phases = [
        (_moment(update, "at", f"{place}.updates"), LIVE_PHASES[update["status"]])
        for update in (_object(it, place) for it in _list(record, "updates", place))
        if update.get("status") in LIVE_PHASES
    ]
    posted_at = _moment(record, "posted_at", place)
    return PastIncident(
        id=str(record.get("id") or f"{posted_at}"),
        posted_at=posted_at,
        resolved_at=_maybe_moment(record, "resolved_at", place),
        retroactive=record.get("retroactive") is True,
        scope=scope_of_title(str(record.get("title") or "")),
        impact=IMPACTS.get(str(record.get("impact")), Impact.UNKNOWN),
        components=len(_list(record, "components", place)),
        phases=tuple(sorted(phases, key=lambda change: change[0])),
        impact_started_at=_maybe_moment(record, "impact_started_at", place),
        impact_ended_at=_maybe_moment(record, "impact_ended_at", place),
    )


def _list(record: Json, key: str, place: str) -> list[object]:
    value = record.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise ValueError(f"{place}.{key}: expected a list, not {value!r:.60}")  # noqa: TRY004
    return value


def _maybe_moment(record: Json, key: str, place: str) -> float | None:
    return None if record.get(key) is None else _moment(record, key, place)


def _moment(record: Json, key: str, place: str) -> float:
    value = record.get(key)
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        wanted = "a moment like 2026-05-14T20:33:01Z"
        raise ValueError(f"{place}.{key}: expected {wanted}, not {value!r:.60}")
    return moment.timestamp()
