"""The page at /: the verdict a non-engineer understands, whole without JavaScript."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType
from typing import Final

from claude_exporter.core.evaluator import Judgement
from claude_exporter.core.forecast import Forecast
from claude_exporter.core.guide import SignText
from claude_exporter.core.model import Action, ProbeResult, Sign, Surface
from claude_exporter.core.page_model import (
    Component,
    ComponentStatus,
    Incident,
    Maintenance,
    PageContent,
    PageReport,
)
from claude_exporter.core.target_state import Tracked
from claude_exporter.core.words import in_words
from claude_exporter.runtime.exporter import Exporter

from .curve import curve_view
from .headline import NAMES, by_urgency, headline, in_a_row, without_claude, worst_group
from .history_page import STANDING_WORDS, turns_of
from .marks import MARKS
from .news import news_of
from .notifications import Notification
from .others import others_text
from .page_faults import FAULT_WORDS
from .past_view import past_text, past_views
from .runbooks import runbook_names
from .strips import StripView
from .templates import TEMPLATES, plain
from .whose import SIDE_WORDS, Side, side_of

_SHOWN: Final = 10
_COMPONENTS_SHOWN: Final = 30
_TURNS_SHOWN: Final = 6
_MESSAGES_SHOWN: Final = 6
_PAST_SHOWN: Final = 4

KIND_WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        Action.NONE: "Nothing to do",
        Action.WAIT: "Wait",
        Action.TROUBLESHOOT: "Look at your side",
        Action.ESCALATE: "Do not wait",
        "unknown": "Not known",
    }
)
_TITLES: Final[Mapping[str, str]] = MappingProxyType(
    {"fine": "Works", "our-network": "Cannot tell from here", "unknown": "Cannot tell yet"}
)
"""Rows whose guide text is said above the cards, or needs no more than this."""

SEE_FORECAST: Final = "see the forecast"
"""What the guide says of how long it takes where that is the forecast's to say."""

