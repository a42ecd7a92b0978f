"""What things are called and which colour they have, from the guide and the configuration."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import prod
from types import MappingProxyType
from typing import Final

from claude_exporter.core.guide import Row, shipped_guide
from claude_exporter.core.model import CLASS_OF_SIGN, WATCHED, Action, Phase, SignClass, Surface
from claude_exporter.core.page_model import ComponentStatus, Impact
from claude_exporter.rules.alerting import alert_table
from claude_exporter.web.headline import NAMES, without_claude
from claude_exporter.web.whose import Side, side_of

# The colours of Okabe and Ito, which people with any kind of colour vision can tell apart, and a
# grey; every colour that says something stands beside a word that says it too.
BLUE: Final = "#0072B2"
SKY: Final = "#56B4E9"
YELLOW: Final = "#F0E442"
ORANGE: Final = "#E69F00"
VERMILION: Final = "#D55E00"
PINK: Final = "#CC79A7"
GREEN: Final = "#009E73"
GREY: Final = "#707070"

FINE: Final = BLUE
WAITING: Final = YELLOW
OURS: Final = PINK
BROKEN: Final = VERMILION
UNKNOWN: Final = GREY

GUIDE: Final = shipped_guide()

COLOR_OF_ACTION: Final[Mapping[Action, str]] = MappingProxyType(
    {
        Action.NONE: FINE,
        Action.WAIT: WAITING,
        Action.TROUBLESHOOT: OURS,
        Action.ESCALATE: BROKEN,
    }
)
TEXT_OF_ACTION: Final[Mapping[Action, str]] = MappingProxyType(
    {
        Action.NONE: "Nothing to do",
        Action.WAIT: "Wait",
        Action.TROUBLESHOOT: "Troubleshoot",
        Action.ESCALATE: "Escalate",
    }
)

WHOSE: Final[Mapping[Side, str]] = MappingProxyType(
    {
        Side.THEM: "Them",
        Side.YOU: "You",
        Side.UNCLEAR: "Not clear yet",
        Side.NOBODY: "Nobody",
    }
)

CERTAIN: Final = ("one-model", "acknowledged/model")
"""Rows that need a key of yours: one vantage that has it knows more than all that have none."""

TROUBLES: Final = tuple(row.key for row in GUIDE.rows if row.id not in {"fine", "unknown"})

COLOR_OF_SURFACE: Final[Mapping[Surface, str]] = MappingProxyType(
    {
        Surface.WEB: SKY,
        Surface.API: ORANGE,
        Surface.CODE: PINK,
        Surface.CONSOLE: BLUE,
        Surface.CONTROL: GREY,
    }
)

PHASES: Final[Mapping[Phase, tuple[str, str]]] = MappingProxyType(
    {
        Phase.RESOLVE: ("Name (DNS)", GREY),
        Phase.CONNECT: ("Connect", SKY),
        Phase.TLS: ("TLS", BLUE),
        Phase.PROCESSING: ("Server", ORANGE),
        Phase.TRANSFER: ("Transfer", PINK),
    }
)

FAMILIES: Final[Mapping[str, str]] = MappingProxyType(
    {"haiku": SKY, "sonnet": ORANGE, "opus": PINK, "unknown|other": GREY}
)
"""Colours of models by a word of their names; any other model has a shade of blue."""

CLASSES: Final[Mapping[SignClass, tuple[str, str]]] = MappingProxyType(
    {
        SignClass.NETWORK: ("The way there", SKY),
        SignClass.SERVER: ("Their servers", VERMILION),
        SignClass.ACCOUNT: ("Your account", PINK),
        SignClass.LIMIT: ("Rate limit", YELLOW),
        SignClass.REQUEST: ("Your request", BLUE),
        SignClass.UNKNOWN: ("Edge challenge", GREY),
    }
)
"""What failures have in common, as it is called and coloured."""

STATUSES: Final[Mapping[ComponentStatus, tuple[str, str]]] = MappingProxyType(
    {
        ComponentStatus.OPERATIONAL: ("Operational", FINE),
        ComponentStatus.DEGRADED: ("Degraded", WAITING),
        ComponentStatus.PARTIAL: ("Partial outage", ORANGE),
        ComponentStatus.MAJOR: ("Major outage", BROKEN),
        ComponentStatus.MAINTENANCE: ("Maintenance", SKY),
        ComponentStatus.UNKNOWN: ("Unknown", UNKNOWN),
    }
)

IMPACTS: Final[Mapping[Impact, tuple[str, str]]] = MappingProxyType(
    {
        Impact.NONE: ("No impact", SKY),
        Impact.MINOR: ("Minor", YELLOW),
        Impact.MAJOR: ("Major", ORANGE),
        Impact.CRITICAL: ("Critical", VERMILION),
        Impact.MAINTENANCE: ("Maintenance", BLUE),
        Impact.UNKNOWN: ("Unknown", GREY),
    }
)


def verdict_codes() -> dict[str, int]:
    """
    A number for each row of the guide, by its key; of the same weight, the higher one is shown.

    Trouble on your side is said of one place only, so it comes first; then what is fine, then the
    rest by urgency.
    """

    def rank(row: Row) -> tuple[int, int]:
        side = side_of(row.id)
        urgency = tuple(Action).index(row.action)
        return (0 if side is Side.YOU else 1 if row.action is Action.NONE else 2, urgency)

    return {row.key: code for code, row in enumerate(sorted(GUIDE.rows, key=rank), start=1)}


def verdict_words() -> dict[str, tuple[str, str]]:
    """The title and the colour of each row, by its key."""
    return {
        row.key: (
            without_claude(row.title),
            UNKNOWN if row.id == "unknown" else COLOR_OF_ACTION[row.action],
        )
        for row in GUIDE.rows
    }


def alert_of_row() -> dict[str, str]:
    """The alert whose runbook is about a row, by the row's key; the most particular one."""
    found: dict[str, str] = {}
    for name, entry in sorted(
        alert_table().items(), key=lambda each: -len(each[1].get("rows", ()))
    ):
        found.update(dict.fromkeys(entry.get("rows", ()), name))
    return found


def limit_of(alert: str) -> float:
    """The number at the end of an alert's expression: what it compares with."""
    expr = str(alert_table()[alert]["expr"])
    found = re.search(r"[<>]=? ([\d.]+(?: \* [\d.]+)*)$", expr)
    if found is None:
        raise ValueError(f"{alert}: expected a limit at the end of {expr!r}, found none")
    return prod(map(float, found[1].split(" * ")))


def signs_of(kind: SignClass) -> list[str]:
    """The signs of one class."""
    return [str(sign) for sign, its in CLASS_OF_SIGN.items() if its is kind]


def surfaces() -> dict[str, str]:
    """What people call the surfaces that get a verdict, by their label."""
    return {str(surface): NAMES[surface] for surface in WATCHED}
