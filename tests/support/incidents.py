"""A history of made-up incidents whose rates of ending are known."""

from __future__ import annotations

import json
import math
import random
from datetime import UTC, datetime
from typing import Final

BEGIN: Final = 1_700_000_000
PLAIN_RATE: Final = 0.01
"""Endings per minute before an incident is monitored."""

MONITORED: Final = 3.0
"""How many times faster a monitored incident ends."""

TITLES: Final = ("Elevated errors on Claude Opus 4", "Login fails", "Slow answers", "API outage")

MONITORING_RATE: Final = 1 / 40
"""Incidents that become monitored per minute."""


def ended_within(minutes: float) -> float:
    """The probability, 0..1, that a made-up incident is over this long after its post."""
    leaving = PLAIN_RATE + MONITORING_RATE
    later = PLAIN_RATE * MONITORED
    plain = math.exp(-leaving * minutes)
    monitored = (math.exp(-later * minutes) - plain) * MONITORING_RATE / (leaving - later)
    return 1 - plain - monitored


def stamp(moment: float) -> str:
    """A moment as a status page writes it."""
    return datetime.fromtimestamp(moment, UTC).isoformat().replace("+00:00", "Z")


def made_up_history(count: int, seed: int = 7) -> list[dict[str, object]]:
    """So many incidents, one every seven hours, as one would write them in JSON lines."""
    dice = random.Random(seed)  # noqa: S311
    return [_incident(index, dice) for index in range(count)]


def as_lines(history: list[dict[str, object]]) -> str:
    """The history as JSON lines."""
    return "".join(json.dumps(incident) + "\n" for incident in history)


def as_statuspage(history: list[dict[str, object]]) -> str:
    """The same history as a Statuspage's /api/v2/incidents.json tells it, newest first."""
    return json.dumps({"page": {"id": "p"}, "incidents": [_told(it) for it in history[::-1]]})


def _incident(index: int, dice: random.Random) -> dict[str, object]:
    posted_at = BEGIN + index * 25_200
    monitored_after = dice.expovariate(MONITORING_RATE)
    minutes = dice.expovariate(PLAIN_RATE)
    if minutes > monitored_after:
        minutes = monitored_after + dice.expovariate(PLAIN_RATE * MONITORED)
    resolved_at = posted_at + 60 * minutes
    updates = [{"at": stamp(posted_at), "status": "investigating"}]
    if minutes > monitored_after:
        at = stamp(posted_at + 60 * monitored_after)
        updates.append({"at": at, "status": "monitoring"})
    updates.append({"at": stamp(resolved_at), "status": "resolved"})
    return {
        "id": f"made-up-{index}",
        "title": TITLES[index % len(TITLES)],
        "impact": "minor",
        "posted_at": stamp(posted_at),
        "resolved_at": stamp(resolved_at),
        "impact_started_at": stamp(posted_at - 420) if index % 3 == 0 else None,
        "impact_ended_at": stamp(resolved_at) if index % 3 == 0 else None,
        "components": ["API"] * (index % 4),
        "updates": updates,
        "retroactive": False,
    }


def _told(incident: dict[str, object]) -> dict[str, object]:
    updates = incident["updates"]
    assert isinstance(updates, list)
    return {
        "id": incident["id"],
        "name": incident["title"],
        "impact": incident["impact"],
        "status": "resolved",
        "created_at": incident["posted_at"],
        "resolved_at": incident["resolved_at"],
        "components": [{"name": "API"} for _ in incident["components"]],
        "incident_updates": [
            {"status": it["status"], "created_at": it["at"], "display_at": it["at"]}
            for it in reversed(updates)
        ],
    }
