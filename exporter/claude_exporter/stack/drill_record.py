"""What a drill saw, in the scenario's own time, and how that compares with what it should see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from claude_exporter.simulator.behaviour import Behaviour
from claude_exporter.simulator.scenario import Change, Expectation, Notification, Scenario


class Kind(StrEnum):
    """What an event of the time-line is about."""

    WORLD = "world"
    PROBE = "probe"
    VERDICT = "verdict"
    ALERT = "alert"
    NOTIFICATION = "notified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of the time-line; `at` is seconds of the scenario's time since its beginning."""

    at: float
    kind: Kind
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One alert of one message that reached the receiver."""

    at: float
    status: str
    alert: str
    surface: str | None
    summary: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One change of verdict."""

    at: float
    surface: str
    row: str
    action: str


@dataclass(slots=True)
class Recording:
    """Everything a drill saw so far."""

    events: list[Event] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    judged: list[Judged] = field(default_factory=list)

    def verdict_at(self, at: float, surface: str) -> Judged | None:
        """The verdict that held at *at*."""
        before = [each for each in self.judged if each.surface == surface and each.at <= at]
        return before[-1] if before else None

    def take_message(self, message: dict[str, Any], at: float) -> Sequence[Told]:
        """Add one webhook message of Alertmanager."""
        taken = [_told(alert, at) for alert in message["alerts"]]
        self.told.extend(taken)
        return taken


def _told(alert: dict[str, Any], at: float) -> Told:
    return Told(
        at=at,
        status=alert["status"],
        alert=alert["labels"]["alertname"],
        surface=alert["labels"].get("surface"),
        summary=alert["annotations"]["summary"],
        description=alert["annotations"]["description"],
    )


def deviations(scenario: Scenario, seen: Recording) -> Sequence[str]:
    """Where what was seen is not what the scenario expects; empty when all is as it should be."""
    return (*_wrong_verdicts(scenario.expect, seen), *_wrong_messages(scenario, seen.told))


def _wrong_verdicts(expected: Sequence[Expectation], seen: Recording) -> Iterator[str]:
    for each in expected:
        found = seen.verdict_at(each.at, each.surface)
        got = f"{found.row} ({found.action})" if found else "no verdict"
        wanted = f"{each.row} ({each.action})"
        if got != wanted:
            yield f"{clock(each.at)} {each.surface}: expected verdict {wanted}, not {got}"


def _wrong_messages(scenario: Scenario, told: Sequence[Told]) -> Iterator[str]:
    left = list(told)
    for wanted in scenario.notifications:
        found = next((each for each in left if _matches(wanted, each)), None)
        if found is None:
            yield f"{_wanted(wanted)}: expected once, not received"
        else:
            left.remove(found)
    for extra in left:
        what = f"{extra.status} {extra.alert} {extra.surface or ''}".rstrip()
        yield f"{clock(extra.at)}: received {what}, which was not expected then"


def _matches(wanted: Notification, told: Told) -> bool:
    key = (wanted.status, wanted.alert, wanted.surface)
    return (told.status, told.alert, told.surface) == key and (
        wanted.after <= told.at <= wanted.before
    )


def _wanted(wanted: Notification) -> str:
    span = f"{clock(wanted.after)}-{clock(wanted.before)}"
    return f"{span} {wanted.status} {wanted.alert} {wanted.surface or ''}".rstrip()


def clock(at: float) -> str:
    """`12:05` for minutes and seconds of the scenario's time."""
    minutes, seconds = divmod(int(at), 60)
    return f"{minutes:02d}:{seconds:02d}"


def story(scenario: Scenario, moment: float) -> str:
    """What changes at *moment*, in a few words."""
    steps = [step.set for step in scenario.timeline if step.at == moment]
    return "; ".join(text for step in steps for text in _changes(step))


def _changes(change: Change) -> Iterator[str]:
    for host, behaviour in change.hosts.items():
        yield f"{host}: {_in_words(behaviour)}"
    if "local" in change.model_fields_set:
        signs = [each.sign.value for each in change.local or ()]
        yield f"Claude Code here: {', '.join(signs) or 'nobody uses it'}"
    if change.community is not None:
        yield f"what others report: {change.community} (not asked in a drill)"
    if change.page is None:
        return
    if "incident" in change.page.model_fields_set:
        incident = change.page.incident
        yield f"page: {incident.name} ({incident.phase})" if incident else "page: all resolved"
    if "maintenance" in change.page.model_fields_set:
        yield "page: maintenance" if change.page.maintenance else "page: no maintenance"


def _in_words(behaviour: Behaviour) -> str:
    if behaviour.fault:
        return behaviour.fault.value
    given = [str(each) for each in (behaviour.status, behaviour.body) if each is not None]
    late = f" after {behaviour.delay:g} s" if behaviour.delay else ""
    return (" ".join(given) or "ok") + late
