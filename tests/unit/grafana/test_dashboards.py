"""The dashboards as data: generated, what Grafana's model knows, in its grid, with their words."""

import json
import re
import sys
from itertools import combinations

import pytest
import yaml
from support.dashboards import DASHBOARDS, FOLDER, panels_of, variables_in
from support.programs import run

from claude_exporter.config import load_config
from claude_exporter.core.guide import shipped_guide
from claude_exporter.stack.resources import bundle

each_dashboard = pytest.mark.parametrize("dashboard", DASHBOARDS.values(), ids=DASHBOARDS)


def test_the_committed_files_are_what_the_generator_writes(tmp_path):
    run([sys.executable, bundle("grafana") / "generate.py", tmp_path])
    written = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert written == {path.name: path.read_text() for path in FOLDER.iterdir()}


def test_there_are_the_dashboards_that_the_readme_names():
    assert {dashboard["title"] for dashboard in DASHBOARDS.values()} == {
        "Is Claude down?",
        "Claude: probes",
        "Claude: status page",
        "Claude: objectives",
        "Claude: API and models",
        "Claude: Claude Code",
        "Claude: the exporter",
    }


@each_dashboard
def test_a_dashboard_is_one_that_grafana_provisions(dashboard):
    """Classic, of schema 42, read-only, without what only an exported or saved one has."""
    assert dashboard["schemaVersion"] == 42
    assert not {"id", "version", "__inputs", "__requires"} & set(dashboard)
    assert dashboard["editable"] is False
    assert re.fullmatch(r"[a-z0-9-]{3,40}", dashboard["uid"])
    assert {"claude", "generated"} <= set(dashboard["tags"])
    assert dashboard["graphTooltip"] == 1
    assert dashboard["refresh"] == "30s"


@each_dashboard
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


@each_dashboard
def test_every_line_of_the_grid_is_full(dashboard):
    """No holes: beside each panel there is another, or the edge."""
    lines = {}
    for panel in dashboard["panels"]:
        place = panel["gridPos"]
        lines[place["y"]] = lines.get(place["y"], 0) + place["w"]
    assert set(lines.values()) == {24}
    heights = {(p["gridPos"]["y"], p["gridPos"]["h"]) for p in dashboard["panels"]}
    assert len(heights) == len(lines), "panels of one line have one height"


def fits(panel):
    return panel["gridPos"]["w"] >= 6 and len(panel["title"]) <= 50


def ascends(panel):
    steps = panel["fieldConfig"]["defaults"].get("thresholds", {}).get("steps") or []
    first, *others = [step["value"] for step in steps] or [None]
    return first is None and others == sorted(set(others))


PANEL_RULES = {
    "it fits a phone, and its title too": fits,
    "its limits ascend from a base": ascends,
    "where it may be empty it says why in words": lambda panel: panel["fieldConfig"][
        "defaults"
    ].get("noValue"),
}


@each_dashboard
@pytest.mark.parametrize("rule", PANEL_RULES.values(), ids=PANEL_RULES)
def test_a_panel(rule, dashboard):
    assert [panel["title"] for panel in panels_of(dashboard) if not rule(panel)] == []


@each_dashboard
def test_whatever_a_text_names_is_a_variable(dashboard):
    """In queries, links and titles."""
    known = {variable["name"] for variable in dashboard["templating"]["list"]}
    assert variables_in(json.dumps(dashboard)) <= known


@each_dashboard
def test_every_variable_is_used(dashboard):
    text = json.dumps(dashboard)
    for variable in dashboard["templating"]["list"]:
        assert variable["name"] in variables_in(text)


@each_dashboard
def test_a_dashboard_links_to_the_others_the_exporter_and_the_status_page(dashboard):
    others, exporter, page = dashboard["links"]
    assert others["type"] == "dashboards"
    assert others["tags"] == ["claude"]
    assert others["keepTime"]
    assert others["includeVars"]
    assert exporter["url"] == "${exporter_url}"
    assert page["url"] == "https://status.claude.com"


