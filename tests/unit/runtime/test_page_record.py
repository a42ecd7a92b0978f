"""Lag, disagreement and churn in a running exporter, and across its restart."""

from dataclasses import replace

import pytest
from prometheus_client.parser import text_string_to_metric_families
from support.clock import FakeClock
from support.exposed import CALM, Exposed, default_plan, incident, scrape_of

from claude_exporter.core.model import Sign, Surface
from claude_exporter.core.page_model import Component, ComponentStatus
from claude_exporter.runtime.exporter import Exporter
from claude_exporter.runtime.page_record import PageRecord
from claude_exporter.runtime.state_file import StateFile
from claude_exporter.web.watch_text import watch_text

DOWN = {Surface.API: Sign.OVERLOADED}
POSTED = replace(CALM, incidents=(incident(Surface.API, started_at=1_700_000_003.0),))


def values(exporter):
    """Samples of the group that are not 0, by name and labels."""
    families = text_string_to_metric_families(watch_text(scrape_of(exporter)))
    return {
        (sample.name, *(v for k, v in sorted(sample.labels.items()) if k != "le")): sample.value
        for family in families
        for sample in family.samples
        if sample.value and not sample.name.endswith("_bucket")
    }


async def test_an_outage_that_the_page_acknowledges_late():
    """16 minutes of disagreement, and a lag of as much."""
    exposed = Exposed()
    await exposed.pass_time(120)
    await exposed.pass_time(960, DOWN)
    found = values(exposed.exporter)
    assert found["claude_status_page_disagreement_seconds_total", "page_fine", "api"] == 960.0
    since = found["claude_status_page_disagreement_since_timestamp_seconds", "page_fine", "api"]
    assert exposed.clock.now() - since == 960.0
    await exposed.pass_time(60, DOWN, POSTED)
    found = values(exposed.exporter)
    assert found["claude_status_page_last_lag_seconds", "api"] == 960.0
    assert found["claude_status_page_lag_seconds_count", "api"] == 1.0
    assert (
        "claude_status_page_disagreement_since_timestamp_seconds",
        "page_fine",
        "api",
    ) not in found


async def test_it_goes_on_after_a_restart_in_the_middle(tmp_path):
    """Totals and the beginning are kept; the time away is not counted."""
    first = Exposed()
    first.exporter.state_file = StateFile(tmp_path / "state.db")
    await first.pass_time(120)
    await first.pass_time(600, DOWN)
    await first.exporter.save()
    first.exporter.state_file.close()
    again = Exposed()
    again.clock = FakeClock(now=first.clock.now() + 120)
    again.exporter = Exporter(default_plan(), again.clock, StateFile(tmp_path / "state.db"))
    await again.pass_time(60, DOWN)
    await again.pass_time(30, DOWN, POSTED)
    found = values(again.exporter)
    assert found["claude_status_page_disagreement_seconds_total", "page_fine", "api"] == 630.0
    assert found["claude_status_page_last_lag_seconds", "api"] == 780.0
    again.exporter.state_file.close()


async def test_a_process_that_was_stopped_counts_nothing_of_it():
    exposed = Exposed()
    await exposed.pass_time(60, DOWN)
    await exposed.clock.leap(7200)
    await exposed.pass_time(30, DOWN)
    found = values(exposed.exporter)
    assert found["claude_status_page_disagreement_seconds_total", "page_fine", "api"] == 30.0


def components(*names):
    return [
        Component(id=f"id{n}", name=name, status=ComponentStatus.OPERATIONAL)
        for n, name in enumerate(names)
    ]


def test_churn_is_counted_from_the_first_reading_on_also_after_a_restart():
    record = PageRecord(FakeClock(), None)
    record.take_components("claude", components("API", "Web"))
    assert set(record.changes_of("claude").values()) == {0}
    record.take_components("claude", [])  # the history feed
    again = PageRecord(FakeClock(), record.document())
    again.take_components("claude", components("Claude API", "Web", "Code"))
    assert list(again.changes_of("claude").values()) == [1, 0, 1]
    assert "Claude API" not in str(again.document())
    again.forget_all_but(["other"])
    assert set(again.changes_of("claude").values()) == {0}


NONSENSE = {
    "another kind": 7,
    "another shape": {"surfaces": [1]},
    "a surface that is none": {"surfaces": {"moon": {}}},
    "a histogram of another version": {"surfaces": {"api": {"lags": {"counts": [1, 2]}}}},
    "seconds of another version": {"surfaces": {"api": {"seconds": [1.0]}}},
    "names in place of numbers": {"known": {"claude": {"a": "API"}}},
}


@pytest.mark.parametrize("kept", NONSENSE.values(), ids=NONSENSE.keys())
def test_a_record_that_cannot_be_read_is_begun_again(kept):
    record = PageRecord(FakeClock(), kept)
    assert record.surfaces == {}
    record.take_components("claude", components("API"))
