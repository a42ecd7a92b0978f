"""The record of uptime in a running exporter: what it learns, and what it keeps."""

from dataclasses import replace

import pytest
from support.clock import FakeClock
from support.exposed import CALM, Exposed, default_plan, scrape_of

from claude_exporter.core.model import Sign, Surface
from claude_exporter.core.page_model import Component, ComponentStatus, PageFault
from claude_exporter.core.uptime import DAY, STRIPS, SUBJECT_LIMIT
from claude_exporter.runtime.exporter import Exporter
from claude_exporter.runtime.state_file import StateFile
from claude_exporter.runtime.uptime import UptimeRecorder
from claude_exporter.web.uptime_text import uptime_text

API = "target/api-models"
COMPONENT = "component/claude/k8w3r06qmzrp"


@pytest.fixture
def exposed():
    return Exposed()


def seconds(exposed, subject):
    return dict(exposed.exporter.uptime.record.seconds(subject, DAY, exposed.clock.now()))


async def test_ten_minutes_of_an_outage_are_told_for_target_component_and_surface(exposed):
    """The target is down at once, the page says nothing, the verdict goes from wait to escalate."""
    await exposed.pass_time(300)
    await exposed.pass_time(900, {Surface.API: Sign.OVERLOADED})
    assert seconds(exposed, API) == {"up": 270.0, "down": 900.0}
    assert seconds(exposed, COMPONENT)["up"] == 1170.0
    found = seconds(exposed, "surface/api")
    assert (found["none"], found["wait"] + found["escalate"]) == (270.0, 900.0)
    assert found["escalate"] == 300.0


async def test_a_page_that_cannot_be_read_is_unknown_once_it_is_too_old(exposed):
    """Neither up nor down; five minutes are believed."""
    await exposed.pass_time(60)
    await exposed.pass_time(900, fault=PageFault.WAF)
    assert seconds(exposed, COMPONENT)["up"] == 330.0
    assert sum(seconds(exposed, COMPONENT).values()) == 330.0


async def test_our_own_network_is_no_downtime_of_theirs(exposed):
    """The control hosts alone say that they could not be reached."""
    await exposed.pass_time(60)
    await exposed.pass_time(600, dict.fromkeys(Surface, Sign.DNS))
    assert seconds(exposed, API) == {"up": 30.0, "down": 0.0}
    assert sum(seconds(exposed, "surface/api").values()) == 30.0
    assert seconds(exposed, "target/control-cloudflare")["down"] == 600.0


async def test_every_status_of_a_component_has_a_state(exposed):
    """An unknown one is unknown."""
    for status in ComponentStatus:
        one = Component(id="k8w3r06qmzrp", name="API", status=status, surface=Surface.API)
        await exposed.pass_time(60, content=replace(CALM, components=(one,)))
    assert seconds(exposed, COMPONENT) == {
        "up": 30.0,
        "degraded": 60.0,
        "down": 120.0,
        "maintenance": 60.0,
    }


async def test_a_restart_after_an_hour_leaves_an_hour_unknown(tmp_path):
    """What was recorded is still there, and the time away is neither up nor down."""
    first = Exposed()
    first.exporter.state_file = StateFile(tmp_path / "state.db")
    await first.pass_time(1200)
    await first.exporter.save()
    first.exporter.state_file.close()
    clock = FakeClock(now=first.clock.now() + 3600)
    again = Exporter(default_plan(), clock, StateFile(tmp_path / "state.db"))
    record = again.uptime.record
    assert record.seconds(API, DAY, clock.now())["up"] == 1170.0
    strip = record.strip(API, *STRIPS["24h"], clock.now())
    hour = [each for each in strip if each.end > clock.now() - 3600]
    assert sum(each.seconds["up"] for each in hour) <= 900
    assert sum(each.seconds["unknown"] for each in hour) >= 3000
    again.state_file.close()


CLOCKS = {
    "set an hour ahead": (3600.0, 60.0),
    "set an hour back": (-3600.0, 60.0),
    "set a second back": (-1.0, 60.0),
}


@pytest.mark.parametrize(("step", "added"), CLOCKS.values(), ids=CLOCKS.keys())
async def test_a_wall_clock_that_is_set_adds_no_time(step, added):
    """Two minutes passed, whatever the wall says."""
    clock = FakeClock()
    recorder = UptimeRecorder(clock, {}.get)
    recorder.add([(API, "up")])
    for number in range(24):
        if number == 12:
            clock.set_now(clock.now() + step)
        await clock.advance(5)
        recorder.add([(API, "up")])
    end = max(clock.now(), clock.now() - step)
    assert recorder.record.seconds(API, DAY, end)["up"] == 60 + added


async def test_a_process_that_was_stopped_knew_nothing_meanwhile():
    """Ten minutes in one piece count as the longest look, half a minute."""
    clock = FakeClock()
    recorder = UptimeRecorder(clock, {}.get)
    recorder.add([(API, "up")])
    await clock.leap(600)
    recorder.add([(API, "up")])
    assert recorder.record.seconds(API, DAY, clock.now()) == {"up": 30.0, "down": 0.0}


def test_a_record_that_cannot_be_read_is_said_and_begun_again(caplog):
    recorder = UptimeRecorder(FakeClock(), {"uptime-hours": {"runs": 7}}.get)
    assert recorder.record.subjects == ()
    assert "saved uptime cannot be read" in caplog.text


def test_figures_are_worked_out_once_a_minute_at_most():
    """So that thousands of targets do not cost each scrape anew."""
    clock = FakeClock()
    recorder = UptimeRecorder(clock, {}.get)
    before = recorder.figure(API, DAY)
    recorder.record.add([(API, "up")], clock.now() - 60, clock.now())
    assert (before, recorder.figure(API, DAY)) == ((None, 0.0), (None, 0.0))
    clock._monotonic += 60
    assert recorder.figure(API, DAY) == (1.0, 60 / DAY)


async def test_two_thousand_targets_fill_neither_memory_nor_metrics():
    """Those that there is room for have a record; which ones are watched may change at any time."""
    [first, *_] = default_plan().targets
    many = tuple(replace(first, name=f"t{n}") for n in range(2000))
    exposed = Exposed(targets=many)
    await exposed.pass_time(60)
    text = uptime_text(scrape_of(exposed.exporter))
    assert text.count("claude_probe_uptime_known_ratio{") == 3 * SUBJECT_LIMIT
    assert len(exposed.exporter.uptime.record.subjects) == SUBJECT_LIMIT
    exposed.evaluator.replace_targets(many[-1:])
    assert 'target="t1999"' in uptime_text(scrape_of(exposed.exporter))
