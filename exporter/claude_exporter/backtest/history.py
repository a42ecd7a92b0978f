"""
Outages to replay, made of the incidents a status page has had.

The reader is the forecast's; what it leaves out (titles, components, every post) is taken from the
same text here. Where the page did not state when the impact began or ended, a delay is drawn from
those it did state, seeded by the incident, so that one history and seed always give one replay.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from claude_exporter.core.forecast_history import PastIncident, merged, read_history
from claude_exporter.core.model import WATCHED, Surface
from claude_exporter.core.page_model import Impact, IncidentPhase
from claude_exporter.sources.scope import (
    ENUMERATED,
    IncidentEvidence,
    covered_surfaces,
    models_of_title,
    surfaces_named,
)

FAMILIES: Final = ("opus", "sonnet", "haiku")
OLDER: Final = "older"
"""Stands for every model that is of no current family."""

LAGS: Final = (0.0, 360.0, 480.0, 540.0, 660.0, 900.0, 1260.0, 1620.0, 2700.0, 4245.0)
"""Measured delays from the beginning of the impact to the first post, in tenths, in seconds."""

CLOSINGS: Final = (180.0, 300.0, 420.0, 600.0, 960.0, 1020.0, 1440.0, 1650.0, 2820.0, 7740.0)
"""Measured delays from the end of the impact to `resolved`, in tenths, in seconds."""

_ENOUGH: Final = 10
_WHOLE: Final = frozenset(WATCHED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """
    One incident as it is replayed: its impact, and what the page said of it when.

    `surfaces` fail as a whole; of `models` only the keyed probes of these families fail, and then
    `surfaces` is empty. `covered` is what the page's incident covers. `posts` are the moments the
    page wrote something, empty where they are not known; a retroactive incident is never `live`.
    `stated` tells that the page gave start and end.
    """

    number: int
    start: float
    end: float
    impact: Impact
    surfaces: frozenset[Surface]
    models: frozenset[str]
    covered: frozenset[Surface]
    posted_at: float
    resolved_at: float
    live: bool
    stated: bool
    posts: tuple[float, ...] = ()
    phases: tuple[tuple[float, IncidentPhase], ...] = ()

    @property
    def duration(self) -> float:
        return self.end - self.start

    @property
    def watched(self) -> frozenset[Surface]:
        """The surfaces whose verdict should show it; a model is asked on the API."""
        return self.surfaces or (frozenset({Surface.API}) if self.models else frozenset())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """What the forecast's reader leaves out of an incident."""

    title: str = ""
    listed: frozenset[str] = frozenset()
    affected: frozenset[str] = frozenset()
    posts: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class _Delays:
    """Delays the history states: of live incidents, and the windows of retroactive ones."""

    lags: Sequence[float]
    closings: Sequence[float]
    windows: Sequence[tuple[float, float]]


def outages_of(
    texts: Iterable[tuple[str, str]], ids: Mapping[str, Surface], seed: int
) -> tuple[Outage, ...]:
    """
    Outages of several histories, given as (name, text), oldest first.

    *ids* maps component ids to surfaces. Incidents still open are left out, as are maintenances.
    Raises ValueError that says where, what was wanted, and what was found.
    """
    known = list(texts)
    history = merged(it for name, text in known for it in read_history(text, name))
    told = {key: each for _, text in known for key, each in _told_of(text, ids).items()}
    delays = _delays_of(history)
    return tuple(
        _outage(number, incident, told.get(incident.id, _Told()), delays, seed)
        for number, incident in enumerate(history)
        if incident.resolved_at is not None and incident.impact is not Impact.MAINTENANCE
    )


def _outage(number: int, it: PastIncident, told: _Told, delays: _Delays, seed: int) -> Outage:
    resolved_at = it.posted_at if it.resolved_at is None else it.resolved_at
    start, end = _window(it, resolved_at, delays, seed)
    named = models_of_title(told.title)
    evidence = IncidentEvidence(
        title=told.title,
        affected=told.affected,
        listed=told.listed,
        on_page=frozenset(surface.value for surface in WATCHED),
    )
    covered = covered_surfaces(evidence, {surface.value: surface for surface in WATCHED})
    failing = covered if not named else _beside_models(told.title)
    return Outage(
        number=number,
        start=start,
        end=end,
        impact=it.impact,
        surfaces=failing,
        models=frozenset(_family(name) for name in named),
        covered=covered,
        posted_at=it.posted_at,
        resolved_at=resolved_at,
        live=not it.retroactive and resolved_at > it.posted_at,
        stated=it.impact_started_at is not None and it.impact_ended_at is not None,
        posts=told.posts,
        phases=it.phases,
    )


