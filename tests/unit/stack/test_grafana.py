"""The dashboards: generated, whole, and asking what Prometheus understands."""

import json
import re
import sys
from itertools import combinations

import promql_parser
import pytest
from support.programs import run

from claude_exporter.stack.resources import bundle

FOLDER = bundle("grafana") / "dashboards"
DASHBOARDS = {path.name: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}
PANELS = {
    f"{name}: {panel['title']}": panel
    for name, dashboard in DASHBOARDS.items()
    for panel in dashboard["panels"]
}


def test_the_committed_files_are_what_the_generator_writes(tmp_path):
    run([sys.executable, bundle("grafana") / "generate.py", tmp_path])
    written = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert written == {path.name: path.read_text() for path in FOLDER.iterdir()}


@pytest.mark.parametrize("dashboard", DASHBOARDS.values(), ids=DASHBOARDS.keys())
def test_a_dashboard_is_one_that_grafana_provisions(dashboard):
    assert dashboard["schemaVersion"] == 42
    assert not {"id", "version", "__inputs"} & set(dashboard)
    assert dashboard["editable"] is False
    variables = [variable["name"] for variable in dashboard["templating"]["list"]]
    assert variables == ["datasource", "job", "instance"]


@pytest.mark.parametrize("dashboard", DASHBOARDS.values(), ids=DASHBOARDS.keys())
def test_no_two_panels_lie_on_each_other(dashboard):
    places = [panel["gridPos"] for panel in dashboard["panels"]]
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(places)
    for place in places:
        assert place["x"] + place["w"] <= 24
    for one, other in combinations(places, 2):
        apart = (
            one["x"] + one["w"] <= other["x"]
            or other["x"] + other["w"] <= one["x"]
            or one["y"] + one["h"] <= other["y"]
            or other["y"] + other["h"] <= one["y"]
        )
        assert apart, (one, other)


@pytest.mark.parametrize("panel", PANELS.values(), ids=PANELS.keys())
def test_a_panel_says_what_it_shows_and_asks_what_parses(panel):
    """Description, unit, the chosen data source, jobs and exporters, and PromQL of 2.42 and 3.x."""
    assert panel["description"].endswith(".")
    assert panel["datasource"]["uid"] == "${datasource}"
    assert "unit" in panel["fieldConfig"]["defaults"]
    assert panel["targets"]
    for target in panel["targets"]:
        assert 'job=~"$job",instance=~"$instance"' in target["expr"]
        expr = target["expr"].replace("$__rate_interval", "1m").replace("$job", ".+")
        promql_parser.parse(expr.replace("$instance", ".+"))
        assert not re.search(r"rate\([^[]*\[(?!\$__rate_interval)", target["expr"])
