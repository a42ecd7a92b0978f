"""The pages at /history: how the verdict changed, and what each probe met."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from types import MappingProxyType
from typing import Final

from claude_exporter.core.guide import SignText
from claude_exporter.core.model import Action, ProbeResult, Sign, Standing
from claude_exporter.core.target_state import Tracked
from claude_exporter.runtime.exporter import Exporter
from claude_exporter.runtime.history import Change
from claude_exporter.sources.json_values import clean

from .headline import NAMES, in_a_row, without_claude
from .past_view import past_text, past_views
from .templates import TEMPLATES, day_text

STANDING_WORDS: Final[Mapping[Standing, str]] = MappingProxyType(
    {Standing.UP: "works", Standing.DOWN: "fails", Standing.UNKNOWN: "unclear"}
)
TOGETHER: Final = 60.0
"""Seconds within which two surfaces are said to have changed at once: two rounds of probes."""

_PAST_SHOWN: Final = 100
_LINES: Final = 200
_LINE_LENGTH: Final = 500
_CHANGES: Final = TEMPLATES.get_template("history.html")
_RESULTS: Final = TEMPLATES.get_template("target.html")


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """A change of verdict as it is read."""

    at: float
    name: str
    action: Action
    known: bool
    title: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One probe as it is read, with its log."""

    result: ProbeResult
    words: str
    meaning: str
    log: tuple[str, ...]


def turns_of(changes: Iterable[Change]) -> list[Turn]:
    """What the changes say, the newest first; surfaces that changed alike together are one."""
    groups: list[list[Change]] = []
    for change in reversed(list(changes)):
        if groups and _belongs(change, groups[-1]):
            groups[-1].append(change)
        else:
            groups.append([change])
    return [_turn(same) for same in groups]


def _belongs(change: Change, group: Sequence[Change]) -> bool:
    together = 0 <= group[0].at - change.at <= TOGETHER and change.title == group[0].title
    return together and all(each.surface is not change.surface for each in group)


def _turn(same: Sequence[Change]) -> Turn:
    change = same[0]
    fine = change.row == "fine"
    return Turn(
        at=change.at,
        name=in_a_row(NAMES[each.surface] for each in reversed(same)),
        action=change.action,
        known=change.row not in {"unknown", "our-network"},
        title="Works" if fine else without_claude(change.title),
        reason="" if fine else change.reason,
    )


def history_html(exporter: Exporter) -> str:
    """Every kept change, the newest day first."""
    turns = turns_of(exporter.history.changes)
    days = [(day, list(each)) for day, each in groupby(turns, lambda turn: day_text(turn.at))]
    tracked = exporter.evaluator.tracked.values()
    return _CHANGES.render(
        days=days,
        tracked=[each.target for each in tracked],
        past=past_views(exporter, _PAST_SHOWN),
        past_text=past_text(exporter),
        root="./",
    )


def target_html(exporter: Exporter, tracked: Tracked) -> str:
    """The kept results of one target, the newest first."""
    meanings = exporter.plan.guide.signs
    results = reversed(exporter.history.results_of(tracked.target.name))
    looks = [look_of(each, meanings) for each in results]
    target = tracked.target
    return _RESULTS.render(
        target=target,
        surface=NAMES[target.surface],
        looks=looks,
        root="./",
    )


def look_of(result: ProbeResult, meanings: Mapping[Sign, SignText]) -> Look:
    """A result with its log in printable lines, bounded."""
    lines: Sequence[str] = result.log[:_LINES]
    return Look(
        result=result,
        words=STANDING_WORDS[result.standing],
        meaning="" if result.sign is Sign.OK else meanings[result.sign].meaning,
        log=tuple(clean(line, _LINE_LENGTH) for line in lines),
    )
