"""Plays a scenario on a virtual clock: what the exporter would have judged, moment by moment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from claude_exporter.config.model import PageConfig
from claude_exporter.core.evaluator import Evaluator, Judgement
from claude_exporter.core.guide import Guide
from claude_exporter.core.model import Surface, Target
from claude_exporter.core.page_model import PageContent, PageReport
from claude_exporter.simulator.page import Moments
from claude_exporter.simulator.readings import page_reading_of, result_of
from claude_exporter.simulator.scenario import Scenario
from claude_exporter.simulator.world import World

EPOCH: Final = 1_790_000_000.0
"""When a replay begins, in Unix seconds."""

_Asked = TypeVar("_Asked", Target, PageConfig)

STEP: Final = 5.0
"""Seconds of the scenario between two judgements."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The judgements `at` seconds after the scenario began."""

    at: float
    judgements: Mapping[Surface, Judgement]


def replay(
    scenario: Scenario, guide: Guide, targets: Sequence[Target], pages: Sequence[PageConfig]
) -> Iterator[Judged]:
    """
    Every judgement of a scenario, in order, from its beginning to its end.

    Targets and pages are asked at their intervals, staggered as a live exporter does.
    """
    evaluator = Evaluator(guide, targets)
    asked = [replace(each, at=EPOCH + each.at) for each in scenario.requests]
    for number in range(int(scenario.duration // STEP) + 1):
        at = number * STEP
        world = scenario.world_at(at)
        evaluator.others_report = world.community.others_report
        for target in _due(targets, at):
            evaluator.record_result(result_of(target, world, EPOCH + at))
        for page in _due(pages, at):
            evaluator.record_page(_polled(page, world, evaluator.pages.get(page.name), at))
        if asked:
            told = [each for each in asked if each.at <= EPOCH + at]
            evaluator.requests = {Surface.CODE: told}
        evaluator.others_succeed = world.others_succeed
        yield Judged(at=at, judgements=dict(evaluator.judge(EPOCH + at)))


def _due(series: Iterable[_Asked], at: float) -> Iterator[_Asked]:
    """Those asked at this step: each once in its interval, spread over it in whole steps."""
    for number, asked in enumerate(series):
        elapsed = at - (number * STEP) % asked.interval
        if elapsed >= 0 and elapsed % asked.interval < STEP:
            yield asked


def _polled(page: PageConfig, world: World, before: PageReport | None, at: float) -> PageReport:
    now = EPOCH + at
    found = page_reading_of(world, Moments(epoch=EPOCH), page.timeout, page.components)
    if isinstance(found, PageContent):
        return PageReport(page=page.name, polled_at=now, content=found, read_at=now)
    return PageReport(
        page=page.name,
        polled_at=now,
        fault=found,
        content=before.content if before else None,
        read_at=before.read_at if before else None,
    )