def _beside_models(title: str) -> frozenset[Surface]:
    """Surfaces a title lists beside a model: `claude.ai and Sonnet 4 errors`."""
    return surfaces_named(title) if ENUMERATED.search(title.lower()) else frozenset()


def _family(name: str) -> str:
    return next((family for family in FAMILIES if name.startswith(family)), OLDER)


def _window(
    it: PastIncident, resolved_at: float, delays: _Delays, seed: int
) -> tuple[float, float]:
    dice = random.Random(f"{seed}/{it.id}")  # noqa: S311
    if it.retroactive and it.impact_started_at is None:
        before, after = dice.choice(delays.windows)
        return it.posted_at - before, it.posted_at - after
    start = it.impact_started_at
    if start is None:
        start = it.posted_at - dice.choice(delays.lags)
    if it.impact_ended_at is not None:
        return start, max(start, it.impact_ended_at)
    # Only a delay that leaves some impact is one this incident can have had.
    fitting = [delay for delay in delays.closings if resolved_at - delay > start]
    return start, resolved_at - (dice.choice(fitting) if fitting else 0.0)


def _delays_of(history: Sequence[PastIncident]) -> _Delays:
    lags: list[float] = []
    closings: list[float] = []
    windows: list[tuple[float, float]] = []
    for it in history:
        start, end, over = it.impact_started_at, it.impact_ended_at, it.resolved_at
        if start is not None and not it.retroactive:
            lags.append(max(0.0, it.posted_at - start))
        if end is not None and over is not None and not it.retroactive:
            closings.append(max(0.0, over - end))
        if start is not None and end is not None and it.retroactive:
            windows.append((it.posted_at - start, it.posted_at - end))
    return _Delays(
        lags=lags if len(lags) >= _ENOUGH else LAGS,
        closings=closings if len(closings) >= _ENOUGH else CLOSINGS,
        windows=windows
        if len(windows) >= _ENOUGH
        else [(lag + 1800.0, 1800.0) for lag in LAGS[1:]],
    )


def _told_of(text: str, ids: Mapping[str, Surface]) -> Mapping[str, _Told]:
    """By incident id; the text has been read before, so its shape is known to be right."""
    try:
        document = json.loads(text)
    except ValueError:
        document = None
    if isinstance(document, dict) and "incidents" in document:
        records = document["incidents"]
    else:
        records = [json.loads(line) for line in text.splitlines() if line.strip()]
    return {str(record.get("id")): _told(record, ids) for record in records}


def _told(record: Mapping[str, Any], ids: Mapping[str, Surface]) -> _Told:
    updates = record.get("updates") or record.get("incident_updates") or ()
    moments = [it.get("at") or it.get("display_at") or it.get("created_at") for it in updates]
    affected = (change for it in updates for change in it.get("affected_components") or ())
    return _Told(
        title=str(record.get("title") or record.get("name") or ""),
        listed=_keys(record.get("components") or (), ids),
        affected=_keys((it for it in affected if _changed(it)), ids),
        posts=tuple(sorted(datetime.fromisoformat(str(at)).timestamp() for at in moments)),
    )


def _changed(change: Mapping[str, Any]) -> bool:
    return {change.get("old_status"), change.get("new_status")} != {"operational"}


def _keys(components: Iterable[object], ids: Mapping[str, Surface]) -> frozenset[str]:
    """Components as surfaces' names where they are one's, else as they are called."""
    return frozenset(key for each in components for key in _keys_of(each, ids))


def _keys_of(component: object, ids: Mapping[str, Surface]) -> Iterable[str]:
    found = component if isinstance(component, Mapping) else {"name": component}
    key, name = str(found.get("id") or found.get("code")), str(found.get("name") or "")
    if key in ids:
        return [ids[key].value]
    return sorted(surface.value for surface in surfaces_named(name)) or [name or key]
