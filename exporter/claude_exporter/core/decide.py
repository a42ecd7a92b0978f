"""The verdict: the first row of the guide whose conditions all hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from .guide import Condition, Guide, Row, Test
from .model import CLASS_OF_SIGN, Action, Surface
from .observation import Observation
from .words import in_words

SURFACE_NAMES: Final[Mapping[Surface, str]] = MappingProxyType(
    {
        Surface.WEB: "Claude's web interface (claude.ai)",
        Surface.API: "the Claude API",
        Surface.CODE: "Claude Code",
        Surface.CONSOLE: "the Claude console",
        Surface.CONTROL: "the control hosts",
    }
)
"""As in the middle of a sentence; at its beginning a capital is put."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What to do about one surface, with the row of the guide that says so."""

    surface: Surface
    action: Action
    row: str
    stage: str
    title: str
    reason: str
    typical: str
    next_steps: tuple[str, ...]


_ACCEPTED: Final[Mapping[Test, tuple[bool | None, ...]]] = MappingProxyType(
    {
        Test.TRUE: (True,),
        Test.FALSE: (False,),
        Test.UNLESS: (False, None),
        Test.PERHAPS: (True, None),
    }
)


def holds(condition: Condition, seen: Observation, guide: Guide) -> bool:
    """Whether *condition* is met; an unknown fact meets only `unless` and `perhaps`."""
    value, test = getattr(seen, condition.fact), condition.test
    accepted = _ACCEPTED.get(test)
    if accepted is not None:
        return value in accepted
    if test is Test.CLASS:
        return CLASS_OF_SIGN[seen.sign] == condition.operand
    limit = guide.thresholds[condition.operand]
    if value is None:
        return False
    return bool(value >= limit if test is Test.AT_LEAST else value < limit)


def matching_row(seen: Observation, guide: Guide) -> Row:
    """The first row that holds; the last row of a guide has no conditions."""
    return next(row for row in guide.rows if _all_hold(row, seen, guide))


def _all_hold(row: Row, seen: Observation, guide: Guide) -> bool:
    # Judging spends most of its time here: a plain loop takes half of what all() takes.
    for test in row.when:  # noqa: SIM110
        if not holds(test, seen, guide):
            return False
    return True


def decide(seen: Observation, guide: Guide) -> Verdict:
    """Judge one surface by *guide*."""
    row = matching_row(seen, guide)
    return Verdict(
        surface=seen.surface,
        action=row.action,
        row=row.id,
        stage=row.stage,
        title=row.title,
        reason=_sentence(row.reason.format_map(_facts_in_words(seen, guide))),
        typical=row.typical,
        next_steps=row.next_steps,
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _page_text(seen: Observation) -> str:
    if seen.incident_over_for is not None:
        return f"the status page closed its incident {in_words(seen.incident_over_for)} ago"
    return _PAGE_TEXTS[seen.incident]


_PAGE_TEXTS: Final = MappingProxyType(
    {
        True: "the status page has an incident that covers it",
        False: "the status page says nothing about it",
        None: "the status page could not be read",
    }
)


def _facts_in_words(seen: Observation, guide: Guide) -> Mapping[str, str]:
    ends, reset = seen.maintenance_left, seen.reset_left
    return {
        "surface_name": SURFACE_NAMES[seen.surface],
        "sign_text": guide.signs[seen.sign].meaning,
        "page_text": _page_text(seen),
        "failing_for": in_words(seen.failing_for),
        "sign_for": in_words(seen.sign_for),
        "network_down_for": in_words(seen.network_down_for),
        "incident_quiet_for": in_words(seen.incident_quiet_for),
        "degraded_for": in_words(seen.degraded_for),
        "real_requests": _requests_in_words(seen),
        "success_ratio": "few" if seen.success_ratio is None else f"{seen.success_ratio:.0%}",
        "maintenance_end": "" if ends is None else f", until {in_words(ends)} from now",
        "reset": "" if reset is None else f"; it resets in {in_words(reset)}",
    }


def _requests_in_words(seen: Observation) -> str:
    failed, answered = seen.real_failures or 0, seen.real_successes or 0
    return f"{failed} failed and {answered} are known to have worked in 15 minutes"
