"""The scenario files that come with the exporter, replayed on a virtual clock."""

from __future__ import annotations

import pytest
import yaml

from claude_exporter.config.load import load_config
from claude_exporter.core.guide import shipped_guide
from claude_exporter.core.model import WATCHED
from claude_exporter.simulator.answers import ENVIRON
from claude_exporter.simulator.library import load_scenario, scenario_names
from claude_exporter.simulator.replay import replay


@pytest.fixture
def configured(tmp_path):
    """The configuration under which a scenario plays."""

    def configure(scenario):
        path = tmp_path / "config.yml"
        path.write_text(yaml.safe_dump(dict(scenario.config)))
        return load_config(path, ENVIRON)

    return configure


def _verdicts(scenario, config):
    """Every verdict by its moment and surface."""
    pages, targets = config.status_pages, config.build_targets()
    return {
        (judged.at, surface): (found.verdict.row, found.verdict.action)
        for judged in replay(scenario, shipped_guide(), targets, pages)
        for surface, found in judged.judgements.items()
    }


@pytest.mark.parametrize("name", scenario_names())
def test_the_exporter_judges_as_the_scenario_says(name, configured):
    """At every moment that a scenario names, the in-process verdict is the one it expects."""
    scenario = load_scenario(name)
    verdicts = _verdicts(scenario, configured(scenario))
    found = [verdicts[wanted.at, wanted.surface] for wanted in scenario.expect]
    assert found == [(wanted.row, wanted.action) for wanted in scenario.expect]


@pytest.mark.parametrize("name", scenario_names())
def test_a_scenario_begins_and_ends_fine(name, configured):
    """What a scenario breaks, it repairs: the next one starts from a good day."""
    scenario = load_scenario(name)
    verdicts = _verdicts(scenario, configured(scenario))
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


def test_the_names_are_those_that_are_played_end_to_end():
    """The list is a promise: `drill` offers these."""
    assert scenario_names() == (
        "acknowledged-early",
        "acknowledged-late",
        "bad-key",
        "blip-90s",
        "broken-tls",
        "captive-portal",
        "dns-failure-one-host",
        "edge-challenge",
        "local-network-down",
        "login-outage",
        "maintenance",
        "page-waf",
        "rate-limited",
        "unacknowledged-outage",
    )
