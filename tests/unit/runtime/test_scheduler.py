"""Jobs run on their grids, on a clock that only the test moves."""

import asyncio
import contextlib
import itertools
import logging
import time

import pytest
from support.clock import FakeClock, drain

from claude_exporter.runtime.clock import SystemClock
from claude_exporter.runtime.job import Job, Skip
from claude_exporter.runtime.scheduler import Scheduler
from claude_exporter.runtime.timetable import phase_of

NOTHING_SKIPPED = dict.fromkeys(Skip, 0)


class World:
    """A running scheduler, its clock, and when each job started."""

    def __init__(self, limit=256):
        self.clock = FakeClock()
        self.scheduler = Scheduler(self.clock, limit=limit)
        self.starts = {}
        self.ends = []

    @contextlib.asynccontextmanager
    async def running(self, *jobs):
        async with asyncio.TaskGroup() as group:
            task = group.create_task(self.scheduler.run(jobs))
            await drain()
            yield self
            task.cancel()

    def job(self, name, interval=30.0, timeout=10.0, lasts=0.0, raises=None):
        """Make a job that notes its starts, lasts so long, and then ends well or raises."""

        async def run():
            self.starts.setdefault(name, []).append(self.clock.monotonic())
            try:
                if lasts:
                    await self.clock.sleep(lasts)
            finally:
                self.ends.append((name, self.clock.monotonic()))
            if raises:
                raise raises

        return Job(name=name, interval=interval, timeout=timeout, run=run)


def skipped(**counts):
    return NOTHING_SKIPPED | counts


async def test_first_runs_are_soon_and_spread():
    """Within 5 s every job has run once, and they did not all start together."""
    world = World()
    jobs = [world.job(f"target-{number}", interval=60) for number in range(101)]

    async with world.running(*jobs):
        await world.clock.advance(5)

    starts = sorted(starts[0] - 1009 for starts in world.starts.values())
    assert len(starts) == 101
    assert all(later - sooner < 0.5 for sooner, later in itertools.pairwise(starts))


async def test_a_hastened_run_is_one_more_and_moves_no_other():
    """Asked for twice it runs once; a job that is due sooner, or unknown, is left as it is."""
    world = World()
    async with world.running(world.job("page", interval=60)):
        await world.clock.advance(130)
        usual = list(world.starts["page"])
        for name, wait in (("page", 2), ("page", 2), ("page", 3600), ("stranger", 1)):
            world.scheduler.hasten(name, wait)
        await world.clock.advance(3)
        assert world.starts["page"] == [*usual, 1009 + 130 + 2]
        await world.clock.advance(60)
        # The grid goes on, but for its jitter.
        assert len(world.starts["page"]) == len(usual) + 2
        assert abs(world.starts["page"][-1] - usual[-1] - 60) < 6.1


async def test_runs_stay_on_the_grid():
    """After a thousand runs a job is still within 5 % of its grid point."""
    world = World()
    async with world.running(world.job("web", interval=7, lasts=3)):
        await world.clock.advance(7 * 1000)

    epoch_at = 1009.0 - 1_700_000_003.0
    starts = world.starts["web"][1:]
    shifts = [((start - epoch_at) / 7 - phase_of("web") + 0.5) % 1 - 0.5 for start in starts]
    assert 998 <= len(starts) <= 1000
    assert max(map(abs, shifts)) <= 0.05 + 1e-6
    assert max(shifts) - min(shifts) > 0.09
    assert world.scheduler.skipped == NOTHING_SKIPPED


async def test_a_hanging_job_delays_nobody():
    """A run that hangs is skipped over, cancelled at its deadline, and the others keep theirs."""
    world = World()
    hanging = world.job("hanging", interval=5, timeout=7, lasts=1e6)
    async with world.running(hanging, world.job("other", interval=5, timeout=7)):
        await world.clock.advance(100)

    alone = World()
    async with alone.running(alone.job("other", interval=5, timeout=7)):
        await alone.clock.advance(100)
    assert world.starts["other"] == alone.starts["other"]
    lasted = [
        end - start
        for (_, end), start in zip(
            [end for end in world.ends if end[0] == "hanging"], world.starts["hanging"], strict=True
        )
    ]
    assert lasted[:-1] == pytest.approx([8.0] * (len(lasted) - 1))
    counts = world.scheduler.skipped
    assert counts[Skip.DEADLINE] == len(lasted) - 1
    assert abs(len(lasted) + counts[Skip.OVERLAP] - len(world.starts["other"])) <= 1
    assert counts[Skip.CRASH] == counts[Skip.CAPACITY] == counts[Skip.MISSED] == 0


