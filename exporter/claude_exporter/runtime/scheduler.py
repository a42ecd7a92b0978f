"""Starts every job on its own grid, whatever scrapes and the other jobs do."""

from __future__ import annotations

import asyncio
import heapq
import logging
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import count
from math import inf
from types import MappingProxyType
from typing import Final

from claude_exporter.runtime.clock import Clock
from claude_exporter.runtime.job import Job, Skip
from claude_exporter.runtime.timetable import Lag, LagRecord, Timetable, phase_of

GRACE: Final = 1.0
"""Seconds beyond its timeout after which a run is cancelled, and cancelled again."""

_IDLE: Final = 3600.0
_STOP_ROUNDS: Final = 3
_STOP_ROUND: Final = 0.5

log = logging.getLogger(__name__)


# Changed in place: at thousands of runs a second a new value per run would be the main cost.
@dataclass(slots=True, eq=False)
class _Entry:
    job: Job
    timetable: Timetable
    due_at: float
    deadline_at: float = inf
    event_at: float = inf
    waiting_since: float | None = None
    task: asyncio.Task[None] | None = None
    has_place: bool = False
    trouble: str | None = None


class Scheduler:
    """
    Runs jobs, at most `limit` at once.

    One task sleeps until the next event; an idle job is a heap item, a run is a task of the
    scheduler's own group. A job has one run at a time.
    """

    def __init__(self, clock: Clock, *, limit: int = 256) -> None:
        self._clock = clock
        self._epoch_at = clock.monotonic() - clock.now()
        self._free_places = limit
        self._entries: dict[str, _Entry] = {}
        self._heap: list[tuple[float, int, _Entry]] = []
        self._order = count()
        self._queue: deque[_Entry] = deque()
        self._running: dict[asyncio.Task[None], _Entry] = {}
        self._group: asyncio.TaskGroup | None = None
        self._changed = asyncio.Event()
        self._sleeps_until = -inf
        self._skipped = dict.fromkeys(Skip, 0)
        self._lag = LagRecord()

    @property
    def in_flight(self) -> int:
        """The runs under way, those included that were cancelled and have not ended yet."""
        return len(self._running)

    @property
    def skipped(self) -> Mapping[Skip, int]:
        """How often each thing went wrong since the start; every reason is there."""
        return MappingProxyType(self._skipped)

    @property
    def lag(self) -> Lag:
        """How late runs started."""
        return self._lag.read()

    async def run(self, jobs: Iterable[Job]) -> None:
        """Run `jobs` until cancelled; then every run is cancelled and has 1.5 s to end."""
        wanted = _by_name(jobs)
        async with asyncio.TaskGroup() as group:
            self._group = group
            self._take_over(wanted)
            try:
                await self._keep_time(group)
            finally:
                self._group = None
                await self._end_runs()
                self._entries.clear()
                self._queue.clear()

    def replace(self, jobs: Iterable[Job]) -> None:
        """
        Take over a new set of jobs; RuntimeError while `run` is not under way.

        A job known by its name keeps its schedule while its interval stays, and uses its new `run`
        and `timeout` from its next start. The runs of removed jobs are cancelled.
        """
        if self._group is None:
            message = "expected a running scheduler to replace the jobs of"
            raise RuntimeError(message)
        self._take_over(_by_name(jobs))

    def _take_over(self, wanted: Mapping[str, Job]) -> None:
        for name in self._entries.keys() - wanted.keys():
            self._remove(self._entries.pop(name))
        for job in wanted.values():
            self._adopt(job)
        self._heap.clear()
        for entry in self._entries.values():
            self._put(entry)
        self._changed.set()

    def hasten(self, name: str, wait: float) -> None:
        """Run a job in *wait* seconds, if it is not due sooner; its grid stays as it is."""
        entry = self._entries.get(name)
        due_at = self._clock.monotonic() + wait
        if entry is not None and due_at < entry.due_at:
            entry.due_at = due_at
            self._put(entry)

    def _adopt(self, job: Job) -> None:
        known = self._entries.get(job.name)
        if known and known.job.interval == job.interval:
            known.job = job
            return
        if known:
            self._remove(known)
        timetable = Timetable(job.interval, phase_of(job.name), self._epoch_at)
        due_at = timetable.first(self._clock.monotonic())
        self._entries[job.name] = _Entry(job, timetable, due_at)

    def _remove(self, entry: _Entry) -> None:
        entry.waiting_since = None
        if entry.task:
            entry.task.cancel()
            self._give_back(entry)

    async def _keep_time(self, group: asyncio.TaskGroup) -> None:
        while True:
            self._changed.clear()
            timer = group.create_task(self._handle_events(), name="scheduler")
            await self._changed.wait()
            timer.cancel()

    async def _handle_events(self) -> None:
        while True:
            now = self._clock.monotonic()
            self._sleeps_until = -inf  # whatever is put in below, this task will see it
            while self._heap and self._heap[0][0] <= now:
                event_at, _, entry = heapq.heappop(self._heap)
                if event_at == entry.event_at:
                    self._handle(entry, now)
                    self._put(entry)
            self._sleeps_until = self._heap[0][0] if self._heap else now + _IDLE
            await self._clock.sleep(self._sleeps_until - now)

    def _put(self, entry: _Entry) -> None:
        entry.event_at = min(entry.due_at, entry.deadline_at)
        heapq.heappush(self._heap, (entry.event_at, next(self._order), entry))
        if entry.event_at < self._sleeps_until:
            self._changed.set()

    def _handle(self, entry: _Entry, now: float) -> None:
        if now >= entry.deadline_at:
            self._cut_off(entry, now)
        if now >= entry.due_at:
            self._fall_due(entry, now)

    def _cut_off(self, entry: _Entry, now: float) -> None:
        entry.deadline_at = now + GRACE
        if entry.task:
            entry.task.cancel()
        if not entry.has_place:
            return
        self._skipped[Skip.DEADLINE] += 1
        if entry.trouble != Skip.DEADLINE:
            entry.trouble = Skip.DEADLINE
            facts = {"job": entry.job.name, "timeout": entry.job.timeout}
            log.warning("job cancelled at its deadline", extra=facts)
        # A run that resists its cancellation must not keep others from starting.
        self._give_back(entry)

    def _fall_due(self, entry: _Entry, now: float) -> None:
        due_at = entry.due_at
        if entry.timetable.is_missed(due_at, now):
            self._skipped[Skip.MISSED] += 1
            entry.due_at = entry.timetable.first(now)
            return
        entry.due_at = entry.timetable.after(due_at)
        if entry.task:
            self._skipped[Skip.OVERLAP] += 1
        elif entry.waiting_since is not None:
            self._skipped[Skip.CAPACITY] += 1
            entry.waiting_since = due_at
        elif self._free_places:
            self._start(entry, due_at, now)
        else:
            entry.waiting_since = due_at
            self._queue.append(entry)

    def _start(self, entry: _Entry, due_at: float, now: float) -> None:
        if self._group is None:
            return
        self._free_places -= 1
        entry.has_place = True
        entry.deadline_at = now + entry.job.timeout + GRACE
        entry.task = self._group.create_task(self._run(entry), name=entry.job.name)
        self._running[entry.task] = entry
        # Not in a finally of the run: one cancelled before its first step never gets there.
        entry.task.add_done_callback(self._end)
        self._lag.add(now - due_at)

    async def _run(self, entry: _Entry) -> None:
        job = entry.job
        try:
            await job.run()
        except asyncio.CancelledError as exc:
            task = asyncio.current_task()
            if task and not task.cancelling():  # nobody cancelled it: its own inside did
                self._crash(entry, exc)
            raise
        except Exception as exc:  # noqa: BLE001 a broken job must not end the others
            self._crash(entry, exc)
            return
        if entry.trouble:
            entry.trouble = None
            log.info("job runs again", extra={"job": job.name})

    def _crash(self, entry: _Entry, exc: BaseException) -> None:
        self._skipped[Skip.CRASH] += 1
        trouble = f"{type(exc).__name__}: {exc}"
        if entry.trouble != trouble:
            entry.trouble = trouble
            log.error("job crashed", extra={"job": entry.job.name}, exc_info=exc)

    def _end(self, task: asyncio.Task[None]) -> None:
        entry = self._running.pop(task)
        entry.task = None
        entry.deadline_at = inf
        self._give_back(entry)

    def _give_back(self, entry: _Entry) -> None:
        if not entry.has_place:
            return
        entry.has_place = False
        self._free_places += 1
        while self._queue and self._free_places and self._group:
            waiting = self._queue.popleft()
            if waiting.waiting_since is None:
                continue
            due_at, waiting.waiting_since = waiting.waiting_since, None
            self._start(waiting, due_at, self._clock.monotonic())
            self._put(waiting)

    async def _end_runs(self) -> None:
        for _ in range(_STOP_ROUNDS):
            for task in self._running:
                task.cancel()
            if self._running:
                await asyncio.wait(self._running, timeout=_STOP_ROUND)
        for entry in self._running.values():
            log.error("job does not end", extra={"job": entry.job.name})


def _by_name(jobs: Iterable[Job]) -> dict[str, Job]:
    by_name: dict[str, Job] = {}
    for job in jobs:
        if by_name.setdefault(job.name, job) is not job:
            message = f"expected one job of each name, found another {job.name!r}"
            raise ValueError(message)
    return by_name
