"""The scenario files that come with the exporter, replayed on a virtual clock."""

from __future__ import annotations

import functools
from importlib.resources import files

import pytest
import yaml

from claude_exporter.config.load import load_config
from claude_exporter.core.guide import shipped_guide
from claude_exporter.core.model import WATCHED
from claude_exporter.simulator.answers import ENVIRON
from claude_exporter.simulator.library import load_scenario, scenario_names
from claude_exporter.simulator.replay import replay


@pytest.fixture(scope="module")
def verdicts_of(tmp_path_factory):
    """Every verdict of a scenario by its moment and surface; each is replayed once."""

    @functools.cache
    def verdicts(name):
        scenario = load_scenario(name)
        path = tmp_path_factory.mktemp(name) / "config.yml"
        path.write_text(yaml.safe_dump(dict(scenario.config)))
        config = load_config(path, ENVIRON)
        played = replay(scenario, shipped_guide(), config.build_targets(), config.status_pages)
        return {
            (judged.at, surface): (found.verdict.row, found.verdict.action)
            for judged in played
            for surface, found in judged.judgements.items()
        }

    return verdicts


@pytest.mark.parametrize("name", scenario_names())
def test_the_exporter_judges_as_the_scenario_says(name, verdicts_of):
    """At every moment that a scenario names, the in-process verdict is the one it expects."""
    scenario = load_scenario(name)
    verdicts = verdicts_of(name)
    found = [verdicts[wanted.at, wanted.surface] for wanted in scenario.expect]
    assert found == [(wanted.row, wanted.action) for wanted in scenario.expect]


def test_others_corroborate_and_never_put_off_a_page(verdicts_of):
    """Beside what a drill sees too: from the end of the blip to the ten minutes, and not after."""
    verdicts = verdicts_of("community-corroborates")
    rows = {at: row for (at, surface), (row, _) in verdicts.items() if surface == "api"}
    found = [at for at, row in rows.items() if row == "others-report"]
    assert (found[0], found[-1]) == (pytest.approx(435, abs=30), pytest.approx(730, abs=30))
    assert {rows[at] for at in rows if found[-1] < at < 1080} == {"unacknowledged"}
    assert "others-report" not in {row for row, _ in verdicts_of("community-noise").values()}


@pytest.mark.parametrize("name", scenario_names())
def test_a_scenario_begins_and_ends_fine(name, verdicts_of):
    """A scenario starts from a good day and leaves one, so that the next alarm is its own."""
    scenario = load_scenario(name)
    verdicts = verdicts_of(name)
    ends = [verdicts[at, surface] for at in (60.0, scenario.duration) for surface in WATCHED]
    assert ends == [("fine", "none")] * len(ends)


@pytest.mark.parametrize("name", scenario_names())
def test_expectations_keep_clear_of_changes(name):
    """No expectation hangs on when exactly a probe or a poll happened to run."""
    scenario = load_scenario(name)
    gaps = [
        expected.at - change
        for expected in scenario.expect
        for change in scenario.moments
        if 0 <= expected.at - change < 75
    ]
    assert gaps == []


ALERTS = yaml.safe_load((files("claude_exporter") / "rules" / "alerts.yml").read_text())
FIRING = [
    pytest.param(name, told, id=f"{name}: {told.alert} {told.surface or ''}".rstrip())
    for name in scenario_names()
    for told in load_scenario(name).notifications
    if told.status == "firing"
]


@pytest.mark.parametrize(("name", "told"), FIRING)
def test_a_notification_has_its_reason(name, told, verdicts_of):
    """Its alert is sent to somebody, and by then the verdict has been one of its rows."""
    alert = ALERTS[told.alert]
    assert alert["severity"] in {"critical", "warning"}
    surfaces = [told.surface] if told.surface else WATCHED
    rows = {
        row
        for (at, surface), (row, _) in verdicts_of(name).items()
        if surface in surfaces and at < told.before
    }
    assert "rows" not in alert or rows & {row.partition("/")[0] for row in alert["rows"]}


@pytest.mark.parametrize("name", scenario_names())
def test_whatever_fires_is_resolved(name):
    """A person who was told that it began is told that it is over, where a scenario ends it."""
    told = load_scenario(name).notifications
    fired = [(each.alert, each.surface) for each in told if each.status == "firing"]
    resolved = [(each.alert, each.surface) for each in told if each.status == "resolved"]
    assert sorted(resolved) == (sorted(fired) if name != "page-waf" else [])


def test_the_names_are_those_that_are_played_end_to_end():
    """The list is a promise: `drill` offers these."""
    assert scenario_names() == (
        "acknowledged-early",
        "acknowledged-late",
        "bad-key",
        "blip-90s",
        "broken-tls",
        "captive-portal",
        "community-corroborates",
        "community-noise",
        "dns-failure-one-host",
        "edge-challenge",
        "local-error-once",
        "local-errors-acknowledged",
        "local-errors-alone",
        "local-network-down",
        "local-success-probes-fail",
        "login-outage",
        "maintenance",
        "other-vantage-fine",
        "page-red-all-well",
        "page-waf",
        "rate-limited",
        "unacknowledged-outage",
    )