async def test_a_run_that_resists_cancellation_frees_its_place():
    """One place, held by a run that ignores its cancellation, still serves the next job."""
    world = World(limit=1)
    let_go = asyncio.Event()
    cancels = []

    async def resist():
        while not let_go.is_set():
            try:
                await let_go.wait()
            except asyncio.CancelledError:
                cancels.append(world.clock.monotonic())

    first, second = sorted(["a", "web"], key=phase_of)
    deaf = Job(name=first, interval=1000, timeout=7, run=resist)
    async with world.running(deaf, world.job(second, interval=1000)):
        await world.clock.advance(phase_of(first) * 5 + 7.9)
        assert world.starts == {}
        await world.clock.advance(0.2)
        assert len(world.starts[second]) == 1
        await world.clock.advance(3)
        assert world.scheduler.in_flight == 1
        let_go.set()

    assert len(cancels) == 4
    assert world.scheduler.skipped == skipped(deadline=1)
    assert world.scheduler.in_flight == 0


async def test_a_crash_is_said_once_per_change(caplog):
    """A job that raises runs on, kills nobody, and is logged when what it raises changes."""
    caplog.set_level(logging.INFO)
    world = World()
    raised = itertools.chain(
        [ValueError("7"), ValueError("7"), OSError("11"), None], itertools.repeat(OSError("11"))
    )

    async def run():
        problem = next(raised)
        if problem:
            raise problem

    broken = Job(name="broken", interval=5, timeout=3, run=run)
    async with world.running(broken, world.job("other", interval=5)):
        await world.clock.advance(43)

    assert [(r.message, r.job, r.exc_info and str(r.exc_info[1])) for r in caplog.records] == [
        ("job crashed", "broken", "7"),
        ("job crashed", "broken", "11"),
        ("job runs again", "broken", None),
        ("job crashed", "broken", "11"),
    ]
    assert len(world.starts["other"]) == 8
    assert world.scheduler.skipped == skipped(crash=7)


async def test_a_run_cancelled_by_its_own_inside_is_a_crash():
    """A CancelledError that nobody sent is a fault of the run."""
    world = World()
    async with world.running(world.job("odd", interval=1000, raises=asyncio.CancelledError())):
        await world.clock.advance(5)

    assert world.scheduler.skipped == skipped(crash=1)


async def test_no_more_runs_than_places():
    """Jobs wait for a place in turn, and one that gets none within its interval skips it."""
    world = World(limit=2)
    jobs = [world.job(name, interval=10, timeout=100, lasts=13) for name in "abcdef"]
    most = 0
    async with world.running(*jobs):
        for _ in range(1000):
            await world.clock.advance(0.1)
            most = max(most, world.scheduler.in_flight)

    starts = {name: len(starts) for name, starts in world.starts.items()}
    assert most == 2
    assert set(starts) == set("abcdef")
    assert 14 <= sum(starts.values()) <= 16
    assert max(starts.values()) - min(starts.values()) <= 1
    counts = world.scheduler.skipped
    assert counts[Skip.CAPACITY] > 0
    # Every slot is accounted for: started, skipped, or waiting still.
    slots = sum(starts.values()) + counts[Skip.CAPACITY] + counts[Skip.OVERLAP]
    assert 6 * 10 - 6 <= slots <= 6 * 11
    assert counts[Skip.DEADLINE] == counts[Skip.CRASH] == counts[Skip.MISSED] == 0
    # A job that waited longer than its interval started for its newest slot.
    assert world.scheduler.lag.sum < 10 * world.scheduler.lag.counts[-1]


async def test_a_waiting_run_keeps_its_deadline():
    """A run that got its place late is cancelled on time, though its next slot is far away."""
    world = World(limit=1)
    first, second = sorted(["a", "web"], key=phase_of)
    jobs = [world.job(first, interval=1000, lasts=50, timeout=100)]
    jobs += [world.job(second, interval=1000, timeout=3, lasts=1e6)]
    async with world.running(*jobs):
        await world.clock.advance(90)

    assert world.ends[1][1] - world.starts[second][0] == pytest.approx(4.0)
    assert world.starts[second] == [world.ends[0][1]]
    assert world.scheduler.skipped == skipped(deadline=1)


async def test_a_suspended_machine_makes_no_burst():
    """After an hour of standing still every job runs once, spread as at the start."""
    world = World()
    jobs = [world.job(f"target-{number}", interval=30) for number in range(101)]
    async with world.running(*jobs):
        await world.clock.advance(60)
        before = sum(map(len, world.starts.values()))
        woke_at = world.clock.monotonic() + 3600
        await world.clock.leap(3600)
        at_once = sum(map(len, world.starts.values())) - before
        await world.clock.advance(5)

    fresh = [start for starts in world.starts.values() for start in starts if start >= woke_at]
    assert at_once < 10
    assert {101} == {len({name for name, starts in world.starts.items() if starts[-1] >= woke_at})}
    assert len(fresh) < 101 + 20
    assert world.scheduler.skipped[Skip.MISSED] > 95


