"""The page at /: the verdict a non-engineer understands, server-rendered, without JavaScript."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from claude_exporter.core.evaluator import Judgement
from claude_exporter.core.model import Action, Surface
from claude_exporter.runtime.exporter import Exporter

from .notifications import Notification

_SHOWN: Final = 20


def page_html(exporter: Exporter, notifications: Sequence[Notification], now: float) -> str:
    """The whole page at *now*."""
    judgements = exporter.evaluator.judgements
    return _TEMPLATE.render(
        headline=headline(judgements),
        now=now,
        judgements=list(judgements.values()),
        pages=exporter.evaluator.pages,
        contents=exporter.readable_contents(),
        tracked=list(exporter.evaluator.tracked.values()),
        notifications=list(reversed(notifications))[:_SHOWN],
    )


def headline(judgements: Mapping[Surface, Judgement]) -> str:
    """One line for somebody who sees nothing else."""
    order = list(Action)
    worst = max(judgements.values(), key=lambda each: order.index(each.verdict.action))
    if worst.verdict.action is not Action.NONE:
        return f"{worst.verdict.title}: {worst.verdict.action}"
    unknown = all(each.verdict.row == "unknown" for each in judgements.values())
    return "Nothing is known yet" if unknown else "Claude works"


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _environment() -> Environment:
    loader = PackageLoader("claude_exporter.web", ".")
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    made.filters["moment"] = _moment
    return made


_TEMPLATE: Final = _environment().get_template("page.html")
