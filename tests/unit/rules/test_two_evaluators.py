"""One truth: the exporter and Prometheus reach the same row at every step of every scenario."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from support.rule_tests import (
    EVALUATION,
    SCRAPE,
    check,
    exported,
    input_series,
    judged_rows,
    rendered,
    replayed,
    verdict_samples,
)
from support.worlds import WORST, scenarios

from claude_exporter.simulator.library import load_scenario, scenario_names

pytestmark = pytest.mark.promtool

PAGE = "ClaudeOutageUnacknowledged"


def verdicts(steps, every):
    """Prometheus must reach the exporter's own rows."""
    return [
        {"expr": "claude:verdict", "eval_time": f"{at}s", "exp_samples": verdict_samples(rows)}
        for at, rows in judged_rows(steps)
        if at % every == 0
    ]


def scrapes_of(steps):
    return input_series([exported(step) for step in steps if step.at % SCRAPE == 0])


def told(scenario, status):
    """The scenario's notifications of the page, by surface."""
    return {
        each.surface: each
        for each in scenario.notifications
        if (each.status, each.alert) == (status, PAGE)
    }


def paged(scenario, at):
    """The surfaces that page at a moment; None while a page may begin or end."""
    begins, ends = told(scenario, "firing"), told(scenario, "resolved")
    edges = [*begins.values(), *ends.values()]
    if any(each.after <= at < each.before for each in edges):
        return None
    begun = {surface for surface, each in begins.items() if at >= each.before}
    return begun - {surface for surface, each in ends.items() if at >= each.before}


def pages(scenario, every):
    """Only the outages of the scenario page anybody, and nobody else's do at any moment."""
    own = "|".join(told(scenario, "firing"))
    critical = 'ALERTS{severity="critical", alertstate="firing"%s}'
    for at in range(0, int(scenario.duration) + 1, every):
        surfaces = paged(scenario, at)
        query, expected = critical % f', surface!~"{own}"', set()
        if surfaces is not None:
            query, expected = critical % "", surfaces
        yield {
            "expr": f"count by (surface) ({query})",
            "eval_time": f"{at}s",
            "exp_samples": [
                {"labels": f'{{surface="{surface}"}}', "value": 1} for surface in expected
            ],
        }


@pytest.mark.parametrize("name", scenario_names())
def test_both_evaluators_agree_and_only_an_outage_pages(name, tmp_path):
    """At every scrape the same row on every surface, and no page that the scenario has not."""
    scenario = load_scenario(name)
    steps = replayed(scenario, tmp_path)
    expected = [*verdicts(steps, SCRAPE), *pages(scenario, SCRAPE)]
    check(rendered(name, scrapes_of(steps), expected, SCRAPE), tmp_path)


def test_both_evaluators_agree_between_the_scrapes_too(tmp_path):
    """The rules see time pass every 5 s: no step of theirs is left out here."""
    scenario = load_scenario("acknowledged-late")
    steps = replayed(scenario, tmp_path)
    expected = [*verdicts(steps, EVALUATION), *pages(scenario, EVALUATION)]
    check(rendered(scenario.name, scrapes_of(steps), expected), tmp_path)


def agreement(scenario, folder):
    steps = replayed(scenario, folder)
    check(rendered(scenario.name, scrapes_of(steps), verdicts(steps, SCRAPE), SCRAPE), folder)


@pytest.mark.parametrize("scenario", WORST.values(), ids=WORST.keys())
def test_both_evaluators_agree_where_it_is_hardest(scenario, tmp_path):
    agreement(scenario, tmp_path)


@settings(max_examples=5, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(scenario=scenarios())
def test_both_evaluators_agree_on_any_time_line(scenario):
    """Random behaviours of hosts and page; what disagrees becomes a case of WORST."""
    with tempfile.TemporaryDirectory() as folder:
        agreement(scenario, Path(folder))
