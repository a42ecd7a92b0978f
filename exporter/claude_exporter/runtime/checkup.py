"""One round of the guide's steps for somebody without Prometheus: probe all, read, judge once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import httpx

from claude_exporter import __version__
from claude_exporter.claude_code.doctor import Examined, Step, hosts_step
from claude_exporter.config.secrets import SecretError
from claude_exporter.core.evaluator import Evaluator, Judgement
from claude_exporter.core.fold import SurfaceState
from claude_exporter.core.model import WATCHED, Action, ProbeResult, Surface, Target
from claude_exporter.core.page_model import PageReport
from claude_exporter.core.target_state import Tracked
from claude_exporter.probers import PROBERS
from claude_exporter.probers.connection import Connector
from claude_exporter.probers.spec import ProbeContext, ProbeRefusedError
from claude_exporter.runtime.clock import Clock
from claude_exporter.runtime.plan import Plan
from claude_exporter.sources.http import make_client
from claude_exporter.sources.statuspage import StatusPage

_EXIT_STATUS = {Action.NONE: 0, Action.WAIT: 1, Action.TROUBLESHOOT: 2, Action.ESCALATE: 3}
COULD_NOT_TELL = 4

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkup:
    """What one round found."""

    at: float
    tracked: Sequence[Tracked]
    pages: Sequence[PageReport]
    judgements: Mapping[Surface, Judgement]
    machine: tuple[Step, ...] = ()

    @property
    def exit_status(self) -> int:
        """0 fine, 1 wait, 2 troubleshoot, 3 escalate, 4 could not tell."""
        found = [each.verdict for each in self.judgements.values()]
        worst = max(_EXIT_STATUS[verdict.action] for verdict in found)
        unknown = all(verdict.row == "unknown" for verdict in found)
        return COULD_NOT_TELL if unknown else worst


def parts_of(plan: Plan) -> int:
    """How many answers one round waits for."""
    return len(plan.targets) + len(plan.pages)


async def check_up(
    plan: Plan,
    evaluator: Evaluator,
    clock: Clock,
    done: Callable[[], None] = lambda: None,
    examine: Callable[[], Examined] | None = None,
) -> Checkup:
    """
    Probe every target and read every page once, at the same time, and judge.

    Calls *done* at the end of each part. *examine* looks at Claude Code on this machine, blocking.
    """
    examining = asyncio.create_task(_examined(examine))
    settings = plan.config.network_settings()
    user_agent = f"claude-exporter/{__version__}"
    context = ProbeContext(connector=Connector(settings), user_agent=user_agent)
    async with make_client(settings) as client:
        results, reports = await asyncio.gather(
            _all_results(plan, context, done), _all_reports(plan, client, clock, done)
        )
    for result in results:
        evaluator.record_result(result)
    for report in reports:
        evaluator.record_page(report)
    examined = await examining
    evaluator.requests = {Surface.CODE: examined.requests} if examined.requests else {}
    now = clock.now()
    judgements = evaluator.judge(now)
    tracked = tuple(evaluator.tracked.values())
    machine = (*examined.steps, hosts_step(tracked)) if examined.steps else ()
    return Checkup(at=now, tracked=tracked, pages=reports, judgements=judgements, machine=machine)


async def _examined(examine: Callable[[], Examined] | None) -> Examined:
    return Examined(steps=()) if examine is None else await asyncio.to_thread(examine)


async def _all_results(
    plan: Plan, context: ProbeContext, done: Callable[[], None]
) -> Sequence[ProbeResult]:
    probes = (_then(_result(target, context), done) for target in plan.targets)
    return [result for result in await asyncio.gather(*probes) if result is not None]


async def _then(work: Awaitable[_Value], done: Callable[[], None]) -> _Value:
    try:
        return await work
    finally:
        done()


async def _result(target: Target, context: ProbeContext) -> ProbeResult | None:
    """None where nothing was sent: for want of a key, or because it would cost money."""
    try:
        return await PROBERS[target.prober].probe(target, context)
    except (SecretError, ProbeRefusedError):
        return None


async def _all_reports(
    plan: Plan, client: httpx.AsyncClient, clock: Clock, done: Callable[[], None]
) -> Sequence[PageReport]:
    polls = (StatusPage(page, client, clock, page.page_id).poll() for page in plan.pages)
    return await asyncio.gather(*(_then(poll, done) for poll in polls))


def assume_failing_since(evaluator: Evaluator, since: float, now: float) -> None:
    """Take somebody's word that whatever fails now has failed since *since*."""
    for surface in WATCHED:
        state = evaluator.surfaces.get(surface, SurfaceState())
        if state.failing_since is None or state.failing_since > since:
            told = replace(state, failing_since=since, failing_at=now, sign_since=since)
            evaluator.surfaces[surface] = told
