"""Days on which something happens to Claude or to us: what the dashboards are drawn from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any

from claude_exporter.simulator.answers import MODELS
from claude_exporter.simulator.scenario import Scenario

BEGIN = 1_768_176_000.0
"""Every day begins at this moment, midnight in UTC, in Unix seconds."""

HOUR = 3600.0

SLOW = {"targets": [{"name": name, "slow_after": "3s"} for name in ("api-models", "code-api")]}
KEYED = {
    **SLOW,
    "api_probes": {
        "key": {"env": "CLAUDE_SIMULATED_KEY"},
        "models": list(MODELS),
        "messages": True,
        "max_usd_per_day": 0.25,
    },
    "claude_code": {"otlp": True, "transcripts": True},
}
"""What the first vantage has and the others do without."""

WATCHFUL = {**KEYED, "community": {"hacker_news": {"enabled": True}}}
"""The same, on a day on which others are asked, and a product of the user's is seen."""

Turn = tuple[str, dict[str, Any]]
"""What changes at a moment of the day, as in a scenario file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """
    So many hours from BEGIN, and what each vantage lives through.

    The last moment is what a person sees as now; it is no full hour, whose label would be cut off.
    """

    name: str
    hours: float
    turns: tuple[Turn, ...] = ()
    only: Mapping[str, tuple[Turn, ...]] = field(default_factory=dict)
    vantages: tuple[str, ...] = ("office", "cloud")
    others: bool = False

    @property
    def end(self) -> float:
        """The last moment, in Unix seconds."""
        return BEGIN + self.hours * HOUR

    def scenario(self, vantage: str) -> Scenario:
        """What one vantage lives through."""
        turns = [*self.turns, *self.only.get(vantage, ())]
        return Scenario.model_validate(
            {
                "name": self.name,
                "description": self.name,
                "duration": self.hours * HOUR,
                "config": self._first if vantage == self.vantages[0] else SLOW,
                "timeline": [{"at": at, "set": change} for at, change in _ordered(turns)],
            }
        )

    @property
    def _first(self) -> dict[str, Any]:
        return WATCHFUL if self.others else KEYED


def _ordered(turns: list[Turn]) -> list[tuple[float, dict[str, Any]]]:
    timed = ((_seconds(at), number, change) for number, (at, change) in enumerate(turns))
    return [(at, change) for at, _, change in sorted(timed, key=lambda each: each[:2])]


def _seconds(clock: str) -> float:
    hours, minutes = clock.split(":")
    return float(hours) * HOUR + float(minutes) * 60


OVERLOADED = {"body": "overloaded_error"}
BROKEN = {"body": "api_error"}
SHUT = {"body": "cloudflare_503"}
OFFLINE = {"all": {"fault": "dns_nxdomain"}}
ONLINE = {"all": "ok"}


def incident(
    phase: str, *components: str, number: int = 1, impact: str = "major"
) -> dict[str, Any]:
    """One post about one incident."""
    name = "Elevated errors on many requests"
    return {
        "incident": {
            "id": f"d4yincident{number}",
            "name": name,
            "impact": impact,
            "phase": phase,
            "components": list(components),
        }
    }


def maintenance(phase: str, starts: float, ends: float, number: int = 1) -> dict[str, Any]:
    """One announcement of a maintenance of claude.ai and the console."""
    return {
        "maintenance": {
            "id": f"d4ymaintain{number}",
            "name": "Database maintenance",
            "phase": phase,
            "components": ["web", "console"],
            "starts": starts * HOUR,
            "ends": ends * HOUR,
        }
    }


def acknowledged(begin: int, number: int) -> tuple[Turn, ...]:
    """An outage of the API that begins at this hour and is acknowledged 16 minutes later."""
    hurt = {"api": "major_outage", "code": "partial_outage"}
    return (
        (f"{begin}:00", {"api": OVERLOADED}),
        (
            f"{begin}:16",
            {
                "page": incident("investigating", "api", "code", number=number)
                | {"components": hurt}
            },
        ),
        (f"{begin}:34", {"page": incident("identified", "api", "code", number=number)}),
    )


def model_down() -> tuple[Turn, ...]:
    """Messages to one model fail, and half an hour later the page says so."""
    models = {MODELS[0]: "overloaded_error"}
    post = incident("investigating", "api", impact="minor")
    return (
        ("4:40", {"keyed": {"models": models}}),
        ("5:12", {"page": post | {"components": {"api": "degraded_performance"}}}),
    )


def mixed() -> tuple[Turn, ...]:
    """A blip, a maintenance, an acknowledged outage, one that nobody admits, a slow hour."""
    well = {"api": "operational", "code": "operational"}
    working = {"web": "under_maintenance", "console": "under_maintenance"}
    rested = {"web": "operational", "console": "operational"}
    return (
        ("0:30", {"page": maintenance("scheduled", 6, 7)}),
        ("3:10", {"api": OVERLOADED}),
        ("3:12", {"api": "ok"}),
        ("6:00", {"page": maintenance("in_progress", 6, 7) | {"components": working}}),
        ("6:05", {"web": SHUT, "console": SHUT}),
        ("6:40", {"web": "ok", "console": "ok"}),
        ("6:50", {"page": {"maintenance": None, "components": rested}}),
        *acknowledged(12, 2),
        ("13:05", {"api": "ok", "page": incident("monitoring", "api", "code", number=2)}),
        ("13:40", {"page": {"incident": None, "components": well}}),
        ("17:00", {"web": BROKEN}),
        ("17:38", {"web": "ok"}),
        ("20:00", {"api": {"delay": 6.0}}),
        ("20:50", {"api": "ok"}),
        ("22:00", {"page": maintenance("scheduled", 30, 31, number=3)}),
    )


@cache
def days() -> Mapping[str, Day]:
    """Every day by its name."""
    made = (
        Day(name="calm", hours=5.95),
        Day(name="acknowledged", hours=5.95, turns=acknowledged(5, 1)),
        Day(name="unacknowledged", hours=5.95, turns=(("5:20", {"api": OVERLOADED}),)),
        Day(
            name="network",
            hours=5.95,
            only={"office": (("5:35", OFFLINE),)},
            vantages=("office", "cloud", "home"),
        ),
        Day(name="model", hours=5.95, turns=model_down()),
        Day(
            name="mixed",
            hours=23.95,
            turns=mixed(),
            only={"office": (("9:30", OFFLINE), ("9:55", ONLINE))},
            others=True,
        ),
    )
    return MappingProxyType({day.name: day for day in made})
