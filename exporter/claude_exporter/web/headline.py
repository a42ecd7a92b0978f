"""The one line for somebody who sees nothing else: what is broken, and theirs or ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from claude_exporter.core.evaluator import Judgement
from claude_exporter.core.model import WATCHED, Action, Surface

NAMES: Final[Mapping[Surface, str]] = MappingProxyType(
    {
        Surface.WEB: "claude.ai",
        Surface.API: "Claude API",
        Surface.CODE: "Claude Code",
        Surface.CONSOLE: "Console",
        Surface.CONTROL: "Your connection",
    }
)
"""What people call the surfaces."""

_URGENCY: Final = tuple(Action)
_DOWN: Final = "Claude is down"


def by_urgency(judgements: Iterable[Judgement]) -> list[Judgement]:
    """The most urgent first; what we know nothing of before what works."""

    def rank(each: Judgement) -> tuple[int, bool]:
        return -_URGENCY.index(each.verdict.action), each.verdict.row == "fine"

    return sorted(judgements, key=rank)


def worst_group(judgements: Iterable[Judgement]) -> list[Judgement]:
    """The surfaces that share the most urgent verdict; empty where nothing is to be done."""
    ordered = by_urgency(judgements)
    if not ordered or ordered[0].verdict.action is Action.NONE:
        return []
    return [each for each in ordered if _row(each) == _row(ordered[0])]


def headline(judgements: Iterable[Judgement]) -> str:
    """One line, without a full stop."""
    found = list(judgements)
    worst = worst_group(found)
    if not worst:
        return _calm(found)
    title, surfaces = worst[0].verdict.title, [each.verdict.surface for each in worst]
    if worst[0].verdict.row == "our-network":
        return f"{title}, not Claude"
    if title.startswith(_DOWN) and len(surfaces) < len(WATCHED):
        verb = "is" if len(surfaces) == 1 else "are"
        return f"{in_a_row(NAMES[each] for each in surfaces)} {verb} down{title[len(_DOWN) :]}"
    if title.startswith(("Claude", "Only Claude")):
        return title
    return f"{in_a_row(NAMES[each] for each in surfaces)}: {title[:1].lower()}{title[1:]}"


def without_claude(title: str) -> str:
    """`Claude is down, ...` below the name of what is down: `Down, ...`."""
    short = title.removeprefix("Claude is ")
    return f"{short[:1].upper()}{short[1:]}"


def _calm(found: Sequence[Judgement]) -> str:
    unknown = [each.verdict.surface for each in found if each.verdict.row == "unknown"]
    if len(unknown) == len(found):
        return "Nothing is known yet"
    if unknown:
        names = in_a_row(NAMES[surface] for surface in unknown)
        return f"Claude works, as far as we can see; nothing is known about {names}"
    return "Claude works"


def in_a_row(names: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def _row(each: Judgement) -> tuple[str, str]:
    return each.verdict.row, each.verdict.stage