async def test_a_step_of_the_wall_clock_changes_nothing():
    """NTP moving the clock by a day neither skips nor adds a run."""
    world, calm = World(), World()
    for each, step in ((world, 86_400.0), (calm, 0.0)):
        async with each.running(each.job("web", interval=7)):
            await each.clock.advance(50)
            each.clock.set_now(each.clock.now() - step)
            await each.clock.advance(50)

    assert world.starts == calm.starts


async def test_replace():
    """A reload leaves what stays alone, cancels what goes, and starts what is new soon."""
    world = World()
    stays, goes = world.job("stays", interval=30), world.job("goes", interval=30, lasts=1e6)
    changes = world.job("changes", interval=300)
    calm = World()
    async with calm.running(calm.job("stays", interval=30)):
        await calm.clock.advance(107)

    async with world.running(stays, goes, changes):
        await world.clock.advance(7)
        assert world.scheduler.in_flight == 1
        world.scheduler.replace(
            [world.job("stays", interval=30), world.job("changes", interval=20), world.job("new")]
        )
        await world.clock.advance(0)
        assert world.ends[-1] == ("goes", 1016.0)
        assert world.scheduler.in_flight == 0
        await world.clock.advance(5)
        assert len(world.starts["new"]) == 1
        assert len(world.starts["changes"]) == 2
        await world.clock.advance(95)

    assert world.starts["stays"] == calm.starts["stays"]
    assert len(world.starts["goes"]) == 1
    assert 6 <= len(world.starts["changes"]) <= 7
    assert world.scheduler.skipped == NOTHING_SKIPPED


async def test_replace_drops_what_waits():
    """A job removed while it waits for a place never starts, and its place goes to the next."""
    world = World(limit=1)
    names = sorted("abc", key=phase_of)
    jobs = [world.job(name, interval=100, timeout=50, lasts=20) for name in names]
    async with world.running(*jobs):
        await world.clock.advance(6)
        world.scheduler.replace([jobs[0], jobs[2]])
        await world.clock.advance(40)

    assert [name for name, _ in world.ends] == [names[0], names[2]]


async def test_replace_of_a_job_just_started():
    """A run cancelled before its first step gives its place back."""
    world = World(limit=1)
    async with world.running(world.job("a", interval=100, lasts=7)):
        await world.clock.advance(phase_of("a") * 5 - 0.001)
        world.clock._monotonic += 0.002
        world.scheduler._handle(world.scheduler._entries["a"], world.clock.monotonic())
        assert world.scheduler.in_flight == 1
        world.scheduler.replace([world.job("web")])
        await world.clock.advance(5)

    assert list(world.starts) == ["web"]
    assert world.scheduler.in_flight == 0


async def test_nothing_to_do():
    """A scheduler without jobs waits for a reload."""
    world = World()
    async with world.running():
        await world.clock.advance(10_000)
        world.scheduler.replace([world.job("late")])
        await world.clock.advance(5)

    assert len(world.starts["late"]) == 1


async def test_lag_is_measured():
    """Each start counts once, with the seconds it waited for its place."""
    world = World(limit=1)
    jobs = [world.job(name, interval=100, timeout=50, lasts=13) for name in "ab"]
    async with world.running(*jobs):
        await world.clock.advance(30)

    first, second = sorted(map(phase_of, "ab"))
    lag = world.scheduler.lag
    assert lag.counts[-1] == 2
    assert lag.sum == pytest.approx(13 - 5 * (second - first))


async def test_it_ends_at_once_with_all_its_runs():
    """Cancelled, it cancels every run, again where one swallows that."""
    scheduler = Scheduler(SystemClock())
    begun = asyncio.Semaphore(0)
    swallowed = []

    async def hang():
        begun.release()
        await asyncio.Event().wait()

    async def swallow_twice():
        begun.release()
        for _ in range(2):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                swallowed.append(1)
        await asyncio.Event().wait()

    jobs = [Job(name=str(n), interval=0.1, timeout=60, run=hang) for n in range(19)]
    jobs += [Job(name="slow", interval=0.1, timeout=60, run=swallow_twice)]
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        task = group.create_task(scheduler.run(jobs))
        for _ in jobs:
            await begun.acquire()
        cancelled_at = time.monotonic()
        task.cancel()

    assert time.monotonic() - cancelled_at < 2
    assert scheduler.in_flight == 0
    assert swallowed == [1, 1]


async def test_replace_without_run():
    """Nothing can be replaced where nothing runs."""
    with pytest.raises(RuntimeError, match="expected a running scheduler"):
        Scheduler(FakeClock()).replace([])


async def test_two_jobs_of_one_name():
    """A name is an identity."""
    world = World()
    with pytest.raises(ValueError, match="found another 'a'"):
        await world.scheduler.run([world.job("a"), world.job("a")])


@pytest.mark.parametrize("interval", [0, -1, float("inf"), float("nan")])
def test_an_interval_that_is_none(interval):
    """A job must be due now and then."""
    with pytest.raises(ValueError, match="job 'a': expected an interval above 0 s, not"):
        World().job("a", interval=interval)
