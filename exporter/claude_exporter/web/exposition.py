"""The whole text of /metrics, projected from the exporter's state at the moment of the scrape."""

from __future__ import annotations

from typing import Final

from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector, generate_latest

from claude_exporter.runtime.exporter import Exporter

from .families import Scrape
from .metrics import GROUPS
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
        return f"{self.text(notifications)}{process}".encode()

    def text(self, notifications: int) -> str:
        """All families of the catalogue, now."""
        now = self._exporter.clock.now()
        scrape = Scrape(
            exporter=self._exporter,
            now=now,
            judgements=self._exporter.judge(),
            targets=self._targets,
            notifications=notifications,
        )
        return "".join(group.text(scrape) for group in GROUPS)
