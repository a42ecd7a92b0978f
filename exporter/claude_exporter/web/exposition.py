"""The whole text of /metrics, projected from the exporter's state at the moment of the scrape."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector, generate_latest

from claude_exporter import __version__
from claude_exporter.runtime.exporter import Exporter

from .api_text import api_text
from .metrics import (
    BUILD_INFO,
    IN_FLIGHT,
    NOTIFICATIONS,
    RELOAD_SUCCESS_TIME,
    RELOAD_SUCCESSFUL,
    SCHEDULE_LAG,
    SKIPPED,
    STATE_PERSISTED,
    TARGETS,
    Desc,
)
from .page_text import page_text
from .samples import histogram, line, lines
from .surface_text import surface_text
from .target_text import TargetTexts

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class Exposition:
    """Renders /metrics; what belongs to a target is rendered again only when it changed."""

    def __init__(self, exporter: Exporter) -> None:
        self._exporter = exporter
        self._targets = TargetTexts()
        self._process = CollectorRegistry(auto_describe=False)
        ProcessCollector(registry=self._process)
        GCCollector(registry=self._process)

    async def rendered(self, notifications: int) -> bytes:
        """Everything, now; *notifications* is how many the local log has taken."""
        await self._targets.prepare(tuple(self._exporter.evaluator.tracked.values()))
        process = generate_latest(self._process).decode()
        code = self._exporter.claude_code
        more = f"{api_text(self._exporter)}{code.text() if code else ''}"
        return f"{self.text(notifications)}{more}{process}".encode()

    def text(self, notifications: int) -> str:
        """All families of the catalogue, now."""
        exporter = self._exporter
        now = exporter.clock.now()
        judgements = exporter.evaluator.judge(now)
        reports, contents = exporter.evaluator.pages, exporter.readable_contents()
        return "".join(
            (
                self._targets.text(exporter.evaluator.tracked.values()),
                surface_text(judgements, exporter.plan.guide, now),
                page_text(reports, contents, exporter.page_totals),
                self._own_text(notifications),
            )
        )

    def _own_text(self, notifications: int) -> str:
        exporter = self._exporter
        scheduler, reload_state = exporter.scheduler, exporter.reload_state
        build = (__version__, platform.python_version())
        skipped = (((reason,), count) for reason, count in scheduler.skipped.items())
        lag = scheduler.lag
        return "".join(
            (
                _family(BUILD_INFO, line(BUILD_INFO, build, 1)),
                _single(RELOAD_SUCCESSFUL, reload_state.successful),
                _single(RELOAD_SUCCESS_TIME, reload_state.success_at),
                _single(STATE_PERSISTED, exporter.state_file.health.ok),
                _single(TARGETS, len(exporter.plan.targets)),
                _single(IN_FLIGHT, scheduler.in_flight),
                _family(SKIPPED, lines(SKIPPED, skipped)),
                _family(
                    SCHEDULE_LAG,
                    histogram(SCHEDULE_LAG, (), lag.bounds, _each(lag.counts), lag.sum),
                ),
                _single(NOTIFICATIONS, notifications),
            )
        )


def _family(desc: Desc, body: str) -> str:
    return desc.header + body


def _single(desc: Desc, number: float) -> str:
    return _family(desc, line(desc, (), number))


def _each(heights: Sequence[int]) -> Sequence[int]:
    """The counts of each bucket alone."""
    return [top - below for below, top in pairwise((0, *heights))]