def test_every_runbook_link_leads_to_a_runbook():
    """The names that a link is made of are those of the files that the exporter serves."""
    (table,) = (
        panel
        for panel in panels_of(DASHBOARDS["is-claude-down"])
        if panel["title"].startswith("Them or you")
    )
    (texts,) = (
        value["value"][0]["options"]
        for override in table["fieldConfig"]["overrides"]
        for value in override["properties"]
        if override["matcher"]["options"] == "runbook" and value["id"] == "mappings"
    )
    names = {shown["text"] for shown in texts.values()} - {""}
    assert names
    assert [name for name in names if not (bundle("runbooks") / f"{name}.md").is_file()] == []
    assert set(texts) == {row.key for row in shipped_guide().rows}
    without = {key for key, shown in texts.items() if not shown["text"]}
    assert without <= {"fine", "unknown", "blip"}


@each_dashboard
def test_alerts_and_incidents_are_marked_on_every_graph(dashboard):
    marks = {mark["name"]: mark for mark in dashboard["annotations"]["list"]}
    assert set(marks) == {"Alerts", "Incidents", "Maintenances"}
    assert all(mark["datasource"]["uid"] == "${datasource}" for mark in marks.values())
    assert marks["Incidents"]["useValueForTime"]


def steps_of(panel, column=None):
    """The limits at which colours change, of a panel or of a column of a table."""
    overrides = panel["fieldConfig"]["overrides"]
    found = [
        each["value"]["steps"]
        for override in overrides
        if override["matcher"]["options"] == column
        for each in override["properties"]
        if each["id"] == "thresholds"
    ]
    steps = found or [panel["fieldConfig"]["defaults"]["thresholds"]["steps"]]
    return [step["value"] for step in steps[0] if step["value"] is not None]


def burn_rates():
    """The factors in the alerts of the objectives, as Prometheus reads them."""
    text = (bundle("alerts") / "rules" / "claude.slo-alerts.yml").read_text()
    return {float(factor) for factor in re.findall(r"\(([\d.]+) \* surface:claude_slo", text)}


def alert(name):
    groups = yaml.safe_load((bundle("alerts") / "rules" / "claude.alerts.yml").read_text())
    (found,) = (rule["expr"] for rule in groups["groups"][0]["rules"] if rule.get("alert") == name)
    return found


GUIDE = shipped_guide()
LIMITS = {
    "the page is late when the guide would have escalated": (
        ("claude-status-page", "How late the page was", None),
        [GUIDE.thresholds["escalate_after"]],
    ),
    "what is not intermittent is above the guide's limit, or at the objective": (
        ("claude-probes", "Probes that succeeded", None),
        [GUIDE.limits["intermittent_high"], 0.99],
    ),
    "a page is old when its configuration says so": (
        ("is-claude-down", "Page last read", None),
        [load_config(None, {}).status_pages[0].max_age],
    ),
    "a certificate ends soon when the alert says so": (
        ("claude-probes", "Certificates end in", "Value"),
        [7 * 86400.0],
    ),
    "probes are stale when the alert says so": (
        ("claude-exporter", "Age of what it knows", None),
        [300.0],
    ),
    "a budget burns fast where the alerts begin": (
        ("claude-slo", "Availability: burn rate", None),
        sorted(burn_rates()),
    ),
}


@pytest.mark.parametrize(("where", "limits"), LIMITS.values(), ids=LIMITS)
def test_limits_are_those_of_the_guide_and_the_alerts(where, limits):
    uid, title, column = where
    (panel,) = (each for each in panels_of(DASHBOARDS[uid]) if each["title"] == title)
    assert steps_of(panel, column) == limits


def test_the_alerts_have_the_limits_that_are_said_above():
    assert alert("ClaudeCertificateExpiring").endswith("< 7 * 86400")
    assert alert("ClaudeProbesStale").endswith("> 300")
    assert burn_rates() == {14.4, 6.0, 3.0, 1.0}
