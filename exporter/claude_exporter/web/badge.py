"""`/badge.svg`: the verdict as a small picture for a README, a wiki or a wall."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from claude_exporter.core.evaluator import Judgement
from claude_exporter.core.model import WATCHED, Action, Surface

from .headline import NAMES, by_urgency, without_claude
from .templates import TEMPLATES

CACHED_FOR: Final = 60

_FILLS: Final[Mapping[Action, str]] = MappingProxyType(
    {
        Action.NONE: "#1f6fa8",
        Action.WAIT: "#7d5800",
        Action.TROUBLESHOOT: "#a84a06",
        Action.ESCALATE: "#a8123e",
    }
)
_NOT_KNOWN: Final = "#59616b"
_NARROW: Final = frozenset("fijlrtI.,:;'|! ")
_WIDE: Final = frozenset("mwMWACDGOQ")
_TEMPLATE: Final = TEMPLATES.get_template("badge.svg")


@dataclass(frozen=True, slots=True)
class Badge:
    """What is watched, what is said of it, and the colour behind that."""

    name: str
    said: str
    fill: str


def badge_of(judgements: Mapping[Surface, Judgement], surface: Surface | None) -> Badge:
    """The badge of one surface, or of all of Claude by its most urgent verdict."""
    wanted = [each for key, each in judgements.items() if surface in {None, key}]
    chosen, name = by_urgency(wanted), "Claude" if surface is None else NAMES[surface]
    known = [each for each in chosen if each.verdict.row != "unknown"]
    if not known:
        return Badge(name, "not known", _NOT_KNOWN)
    worst = known[0].verdict
    if worst.row == "our-network":
        return Badge(name, "cannot tell from here", _NOT_KNOWN)
    said = "works" if worst.row == "fine" else _short(without_claude(worst.title))
    return Badge(name, said, _FILLS[worst.action])


def badge_svg(badge: Badge) -> str:
    """The picture; its words are also its title."""
    left, right = _width(badge.name) + 14, _width(badge.said) + 14
    return _TEMPLATE.render(badge=badge, left=left, right=right)


def wanted_surface(name: str | None) -> Surface | None:
    """The surface asked for, None for all of them; ValueError says what there is."""
    if name is None:
        return None
    if name not in WATCHED:
        raise ValueError(f"Unknown surface {name[:80]!r}: expected one of {', '.join(WATCHED)}")
    return Surface(name)


def _short(title: str) -> str:
    """The title up to its first comma: a badge is no place for a sentence."""
    first = title.partition(",")[0]
    return f"{first[:1].lower()}{first[1:]}"


def _width(text: str) -> int:
    """Pixels of *text* at 11 pixels, near enough; the picture then fits its letters to it."""
    narrow, wide = (sum(each in kind for each in text) for kind in (_NARROW, _WIDE))
    return round(6.5 * len(text) - 2.6 * narrow + 2.6 * wide)
