"""An incident is closed while a surface fails: a moment's grace, and then a new silence."""

import pytest
from support.seen import NOW, incident, page, target

from claude_exporter.core.evaluator import Evaluator
from claude_exporter.core.guide import shipped_guide
from claude_exporter.core.model import ProbeResult, Sign, Surface
from claude_exporter.core.page_model import Component, ComponentStatus, PageReport
from claude_exporter.runtime.persistence import documents_of, record_of

GUIDE = shipped_guide()
STEP = 10.0
DOWN = Component(id="c", name="API", status=ComponentStatus.MAJOR, surface=Surface.API)
OPEN = page(incident(Surface.API)).content
MARKED = page(components=(DOWN,)).content
CLOSED = page().content
FAILS, WORKS = Sign.OVERLOADED, Sign.OK
TARGETS = (target(), target("control", Surface.CONTROL))


class Replay:
    """One host, probed every ten seconds of virtual time; the page is polled as often."""

    def __init__(self, factor=1.0):
        self.factor = factor
        self.evaluator = Evaluator(GUIDE.scaled(factor), TARGETS)
        self.now, self.rows = NOW, []

    def run(self, seconds, content, sign=FAILS, *, other=Sign.OK):
        """*content* None is a page that cannot be read; sign None is no probe."""
        until = self.now + seconds / self.factor
        while self.now < until:
            if content is not None:
                self.evaluator.record_page(
                    PageReport(page="p", polled_at=self.now, content=content, read_at=self.now)
                )
            for name, met in (("api", sign), ("control", other)):
                if met is not None:
                    self.probe(name, met)
            verdict = self.evaluator.judge(self.now)[Surface.API].verdict
            key = f"{verdict.row}/{verdict.stage}" if verdict.stage else verdict.row
            if self.rows[-1:] != [key]:
                self.rows.append(key)
            self.now += STEP / self.factor
        return self

    def probe(self, name, sign):
        success = sign is Sign.OK
        self.evaluator.record_result(
            ProbeResult(target=name, started_at=self.now, duration=0.1, sign=sign, success=success)
        )

    def restarted(self, gap):
        """The same by way of the state file, *gap* seconds later."""
        after = Replay(self.factor)
        saved = record_of(documents_of(self.evaluator.record_at(self.now)))
        after.evaluator.restore(saved)
        after.now = self.now + gap
        return after


def acknowledged(content=OPEN, **more):
    return Replay(**more).run(900, content)


STORIES = {
    "the recovery is met soon after": (
        lambda: acknowledged().run(100, CLOSED).run(30, CLOSED, WORKS),
        ["acknowledged", "acknowledged/closed", "fine"],
    ),
    "it goes on failing: a new silence": (
        lambda: acknowledged().run(600, CLOSED),
        ["acknowledged", "acknowledged/closed", "unacknowledged"],
    ),
    "in time that runs ten times as fast": (
        lambda: acknowledged(factor=10.0).run(600, CLOSED),
        ["acknowledged", "acknowledged/closed", "unacknowledged"],
    ),
    "a component was the page's only word": (
        lambda: acknowledged(MARKED).run(600, CLOSED),
        ["acknowledged", "acknowledged/closed", "unacknowledged"],
    ),
    "the incident is opened again": (
        lambda: acknowledged().run(60, CLOSED).run(60, OPEN).run(600, CLOSED),
        ["acknowledged", "acknowledged/closed"] * 2 + ["unacknowledged"],
    ),
    "it was closed before the failure began": (
        lambda: Replay().run(600, OPEN, WORKS).run(900, CLOSED),
        ["fine", "blip", "unconfirmed", "unacknowledged"],
    ),
    "it worked in between": (
        lambda: acknowledged().run(60, OPEN, WORKS).run(900, CLOSED),
        ["acknowledged", "fine", "blip", "unconfirmed", "unacknowledged"],
    ),
    "the page cannot be read any more": (
        lambda: acknowledged().run(600, None),
        ["acknowledged", "unacknowledged"],
    ),
    "it cannot be read for long, and says then that it is over": (
        lambda: acknowledged().run(600, None).run(600, CLOSED),
        ["acknowledged", "unacknowledged"],
    ),
    "our network is down for a minute meanwhile": (
        lambda: acknowledged().run(60, None, Sign.CONNECT, other=Sign.CONNECT).run(600, CLOSED),
        ["acknowledged", "our-network", "acknowledged/closed", "unacknowledged"],
    ),
    "a key is refused": (
        lambda: Replay().run(2400, OPEN, Sign.AUTHENTICATION).run(600, CLOSED, Sign.AUTHENTICATION),
        ["login-outage", "acknowledged/closed", "account/support"],
    ),
}


@pytest.mark.parametrize(("story", "rows"), STORIES.values(), ids=STORIES)
def test_rows_in_their_order(story, rows):
    """What is said, one row after another, when the page has closed an incident."""
    assert story().rows == rows


def test_the_grace_is_two_minutes_from_the_last_word():
    """To the second, and whatever is said between them."""
    replay = acknowledged()
    heard = replay.now - STEP
    replay.run(STEP, CLOSED)
    found = []
    for after in (119.0, 120.0):
        replay.now = heard + after
        replay.probe("api", FAILS)
        found.append(replay.evaluator.judge(replay.now)[Surface.API])
    assert [each.verdict.stage for each in found] == ["closed", ""]
    assert [each.seen.incident_over_for for each in found] == [119.0, 120.0]
    assert found[1].verdict.row == "unacknowledged"
    assert found[1].verdict.reason.endswith("the status page closed its incident 2 min ago.")


@pytest.mark.parametrize(
    ("gap", "rows"),
    [(60, ["acknowledged/closed", "unacknowledged"]), (180, ["unacknowledged"])],
    ids=["a short one", "one that outlasts it"],
)
def test_the_grace_outlives_a_restart_and_is_not_renewed_by_it(gap, rows):
    assert acknowledged().restarted(gap).run(600, CLOSED).rows == rows