_UNJUDGED: Final = frozenset({"our-network", "unknown"})
_TEMPLATE: Final = TEMPLATES.get_template("page.html")


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
    strips: tuple[StripView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One target with its last result and its strips."""

    name: str
    surface: str
    last: ProbeResult | None
    words: str
    meaning: str
    strips: tuple[StripView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One component of a status page, with its strips."""

    name: str
    page: str
    status: str
    fine: bool
    strips: tuple[StripView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusView:
    """One status page: why it cannot be read, and what it said last where that still counts."""

    name: str
    trouble: str
    content: bool
    read_at: float | None
    incidents: tuple[Incident, ...] = ()
    more: int = 0
    impaired: tuple[Component, ...] = ()
    maintenances: tuple[Maintenance, ...] = ()


def page_html(
    exporter: Exporter,
    notifications: Sequence[Notification],
    now: float,
    strips: Mapping[str, Sequence[StripView]] = MappingProxyType({}),
) -> str:
    """The whole page at *now*, from the newest judgements; *strips* by subject of the record."""
    judgements = exporter.evaluator.judgements
    worst = worst_group(judgements.values())
    lead = worst[0] if worst else None
    forecast = _forecast(lead) if lead else None
    contents = exporter.readable_contents()
    reports = exporter.evaluator.pages
    return _TEMPLATE.render(
        root="./",
        headline=headline(judgements.values()),
        lead=lead,
        kind_words=KIND_WORDS,
        side=SIDE_WORDS[side_of(lead.verdict.row)] if lead else "",
        kind=kind_of(judgements),
        marks=MARKS,
        calm=_calm_text(judgements.values(), exporter, now),
        since=trouble_since(lead, now) if lead else None,
        curve=curve_view(forecast) if forecast else None,
        typical=typical_text(lead) if lead else "",
        now=now,
        cards=[_card(each, worst, now, strips) for each in by_urgency(judgements.values())],
        pages=[_status_view(report, contents.get(name)) for name, report in reports.items()],
        no_page=_no_page_text(exporter),
        others=others_text(exporter.community.above()),
        past=past_views(exporter, _PAST_SHOWN),
        past_text=past_text(exporter),
        checks=[
            _check(each, exporter.plan.guide.signs, strips)
            for each in exporter.evaluator.tracked.values()
        ],
        parts=list(_parts(exporter, contents, strips)),
        turns=turns_of(news_of(exporter.history.changes, now))[:_TURNS_SHOWN],
        notifications=list(islice(reversed(notifications), _MESSAGES_SHOWN)),
        runbooks=runbook_names(),
    )


def trouble_since(each: Judgement, now: float) -> float:
    """When what the verdict is about began, in Unix seconds."""
    seen = each.seen
    spans = (seen.network_down_for, seen.failing_for, seen.degraded_for)
    span = next((found for found in spans if found is not None), None)
    return each.since if span is None else now - span


def _card(
    each: Judgement,
    worst: Sequence[Judgement],
    now: float,
    strips: Mapping[str, Sequence[StripView]],
) -> Card:
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
        typical="" if above else typical_text(each),
        next_steps=() if above else verdict.next_steps,
        strips=tuple(strips.get(f"surface/{verdict.surface}", ()))[:1],
    )


def typical_text(each: Judgement) -> str:
    """How long it will take, by the forecast where the guide leaves it to that."""
    if each.verdict.typical != SEE_FORECAST:
        return each.verdict.typical
    forecast = _forecast(each)
    if forecast is None:
        return "not known, for this there is no forecast"
    return f"half of such troubles end within another {in_words(forecast.median_remaining)}"


def _forecast(each: Judgement) -> Forecast | None:
    """Outages of Claude were measured, and what is on your side ends when you mend it."""
    return None if side_of(each.verdict.row) is Side.YOU else each.forecast


def _check(
    tracked: Tracked, meanings: Mapping[Sign, SignText], strips: Mapping[str, Sequence[StripView]]
) -> Check:
    target, last = tracked.target, tracked.state.last
    return Check(
        name=target.name,
        surface=NAMES[target.surface],
        last=last,
        words=STANDING_WORDS[last.standing] if last else "",
        meaning=meanings[last.sign].meaning if last and last.sign is not Sign.OK else "",
        strips=tuple(strips.get(f"target/{target.name}", ())),
    )


def _parts(
    exporter: Exporter,
    contents: Mapping[str, PageContent],
    strips: Mapping[str, Sequence[StripView]],
) -> Iterator[Part]:
    """The components of the pages that can be read; of several pages each with its page's name."""
    several = len(exporter.plan.pages) > 1
    for name, content in contents.items():
        for each in content.components[:_COMPONENTS_SHOWN]:
            yield Part(
                name=each.name,
                page=name if several else "",
                status=plain(each.status),
                fine=each.status is ComponentStatus.OPERATIONAL,
                strips=tuple(strips.get(f"component/{name}/{each.id}", ())),
            )


def _calm_text(judgements: Iterable[Judgement], exporter: Exporter, now: float) -> str:
    fine = [each for each in judgements if each.verdict.row == "fine"]
    if not exporter.plan.targets:
        return "No check is configured, so nothing can be known: see targets in the configuration."
    if not fine:
        first = max(target.interval for target in exporter.plan.targets)
        return (
            "The first checks have not brought an answer that says up or down. "
            f"They take up to {in_words(first)}; this page fills itself."
        )
    verb = "answers as it" if len(fine) == 1 else "answer as they"
    names = in_a_row(NAMES[each.verdict.surface] for each in fine)
    calm_for = in_words(now - max(each.since for each in fine))
    return f"Seen from here, {names} {verb} should, for {calm_for} now."


def _no_page_text(exporter: Exporter) -> str:
    if exporter.plan.pages:
        return "The status page has not been read yet."
    return "No status page is configured."


def _status_view(report: PageReport, content: PageContent | None) -> StatusView:
    trouble = FAULT_WORDS[report.fault] if report.fault else ""
    if trouble and report.detail:
        trouble = f"{trouble}: {report.detail}"
    if content is None:
        return StatusView(name=report.page, trouble=trouble, content=False, read_at=report.read_at)
    impaired = (
        each for each in content.components if each.status is not ComponentStatus.OPERATIONAL
    )
    return StatusView(
        name=report.page,
        trouble=trouble,
        content=True,
        read_at=report.read_at,
        incidents=content.incidents[:_SHOWN],
        more=max(len(content.incidents) - _SHOWN, 0),
        impaired=tuple(islice(impaired, _COMPONENTS_SHOWN)),
        maintenances=content.maintenances[:_SHOWN],
    )


def kind_of(judgements: Mapping[Surface, Judgement]) -> str:
    """The most urgent action, or `unknown` where nothing is known of anything: the page's mark."""
    if all(each.verdict.row == "unknown" for each in judgements.values()):
        return "unknown"
    worst = worst_group(judgements.values())
    return worst[0].verdict.action if worst else Action.NONE
