"""
The exporter: probes and polls on their own timers, folds what they bring, and judges.

It owns all state; what /metrics, the page and the API show is read from here.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import httpx

from claude_exporter import __version__
from claude_exporter.community.watch import Community
from claude_exporter.config import Config, SecretError
from claude_exporter.core.evaluator import Evaluator, Judgement
from claude_exporter.core.forecast_file import shipped_curve
from claude_exporter.core.model import ProbeResult, Surface, Target
from claude_exporter.core.page_model import PageContent
from claude_exporter.core.uptime_facts import uptime_facts
from claude_exporter.probers import PROBERS
from claude_exporter.probers.connection import Connector
from claude_exporter.probers.spec import ProbeContext, ProbeRefusedError
from claude_exporter.runtime.budget import DOCUMENT, Budget, limits_of
from claude_exporter.runtime.clock import Clock
from claude_exporter.runtime.first_tokens import FirstTokens
from claude_exporter.runtime.history import History
from claude_exporter.runtime.job import Job
from claude_exporter.runtime.pages import Pages
from claude_exporter.runtime.persistence import documents_of, record_of
from claude_exporter.runtime.plan import Plan
from claude_exporter.runtime.scheduler import Scheduler
from claude_exporter.runtime.state_file import StateFile
from claude_exporter.runtime.uptime import RECORD_EVERY, UptimeRecorder
from claude_exporter.sources.http import make_client

if TYPE_CHECKING:
    from claude_exporter.claude_code.watch import ClaudeCode

USER_AGENT: Final = f"claude-exporter/{__version__}"
JUDGE_EVERY: Final = 1.0
SAVE_EVERY: Final = 10.0
WATCH_EVERY: Final = 5.0

log = logging.getLogger(__name__)


@dataclass(slots=True)
class ReloadState:
    """How loading the configuration went last (Unix seconds)."""

    successful: bool = True
    success_at: float = 0.0
    problem: str = ""


class Exporter:
    """Runs a Plan until cancelled. One event loop, no threads but the state file's."""

    def __init__(self, plan: Plan, clock: Clock, state_file: StateFile) -> None:
        self.plan = plan
        self.clock = clock
        self.state_file = state_file
        self.evaluator = Evaluator(
            plan.guide,
            plan.targets,
            page_max_age=plan.page_max_age,
            curve=shipped_curve(),
            pace=plan.speed,
        )
        self.blocked: dict[str, str] = {}
        self.claude_code: ClaudeCode | None = None
        self.refused: dict[str, str] = {}
        self.watchers: set[Callable[[], None]] = set()
        self.reload_state = ReloadState(success_at=clock.now())
        self.scheduler = Scheduler(clock, limit=plan.config.max_in_flight)
        self._client = make_client(plan.config.network_settings())
        self._retired: list[httpx.AsyncClient] = []
        self._documents: dict[str, object] = {}
        self.first_tokens: dict[str, FirstTokens] = {}
        documents = state_file.load()
        self.budget = Budget(
            clock,
            self._write_budget,
            limits_of(plan.config.api_probes),
            documents.get(DOCUMENT),
            lost=bool(state_file.health.reason),
        )
        self._context = self._context_of(plan.config)
        self._take_up(documents)
        self.uptime = UptimeRecorder(clock, self.document)
        self.history = History(self.document("changes"))
        self.pages = Pages(clock, self.evaluator, self.judge, self.document, self.scheduler.hasten)
        self.community = Community(
            plan.config.community, self._client, clock, self.document("community")
        )

    def _take_up(self, documents: Mapping[str, object]) -> None:
        record = record_of(documents)
        if record is not None:
            self.evaluator.restore(record)
            log.info("state restored", extra={"saved_at": record.saved_at})
        self._documents = {key: documents[key] for key in documents if key.startswith("kept:")}

    def document(self, key: str) -> object:
        """Something another part keeps in the state file; None where nothing was kept."""
        return self._documents.get(f"kept:{key}")

    def keep_document(self, key: str, value: object) -> None:
        """Keep a JSON value in the state file from the next save on."""
        self._documents[f"kept:{key}"] = value

    def _write_budget(self, ledger: object) -> bool:
        """Write what was spent, now: nothing may be sent before it is safe."""
        # By itself and not beside `save`, whose thread could write an older one over it.
        self.state_file.save({DOCUMENT: ledger}, self.clock.now())
        return self.state_file.keeps and self.state_file.health.ok

    async def run(self) -> None:
        """Probe, poll and judge until cancelled; then save once more."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self.scheduler.run(self._jobs()))
                group.create_task(self._repeat(JUDGE_EVERY, self._judge_now))
                group.create_task(self._repeat(SAVE_EVERY, self.save))
                group.create_task(self._repeat(RECORD_EVERY, self.take_note))
                if self.claude_code is not None:
                    group.create_task(self._repeat(WATCH_EVERY, self.claude_code.poll))
        finally:
            async with asyncio.timeout(1.0):
                await self.save()
                for client in (*self._retired, self._client):
                    await client.aclose()

    def _context_of(self, config: Config) -> ProbeContext:
        connector = Connector(config.network_settings())
        return ProbeContext(connector=connector, user_agent=USER_AGENT, purse=self.budget)

    async def _repeat(self, every: float, act: Callable[[], Awaitable[None]]) -> None:
        while True:
            await self.clock.sleep(every / self.plan.speed)
            await act()

    async def _judge_now(self) -> None:
        self.judge()

    async def save(self) -> None:
        """Write the state file."""
        now = self.clock.now()
        if self.claude_code is not None:
            self.keep_document("claude_code", self.claude_code.document())
        for key, value in {**self.uptime.record.documents(), **self.pages.documents()}.items():
            self.keep_document(key, value)
        self.keep_document("changes", self.history.document())
        self.keep_document("community", self.community.document())
        documents = {**documents_of(self.evaluator.record_at(now)), **self._documents}
        await asyncio.to_thread(self.state_file.save, documents, now)

    async def take_note(self) -> None:
        """Add to what is recorded over a long time what is known now."""
        self.pages.look()
        scene = self.evaluator.scene(self.clock.now())
        self.uptime.add(uptime_facts(scene, self.evaluator.judgements))

    def judge(self) -> Mapping[Surface, Judgement]:
        """Judge every surface now, and remember and log what changed."""
        if self.claude_code is not None:
            self.evaluator.requests = self.claude_code.requests()
        before, now = self.evaluator.judgements, self.clock.now()
        self.evaluator.others_report = self.community.others_report()
        after = self.evaluator.judge(now)
        for change in self.history.add_judgements(before, after, now):
            facts = {"surface": change.surface, "action": change.action, "row": change.row}
            log.info("verdict changed", extra={**facts, "reason": change.reason})
        for watcher in tuple(self.watchers):
            watcher()
        return after

    async def probe_now(self, target: Target) -> ProbeResult:
        """Probe *target* once, outside its schedule; the result is not folded."""
        return await PROBERS[target.prober].probe(target, self._context)

    def _jobs(self) -> Iterator[Job]:
        for target in self.plan.targets:
            run = partial(self._probe, target)
            name = f"probe/{target.name}"
            yield Job(name=name, interval=target.interval, timeout=target.timeout, run=run)
        yield from self.pages.jobs(self.plan.pages, self._client)
        if self.plan.speed == 1.0:  # the world outside does not run as fast as a drill
            yield from self.community.jobs()

    async def _probe(self, target: Target) -> None:
        try:
            result = await PROBERS[target.prober].probe(target, self._context)
        except SecretError as error:
            self._note_blocked(target.name, str(error))
            return
        except ProbeRefusedError as error:
            # The budget counts it and says why; nobody was asked.
            self.refused[target.name] = str(error)
            return
        self.blocked.pop(target.name, None)
        self.refused.pop(target.name, None)
        self.record(result)

    def record(self, result: ProbeResult) -> None:
        """Take up what a probe brought."""
        known = self.evaluator.tracked.get(result.target)
        before = known.state.last if known else None
        self.evaluator.record_result(result)
        self.history.add_result(result)
        if result.api is not None:
            self.first_tokens.setdefault(result.target, FirstTokens()).add(result.api)
        if before is None or before.standing is not result.standing:
            facts = {"target": result.target, "sign": result.sign, "detail": result.detail}
            log.info("standing changed", extra={**facts, "standing": result.standing})
            self.judge()

    def _note_blocked(self, name: str, reason: str) -> None:
        """Say once that a target cannot be probed at all: that is ours, and no evidence."""
        if self.blocked.get(name) != reason:
            log.error("target cannot be probed", extra={"target": name, "err": reason})
        self.blocked[name] = reason

    def replace_plan(self, plan: Plan) -> None:
        """Run *plan* from now on; what both plans share keeps its schedule and totals."""
        if self.claude_code is not None:
            self.claude_code.replace(plan.config.claude_code)
        if plan.config.network != self.plan.config.network:
            self._context = self._context_of(plan.config)
            self._retired.append(self._client)
            self._client = make_client(plan.config.network_settings())
        self.community.replace(plan.config.community, self._client)
        self.plan = plan
        self.budget.limits = limits_of(plan.config.api_probes)
        self.evaluator.guide = plan.guide
        self.evaluator.page_max_age = plan.page_max_age
        self.evaluator.replace_targets(plan.targets)
        self.history.forget_all_but(target.name for target in plan.targets)
        self.scheduler.replace(self._jobs())
        self.judge()

    def readable_contents(self) -> Mapping[str, PageContent]:
        """What the pages said, by name, where it can be believed."""
        return self.pages.contents(self.plan.page_max_age)
