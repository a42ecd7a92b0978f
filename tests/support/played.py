"""Plays a day through the real exporter on a still clock: what each scrape of /metrics shows."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from random import Random

import yaml
from support.days import BEGIN, Day
from support.measured import measured
from support.remote_write import Columns, Series
from support.usage import Usage
from support.users import Users
from support.witnesses import ANSWERS, Posters, product

from claude_exporter.claude_code.watch import ClaudeCode
from claude_exporter.config import PageConfig, load_config
from claude_exporter.core.model import Target
from claude_exporter.core.page_model import PageContent, PageReport
from claude_exporter.probers.api_cost import most_cost
from claude_exporter.probers.api_options import ApiOptions
from claude_exporter.runtime.budget import Budget, limits_of
from claude_exporter.runtime.exporter import Exporter
from claude_exporter.runtime.plan import Plan, plan_of
from claude_exporter.runtime.state_file import StateFile
from claude_exporter.simulator.answers import ENVIRON
from claude_exporter.simulator.page import Moments
from claude_exporter.simulator.readings import page_reading_of, result_of
from claude_exporter.simulator.world import World
from claude_exporter.web.exposition import Exposition

STEP = 30.0
"""Seconds between two rounds of probes."""

SCRAPE = 60.0
"""Seconds between two scrapes; a whole day at 15 s would be too much."""


class StillClock:
    """Moves when it is told, and nobody sleeps by it."""

    def __init__(self, now: float) -> None:
        self._now = now

    def now(self) -> float:
        return self._now

    def monotonic(self) -> float:
        return self._now

    async def sleep(self, seconds: float) -> None:
        del seconds
        await asyncio.Event().wait()

    def move_to(self, now: float) -> None:
        self._now = now


class Vantage:
    """One exporter that lives through a day without a socket and without waiting."""

    def __init__(self, day: Day, name: str) -> None:
        self.scenario = day.scenario(name)
        self.clock = StillClock(BEGIN)
        self.chance = Random(f"{day.name} {name}")  # noqa: S311  # made-up numbers, the same each time
        plan = _plan_of(self.scenario.config)
        self.exporter = Exporter(plan, self.clock, StateFile(None))
        limits = limits_of(plan.config.api_probes)
        self.exporter.budget = Budget(self.clock, bool, limits)
        code = ClaudeCode(plan.config.claude_code, self.clock, {}, Path("nowhere"))
        self.exporter.claude_code = code
        self.users = Users(code.counters, self.chance) if plan.config.claude_code.otlp else None
        crowd = self.exporter.community
        self.posters = Posters(crowd, self.chance, BEGIN) if crowd.sources else None
        self._read_simulated_pages()
        self.exposition = Exposition(self.exporter)
        self.usage = Usage(self.clock, self.chance)
        self.exposition._process = self.usage.registry

    async def scrapes(self) -> AsyncIterator[tuple[float, str]]:
        """Every scrape: its moment in Unix seconds and the text of /metrics."""
        for number in range(int(self.scenario.duration // STEP) + 1):
            at = number * STEP
            self.clock.move_to(BEGIN + at)
            await self._live(self.scenario.world_at(at), at)
            await self.exporter.take_note()
            if at % SCRAPE == 0:
                yield BEGIN + at, (await self.exposition.rendered(0)).decode()

    async def _live(self, world: World, at: float) -> None:
        for target in self.exporter.plan.targets:
            if at % target.interval == 0:
                self._probe(target, world)
        for page in self.exporter.plan.pages:
            if at % page.interval == 0:
                await self.exporter.pages._poll(page.name)
        if self.users is not None:
            self.users.work(world, self.clock.now())
        if self.posters is not None and at % ANSWERS == 0:
            self.posters.post(world, self.clock.now())
        self.exporter.judge()

    def product(self) -> dict[str, float]:
        """What is known of the user's own product, if there is one."""
        if self.posters is None:
            return {}
        return product(self.scenario.world_at(self.clock.now() - BEGIN), self.chance)

    def _read_simulated_pages(self) -> None:
        pages, client = self.exporter.pages, self.exporter._client
        list(pages.jobs(self.exporter.plan.pages, client))
        for page in self.exporter.plan.pages:
            pages._sources[page.name] = (page, client, SimulatedPage(page, self))

    def _probe(self, target: Target, world: World) -> None:
        options = target.options
        if isinstance(options, ApiOptions) and most_cost(options):
            receipt = self.exporter.budget.reserve(target.name, most_cost(options))
            self.exporter.budget.settle(receipt, round(most_cost(options) * 0.4))
        self.exporter.scheduler._lag.add(self.chance.expovariate(1 / 0.0011))
        plain = result_of(target, world, self.clock.now())
        self.exporter.record(measured(target, plain, self.chance))


class SimulatedPage:
    """In place of what asks the page: reads what it says in the world of the moment."""

    def __init__(self, page: PageConfig, vantage: "Vantage") -> None:
        self._page = page
        self._vantage = vantage
        self._before: PageReport | None = None

    async def poll(self) -> PageReport:
        """One report, as the real source makes it."""
        page, now = self._page, self._vantage.clock.now()
        world = self._vantage.scenario.world_at(now - BEGIN)
        found = page_reading_of(world, Moments(epoch=BEGIN), page.timeout, page.components)
        report = PageReport(page=page.name, polled_at=now, duration=0.21)
        if isinstance(found, PageContent):
            report = replace(report, content=found, read_at=now)
        elif self._before is not None:
            kept = {"content": self._before.content, "read_at": self._before.read_at}
            report = replace(report, fault=found, **kept)
        else:
            report = replace(report, fault=found)
        self._before = report
        return report

    async def read_past(self) -> tuple[()]:
        """A day has nothing before it."""
        return ()


def _plan_of(config: object) -> Plan:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config.yml"
        path.write_text(yaml.safe_dump(config), encoding="utf-8")
        return plan_of(load_config(path, ENVIRON))


def series_of(day: Day, vantage: str) -> Series:
    """Everything that one exporter showed on a day, by the names of the series."""
    return asyncio.run(_collected(Vantage(day, vantage)))


async def _collected(vantage: Vantage) -> Series:
    columns = Columns()
    async for at, text in vantage.scrapes():
        rows = (row.rpartition(" ") for row in text.splitlines() if row[0] != "#")
        seen = {name: float(value) for name, _, value in rows}
        columns.add(at, seen | vantage.product() | _of_the_scrape(len(seen)))
    return columns.series()


def _of_the_scrape(count: int) -> dict[str, float]:
    """What Prometheus itself adds to a scrape."""
    return {
        "up": 1.0,
        "scrape_duration_seconds": 0.0047,
        "scrape_samples_scraped": count,
        "scrape_samples_post_metric_relabeling": count,
        "scrape_series_added": 0.0,
    }
