"""Money: paid probes stay within their budget and rate, whatever happens to the exporter."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from claude_exporter.config import load_config
from claude_exporter.core.model import Surface, Target
from claude_exporter.probers.api_cost import most_cost, price_of, prices
from claude_exporter.probers.api_options import ApiOptions
from claude_exporter.probers.spec import ProbeRefusedError
from claude_exporter.runtime.budget import (
    HOUR,
    KEPT_DAYS,
    LONGEST_WISH,
    Budget,
    Limits,
    Refusal,
    cost_text,
    limits_of,
)
from claude_exporter.runtime.state_file import StateFile

MIDNIGHT = 1_700_006_400.0
LIMITS = Limits(a_day=1009, an_hour=7)
SCOPE = "message https://api.test"


@dataclass
class Hand:
    """A clock that is set by hand."""

    at: float = MIDNIGHT + 3.0
    age: float = 101.0

    def now(self):
        return self.at

    def monotonic(self):
        return self.age

    def passes(self, seconds):
        self.at += seconds
        self.age += seconds


@dataclass
class Disk:
    """What was written last; it may refuse."""

    kept: object = None
    works: bool = True
    writes: list = field(default_factory=list)

    def write(self, document):
        if self.works:
            self.kept = document
            self.writes.append(document)
        return self.works


def refused(budget, cost=1, scope=SCOPE):
    """Why nothing is reserved, None where something is."""
    try:
        budget.reserve(scope, cost)
    except ProbeRefusedError as error:
        return Refusal(str(error))
    return None


class Life(RuleBasedStateMachine):
    """
    An exporter that probes, is killed, reloaded, and whose clock is set.

    Its account is kept here, by what really happened: each cost by the day it was sent on, each
    sending by the time that really passed.
    """

    asked = Bundle("asked")

    def __init__(self):
        super().__init__()
        self.clock, self.disk = Hand(), Disk()
        self.limits = LIMITS
        self.budget = self.started()
        self.spent = defaultdict(int)
        self.sent = []
        self.passed = 0.0
        self.ahead = 0.0

    def started(self):
        return Budget(self.clock, self.disk.write, self.limits, self.disk.kept)

    @rule(target=asked, cost=st.integers(1, 400))
    def send(self, cost):
        day = datetime.fromtimestamp(self.clock.now(), UTC).date()
        try:
            receipt = self.budget.reserve(SCOPE, cost)
        except ProbeRefusedError:
            return None
        assert self.disk.works, "nothing is sent whose cost was not written"
        self.spent[day] += cost
        self.sent.append(self.passed)
        assert self.spent[day] <= self.budget.limits.a_day
        recent = [at for at in self.sent if self.passed - at < HOUR]
        assert len(recent) <= self.budget.limits.an_hour
        return day, receipt, cost

    @rule(sent=consumes(asked), share=st.floats(0, 1))
    def hear(self, sent, share):
        if sent is None:
            return
        day, receipt, cost = sent
        really = int(cost * share)
        self.budget.settle(receipt, really)
        self.spent[day] += really - cost

    @rule(seconds=st.sampled_from([0.0, 13.0, 599.0, 3599.0, 3600.0, 43201.0]))
    def pass_time(self, seconds):
        self.clock.passes(seconds)
        self.passed += seconds

    @rule(seconds=st.sampled_from([-90000.0, -3700.0, -61.0, 59.0, 3601.0, 86401.0]))
    def set_clock(self, seconds):
        """Only a set clock: no time passed."""
        self.clock.at += seconds
        self.ahead += max(0.0, seconds)

    @rule(down=st.sampled_from([0.0, 7.0, 3607.0]), back=st.sampled_from([0.0, 3700.0, 90000.0]))
    def kill_and_start(self, down, back):
        """
        What was being asked stays paid; the clock may be set back meanwhile.

        A clock set forward just before is all that the next life has: to it that time passed.
        """
        self.passed += down + self.ahead
        self.ahead = 0.0
        self.clock.at += down - back
        self.clock.age = 5.0
        self.budget = self.started()

    @rule(limits=st.builds(Limits, a_day=st.integers(0, 1009), an_hour=st.integers(0, 7)))
    def reload(self, limits):
        """What is allowed changes, up or down; what was spent does not."""
        self.budget.limits = self.limits = limits

    @rule(works=st.booleans())
    def turn_disk(self, works):
        self.disk.works = works

    @rule(seconds=st.none() | st.floats(1, 1e9))
    def refuse(self, seconds):
        self.budget.back_off(SCOPE, seconds)
        assert refused(self.budget) is Refusal.BACKOFF
        self.budget.go_on(SCOPE)

    @invariant()
    def counts_no_less_than_was_spent(self):
        assert self.budget.spent >= sum(self.spent.values())


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


def made(**fields):
    clock, disk = Hand(), Disk()
    return Budget(clock, disk.write, LIMITS, **fields), clock, disk


def test_the_cost_is_on_the_disk_before_anything_is_sent():
    """A kill between the reservation and the answer costs the whole reservation."""
    budget, clock, disk = made()
    budget.reserve(SCOPE, 401)
    assert disk.kept["days"] == {"2023-11-15": 401}
    again = Budget(clock, disk.write, LIMITS, disk.kept)
    assert (again.spent, again.spent_on(clock.now())) == (401, 401)


def test_a_new_day_has_a_new_budget_and_an_old_one_does_not_come_back():
    """Days are UTC days; a clock that goes back finds what was spent then."""
    budget, clock, _ = made()
    assert refused(budget, 1009) is None
    assert refused(budget, 1) is Refusal.BUDGET
    clock.passes(86400)
    assert refused(budget, 1009) is None
    clock.at -= 86400
    assert refused(budget, 1) is Refusal.BUDGET


def test_a_day_whose_record_is_gone_stays_closed():
    """The record is bounded, and what fell out of it cannot be spent again."""
    budget, clock, disk = made()
    for _ in range(KEPT_DAYS + 1):
        assert refused(budget, 1009) is None
        clock.passes(86400)
    assert len(disk.kept["days"]) == KEPT_DAYS
    clock.at = MIDNIGHT + 7.0
    assert refused(budget, 1) is Refusal.BUDGET


def test_the_rate_holds_within_any_hour():
    """The eighth within an hour is refused, one second later it is not."""
    budget, clock, _ = made()
    assert [refused(budget) for _ in range(8)] == [None] * 7 + [Refusal.RATE]
    clock.passes(HOUR - 1)
    assert refused(budget) is Refusal.RATE
    clock.passes(1)
    assert refused(budget) is None


def test_the_rate_holds_across_a_restart_and_a_clock_that_is_set():
    """No jump makes an hour pass sooner, and none makes it last for ever."""
    budget, clock, disk = made()
    assert [refused(budget) for _ in range(7)] == [None] * 7
    clock.at += 3601.0
    assert refused(budget) is Refusal.RATE
    clock.at -= 90_000.0
    assert refused(budget) is Refusal.RATE
    again = Budget(clock, disk.write, LIMITS, disk.kept)
    assert refused(again) is Refusal.RATE
    clock.passes(HOUR)
    assert (refused(budget), refused(again)) == (None, None)


def test_without_limits_nothing_is_paid():
    """An exporter without the section never spends."""
    assert refused(Budget(Hand(), Disk().write)) is Refusal.RATE


LOST = {
    "the file was lost": {"lost": True},
    "the document is no ledger": {"saved": {"days": "x"}},
    "the document is of a later version": {"saved": {"spent": 3, "more": 1}},
}


@pytest.mark.parametrize("fields", LOST.values(), ids=LOST)
def test_what_cannot_be_known_closes_the_day(fields):
    """After a loss nothing more is spent on that day, and the next day goes on."""
    budget, clock, _ = made(**fields)
    assert refused(budget) is Refusal.BUDGET
    clock.passes(86400)
    assert refused(budget) is None


def test_a_disk_that_does_not_write_stops_paid_probes_only():
    """What cannot be remembered is not spent; what is free goes on."""
    budget, _, disk = made()
    disk.works = False
    assert refused(budget) is Refusal.UNSAVED
    budget.admit(SCOPE)
    disk.works = True
    assert refused(budget) is None
    assert budget.spent == 1


def waits(budget, clock):
    """How long the scope is left alone from now on, to the second."""
    passed = 0
    while refused(budget, 0) is Refusal.BACKOFF:
        clock.passes(1.0)
        passed += 1
    return passed


PAUSES = {
    "as long as the server says": ([47.0], [47]),
    "not at all": ([0.0], [0]),
    "at most a day": ([1e9], [LONGEST_WISH]),
    "longer each time it does not say": ([None, None, None], [60, 120, 240]),
    "at most an hour where it does not say": ([None] * 7, [60, 120, 240, 480, 960, 1920, 3600]),
}


@pytest.mark.parametrize(("said", "waited"), PAUSES.values(), ids=PAUSES)
def test_pauses(said, waited):
    """A 429 is followed by silence."""
    budget, clock, _ = made()
    found = []
    for seconds in said:
        budget.back_off(SCOPE, seconds)
        found.append(waits(budget, clock))
    assert found == waited


def test_a_pause_survives_a_restart_and_ends_with_an_answer():
    """It is kept, it holds its own scope only, and success starts the count again."""
    budget, clock, disk = made()
    budget.back_off(SCOPE, 61.0)
    again = Budget(clock, disk.write, LIMITS, disk.kept)
    assert refused(again) is Refusal.BACKOFF
    assert refused(again, scope="another") is None
    again.go_on(SCOPE)
    assert refused(again) is None
    assert again.skipped == {"budget": 0, "rate": 0, "backoff": 1, "unsaved": 0}


def test_a_pause_does_not_outlive_a_jump_of_the_clock():
    """A clock set back by a year leaves the scope alone for a day at most."""
    budget, clock, _ = made()
    budget.back_off(SCOPE, 3000.0)
    clock.at -= 365 * 86400.0
    assert refused(budget) is Refusal.BACKOFF
    clock.passes(LONGEST_WISH)
    assert refused(budget) is None


async def test_probes_at_the_same_time_share_one_budget():
    """A hundred probes that ask at once get what one after the other would."""
    budget, _, _ = made()

    async def ask():
        await asyncio.sleep(0)
        return refused(budget, 301)

    found = await asyncio.gather(*(ask() for _ in range(100)))
    assert (found.count(None), budget.spent) == (3, 903)


def test_a_real_file_keeps_it(tmp_path):
    """Through the state file of the exporter, closed without a word as by a kill."""
    path, clock = tmp_path / "state.db", Hand()

    def life():
        state = StateFile(path)

        def write(ledger):
            state.save({"budget": ledger}, clock.now())
            return state.health.ok

        return state, Budget(clock, write, LIMITS, state.load().get("budget"))

    state, budget = life()
    budget.reserve(SCOPE, 1000)
    state.close()
    state, budget = life()
    assert refused(budget, 10) is Refusal.BUDGET
    state.close()


def options(**fields):
    return ApiOptions.model_validate({"key": {"env": "KEY"}, "model": "claude-opus-4-6", **fields})


COSTS = {
    "a listed model": ("claude-opus-4-6", 64 * 5000 + 8 * 25000),
    "a dated one": ("claude-haiku-4-5-20251001", 64 * 1000 + 8 * 5000),
    "an alias": ("claude-sonnet-4-6-latest", 64 * 3000 + 8 * 15000),
    "an unknown one is the most expensive": ("claude-opus-9", 64 * 15000 + 8 * 75000),
    "a gateway's name is unknown": ("anthropic/claude-haiku-4-5", 64 * 15000 + 8 * 75000),
}


@pytest.mark.parametrize(("model", "cost"), COSTS.values(), ids=COSTS)
def test_what_a_message_can_cost(model, cost):
    """Nano-dollars, exactly, from the price list."""
    assert most_cost(options(kind="message", model=model)) == cost


def test_what_is_free_costs_nothing():
    """Lists and counts are free."""
    assert [most_cost(options(kind=kind)) for kind in ("models", "count_tokens")] == [0, 0]


def test_every_price_is_whole():
    """No price of the list is rounded to nothing."""
    assert all(each.input > 0 and each.output > each.input for each in prices().values())
    assert price_of("claude-haiku-5-5") == (100, 500)


def test_the_cost_is_said_before_it_is_spent():
    """At most, by what the schedule and the rate allow."""
    paid = Target(
        name="paid",
        surface=Surface.API,
        prober="api",
        address="https://api.test",
        interval=300.0,
        options=options(kind="message"),
    )
    limits = Limits(a_day=100_000_000, an_hour=60)
    assert cost_text([paid], limits) == (
        "12 messages an hour of 12 wished, at most $0.1498 a day; the budget is $0.1000 a day"
    )
    assert cost_text([paid], Limits(a_day=1, an_hour=6)).startswith("6 messages an hour of 12")
    assert cost_text([], limits) == ""


def test_the_configured_dollars_are_never_rounded_up(tmp_path):
    """A dollar is a thousand million units; what is below one is dropped."""
    file = tmp_path / "exporter.yml"
    file.write_text("api_probes: {key: {env: KEY}, max_usd_per_day: 0.1, max_per_hour: 7}\n")
    config = load_config(file, {})
    assert limits_of(config.api_probes) == Limits(a_day=100_000_000, an_hour=7)
    assert limits_of(None) == Limits(a_day=0, an_hour=0)
