"""The report of a check: a table on a terminal, plain text in a pipe, or JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from claude_exporter.claude_code.doctor import Step, StepState
from claude_exporter.cli.terminal import action_badge, hanging, indented, words_to
from claude_exporter.core.decide import SURFACE_NAMES
from claude_exporter.core.evaluator import Judgement
from claude_exporter.core.model import Action, Standing, Surface
from claude_exporter.core.page_model import PageReport
from claude_exporter.core.target_state import Tracked
from claude_exporter.core.words import in_words
from claude_exporter.runtime.checkup import Checkup
from claude_exporter.web.answers import targets_answer, verdict_answer

_STANDING_STYLES: Final = {Standing.UP: "green", Standing.DOWN: "red", Standing.UNKNOWN: "yellow"}
_STANDING_WORDS: Final = {Standing.UP: "ok", Standing.DOWN: "fails", Standing.UNKNOWN: "unclear"}
_STATE_STYLES: Final = {
    StepState.OK: "green",
    StepState.NOTE: "",
    StepState.NOT_INSTALLED: "dim",
    StepState.PROBLEM: "red",
}
_NARROW: Final = 72
"""Columns below which a reason stands under its target instead of beside it."""


def report_as_json(found: Checkup) -> dict[str, Any]:
    """Everything a script may want."""
    return {
        **verdict_answer(found.judgements, found.at),
        **targets_answer(found.tracked),
        "pages": [_page_json(report) for report in found.pages],
        "claude_code": [
            {"step": each.name, "state": each.state, "detail": each.detail}
            for each in found.machine
        ],
        "exit_status": found.exit_status,
    }


def _page_json(report: PageReport) -> dict[str, Any]:
    incidents = report.content.incidents if report.content else ()
    return {
        "page": report.page,
        "fault": report.fault,
        "detail": report.detail,
        "incidents": [{"name": each.name, "impact": each.impact} for each in incidents],
    }


def print_report(found: Checkup, console: Console | None = None) -> None:
    """Every step in the guide's order, then the verdicts and what to do."""
    out = console or words_to()
    control = [each for each in found.tracked if each.target.surface is Surface.CONTROL]
    claude = [each for each in found.tracked if each.target.surface is not Surface.CONTROL]
    name_width = max((len(each.target.name) for each in found.tracked), default=0)
    out.print(Text("1. Your connection", style="bold"))
    _results(out, control, name_width)
    out.print(Text("2. Status page", style="bold"))
    for report in found.pages:
        out.print(indented(hanging(f"{report.page}:", _page_text(report)), 3))
    out.print(Text("3. Claude, from here", style="bold"))
    _results(out, claude, name_width)
    if found.machine:
        out.print(Text("4. Claude Code, on this machine", style="bold"))
        _print_machine(out, found.machine)
    out.print()
    out.print(Text(f"{5 if found.machine else 4}. Verdict", style="bold"))
    for number, group in enumerate(_alike(list(found.judgements.values()))):
        if number:
            out.print()
        _print_verdict(out, group)


def _results(out: Console, tracked: list[Tracked], name_width: int) -> None:
    standings = [each.state.last.standing for each in tracked if each.state.last]
    word_width = max((len(_STANDING_WORDS[each]) for each in standings), default=0)
    for target, state in tracked:
        last = state.last
        if last is None:
            continue
        standing = _STANDING_WORDS[last.standing].ljust(word_width)
        word = (standing, _STANDING_STYLES[last.standing])
        took = f"  {_took(last.duration):>6} "
        head = Text.assemble(f"{target.name:<{name_width}}  ", word, took)
        said = "" if last.success else f"{last.sign}: {last.detail}".removesuffix(": ")
        beside = out.width >= _NARROW
        out.print(indented(hanging(head, Text(said if beside else "", "dim")), 3))
        if said and not beside:
            out.print(indented(Text(said, "dim"), 6))


def _print_machine(out: Console, machine: Sequence[Step]) -> None:
    width = max(len(each.title) for each in machine)
    for each in machine:
        # The state of a plain fact says nothing.
        word = "" if each.state is StepState.NOTE else f"{each.state}: "
        said = Text.assemble((word, _STATE_STYLES[each.state]), (each.detail, "dim"))
        out.print(indented(hanging(f"{each.title:<{width}} ", said), 3))


def _took(duration: float) -> str:
    return f"{duration * 1000:.0f} ms" if duration < 1 else f"{duration:.1f} s"


def _page_text(report: PageReport) -> Text:
    if report.fault is not None:
        detail = report.detail.split("; ")[0]
        return Text(f"could not be read ({detail}): no news, neither good nor bad", "yellow")
    incidents = report.content.incidents if report.content else ()
    if not incidents:
        return Text("no open incident")
    titles = "; ".join(f"{each.name} ({each.impact}, {each.phase})" for each in incidents)
    return Text(titles, "yellow")


def _alike(judgements: list[Judgement]) -> list[list[Judgement]]:
    """Surfaces that share a row are told once."""
    groups: dict[tuple[str, str], list[Judgement]] = {}
    for each in judgements:
        groups.setdefault((each.verdict.row, each.verdict.stage), []).append(each)
    order = list(Action)
    return sorted(groups.values(), key=lambda group: -order.index(group[0].verdict.action))


def _print_verdict(out: Console, group: list[Judgement]) -> None:
    verdict = group[0].verdict
    surfaces = ", ".join(each.verdict.surface for each in group)
    title = Text.assemble((verdict.title, "bold"), f" ({surfaces})")
    badge = action_badge(verdict.action, verdict.row)
    out.print(indented(hanging(badge, title), 3))
    if verdict.action is Action.NONE:
        return
    reasons = {each.verdict.reason for each in group}
    reason = verdict.reason if len(reasons) == 1 else _shared_reason(group)
    out.print(indented(Text(reason), 3))
    out.print(indented(hanging("How long:", Text(f"{_how_long(group[0])}.", "bold")), 3))
    for number, step in enumerate(verdict.next_steps, start=1):
        out.print(indented(hanging(f"{number}.", step), 3))


def _how_long(judgement: Judgement) -> str:
    """The forecast from real incidents where there is one, else what the guide says."""
    forecast = judgement.forecast
    if forecast is None:
        return judgement.verdict.typical
    chances = ", ".join(
        f"{span / 60:.0f} min {share:.0%}" for span, share in forecast.within.items()
    )
    return f"over within {chances} (median {in_words(forecast.median_remaining)} more)"


def _shared_reason(group: list[Judgement]) -> str:
    """The first surface's reason, with the others named."""
    others = " and ".join(SURFACE_NAMES[each.verdict.surface] for each in group[1:])
    return f"{group[0].verdict.reason} The same holds for {others}."
