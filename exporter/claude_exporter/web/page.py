"""The page at /: the verdict a non-engineer understands, server-rendered, without JavaScript."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from itertools import islice
from types import MappingProxyType
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from claude_exporter import __version__
from claude_exporter.core.evaluator import Judgement
from claude_exporter.core.forecast import Forecast, ForecastEvent
from claude_exporter.core.model import Action
from claude_exporter.core.page_model import Component, ComponentStatus, PageReport
from claude_exporter.core.words import in_words
from claude_exporter.runtime.exporter import Exporter

from .headline import NAMES, by_urgency, headline, in_a_row, without_claude, worst_group
from .notifications import Notification

STYLE: Final = files(__package__).joinpath("style.css").read_text(encoding="utf-8")
_SHOWN: Final = 20
_COMPONENTS_SHOWN: Final = 30

ACTION_WORDS: Final[Mapping[Action, str]] = MappingProxyType(
    {
        Action.NONE: "Nothing to do",
        Action.WAIT: "Wait",
        Action.TROUBLESHOOT: "Look at your side",
        Action.ESCALATE: "Do not wait",
    }
)
_COLOURS: Final[Mapping[Action, str]] = MappingProxyType(
    {
        Action.NONE: "#2a78b5",
        Action.WAIT: "#e0a100",
        Action.TROUBLESHOOT: "#b5530a",
        Action.ESCALATE: "#a8123e",
    }
)
_TITLES: Final[Mapping[str, str]] = MappingProxyType(
    {"fine": "Works", "our-network": "Cannot tell from here", "unknown": "Cannot tell yet"}
)
"""Rows whose guide text is said above the cards, or needs no more than this."""

_UNJUDGED: Final = frozenset({"our-network", "unknown"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One surface as the page shows it; empty texts are left out."""

    name: str
    action: Action
    known: bool
    title: str
    since: float
    reason: str
    typical: str
    next_steps: tuple[str, ...]


def page_html(exporter: Exporter, notifications: Sequence[Notification], now: float) -> str:
    """The whole page at *now*, from the newest judgements."""
    judgements = exporter.evaluator.judgements
    worst = worst_group(judgements.values())
    lead = worst[0] if worst else None
    return _TEMPLATE.render(
        headline=headline(judgements.values()),
        lead=lead,
        action=lead.verdict.action if lead else Action.NONE,
        unknown=all(each.verdict.row == "unknown" for each in judgements.values()),
        calm=_calm_text(judgements.values()),
        since=trouble_since(lead, now) if lead else None,
        now=now,
        cards=[_card(each, worst, now) for each in by_urgency(judgements.values())],
        pages=list(exporter.evaluator.pages.items()),
        contents=exporter.readable_contents(),
        tracked=list(exporter.evaluator.tracked.values()),
        notifications=list(reversed(notifications))[:_SHOWN],
        version=__version__,
    )


def trouble_since(each: Judgement, now: float) -> float:
    """When what the verdict is about began, in Unix seconds."""
    seen = each.seen
    spans = (seen.network_down_for, seen.failing_for, seen.degraded_for)
    span = next((found for found in spans if found is not None), None)
    return each.since if span is None else now - span


def _card(each: Judgement, worst: Sequence[Judgement], now: float) -> Card:
    """A surface's own card; what is said above for its group is not said again."""
    verdict = each.verdict
    above = each in worst or verdict.row in _TITLES
    return Card(
        name=NAMES[verdict.surface],
        action=verdict.action,
        known=verdict.row not in _UNJUDGED,
        title=_TITLES.get(verdict.row) or without_claude(verdict.title),
        since=trouble_since(each, now),
        reason="" if above else verdict.reason,
        typical="" if above else verdict.typical,
        next_steps=() if above else verdict.next_steps,
    )


def _calm_text(judgements: Iterable[Judgement]) -> str:
    fine = [NAMES[each.verdict.surface] for each in judgements if each.verdict.row == "fine"]
    if not fine:
        return "The first probes have not brought an answer that says up or down."
    verb = "answers as it" if len(fine) == 1 else "answer as they"
    return f"Seen from here, {in_a_row(fine)} {verb} should."


def icon_svg(action: Action) -> str:
    """A dot in the colour of *action*."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">'
        f'<circle cx="8" cy="8" r="7" fill="{_COLOURS[action]}"/></svg>\n'
    )


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _machine_moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _chances(forecast: Forecast) -> list[tuple[str, int]]:
    return [(in_words(span), round(100 * share)) for span, share in forecast.within.items()]


def _event(forecast: Forecast) -> str:
    resolved = forecast.event is ForecastEvent.RESOLVED
    return "the status page calls it resolved" if resolved else "it works again"


def _impaired(components: Sequence[Component]) -> list[Component]:
    found = (each for each in components if each.status is not ComponentStatus.OPERATIONAL)
    return list(islice(found, _COMPONENTS_SHOWN))


def _plain(word: str) -> str:
    return word.replace("_", " ")


def _page_fault(report: PageReport) -> str:
    return report.detail or _plain(report.fault or "")


def _environment() -> Environment:
    loader = PackageLoader("claude_exporter.web", ".")
    made = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "moment": _moment,
        "machine_moment": _machine_moment,
        "words": in_words,
        "chances": _chances,
        "event": _event,
        "impaired": _impaired,
        "plain": _plain,
        "page_fault": _page_fault,
    }
    made.globals |= {"names": NAMES, "action_words": ACTION_WORDS}
    return made


_TEMPLATE: Final = _environment().get_template("page.html")
