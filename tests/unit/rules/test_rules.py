"""The rule files: generated, valid on both sides of Prometheus 3, tested and explained."""

import functools
import re

import promql_parser
import pytest
import yaml
from support.programs import require, run
from support.rule_tests import PROJECT

from claude_exporter.config import load_config
from claude_exporter.core.guide import shipped_guide
from claude_exporter.core.model import Action
from claude_exporter.rules.alerting import EXPORTER_URL, alert_table, runbook_url
from claude_exporter.rules.client import CONTRACT
from claude_exporter.rules.files import generated_files, rule_files
from claude_exporter.web.metrics import CATALOGUE

TEST_FILES = sorted([*PROJECT.glob("alerts/tests/*.yml"), *PROJECT.glob("prometheus/tests/*.yml")])
GUIDE = shipped_guide()
GENERATED = generated_files(GUIDE, load_config(None, {}))
ALL_RULE_FILES = [PROJECT / name for name in GENERATED if name.endswith(".yml")]
RULES = [
    rule
    for path in ALL_RULE_FILES
    for group in yaml.safe_load(path.read_text())["groups"]
    for rule in group["rules"]
]
ALERTS = [rule for rule in RULES if "alert" in rule]
RECORDED = {rule["record"] for rule in RULES if "record" in rule}
SCRAPED = (
    {CONTRACT}
    | {
        name
        for desc in CATALOGUE
        for name in (
            [desc.name + end for end in ("_bucket", "_count", "_sum")]
            if desc.kind == "histogram"
            else [desc.name]
        )
    }
    | {"up", "ALERTS"}
)
UNSPOKEN = {"fine", "unknown", "blip"}
HEADINGS = ["Meaning", "Impact", "Diagnosis", "Mitigation"]


def name_of(rule):
    return rule.get("alert") or " ".join([rule["record"], *rule.get("labels", {}).values()])


each_rule = pytest.mark.parametrize("rule", RULES, ids=name_of)
each_alert = pytest.mark.parametrize("alert", ALERTS, ids=name_of)


@pytest.mark.promtool
@pytest.mark.parametrize("path", ALL_RULE_FILES, ids=lambda path: path.name)
def test_promtool_finds_nothing_wrong(path):
    run([require("promtool"), "check", "rules", path])


@pytest.mark.promtool
@pytest.mark.parametrize("path", TEST_FILES, ids=lambda path: path.name)
def test_promtool_tests_pass(path):
    run([require("promtool"), "test", "rules", path], timeout=600)


@pytest.mark.promtool
@pytest.mark.parametrize("factor", [1.0, 60.0, 700.0])
def test_rules_of_a_drill_are_valid_at_any_speed(factor, tmp_path):
    for name, text in rule_files(GUIDE.scaled(factor), factor=factor).items():
        path = tmp_path / name.replace("/", "-")
        path.write_text(text)
        run([require("promtool"), "check", "rules", path])


@each_rule
def test_prometheus_3_reads_it_too(rule):
    promql_parser.parse(rule["expr"])


@pytest.mark.parametrize("name", GENERATED)
def test_a_generated_file_is_what_the_guide_says(name):
    """Nobody edits it by hand, and nobody forgets `claude-exporter rules`."""
    assert (PROJECT / name).read_text() == GENERATED[name]


@each_rule
def test_a_rule_reads_only_what_exists(rule):
    """Every metric is in the catalogue of the exporter, or recorded by our own rules."""
    text = re.sub(r'"[^"]*"', "", rule["expr"])
    names = set(re.findall(r"(?:[a-z]+:)?\bclaude[\w:]*|\bup\b|\bALERTS\b", text))
    assert names <= SCRAPED | RECORDED


@each_rule
def test_no_rule_uses_a_label_that_belongs_to_others(rule):
    """service, type, env and region are for whoever runs it; alerts carry no value as a label."""
    assert not {"service", "type", "env", "region"} & set(rule.get("labels", {}))
    assert "$value" not in str(rule.get("labels"))
    assert not re.search(r"\b(service|type|env|region)\s*(=|!|,|\))", rule["expr"])


@each_alert
def test_an_alert_says_how_urgent_it_is_and_what_to_do(alert):
    severities = {"none"} if alert["alert"] == "Watchdog" else {"critical", "warning", "info"}
    assert alert["labels"]["severity"] in severities
    assert alert["labels"]["action"] in set(Action)
    said = set(alert["annotations"]) - {"forecast"}
    assert said == {"summary", "description", "now", "runbook_url"}


def test_only_escalation_pages():
    """A page is for what somebody must do something about now."""
    critical = {each["alert"] for each in ALERTS if each["labels"]["severity"] == "critical"}
    assert critical == {"ClaudeOutageUnacknowledged"}


def test_every_row_is_told_of_unless_it_has_nothing_to_tell():
    told = {key for entry in alert_table().values() for key in entry.get("rows", [])}
    assert told == {row.key for row in GUIDE.rows} - UNSPOKEN


@each_alert
def test_an_alert_has_a_runbook_of_four_parts(alert):
    name = alert["alert"]
    assert alert["annotations"]["runbook_url"] == runbook_url(EXPORTER_URL, name)
    text = (PROJECT / "docs" / "alerts" / f"{name}.md").read_text()
    assert text.startswith(f"# {name}\n")
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
    assert parts[1::2] == HEADINGS
    assert all(part.strip() for part in parts[2::2])


def test_no_runbook_is_left_of_an_alert_that_is_gone():
    found = {path.stem for path in (PROJECT / "docs" / "alerts").glob("*.md")}
    assert found == {alert["alert"] for alert in ALERTS}


@functools.cache
def promtool_tests():
    return [test for path in TEST_FILES for test in yaml.safe_load(path.read_text())["tests"]]


def checked(name):
    """For each promtool check of an alert: whether it must fire."""
    for test in promtool_tests():
        for check in test.get("alert_rule_test", []):
            if check["alertname"] == name:
                yield bool(check["exp_alerts"])
        for check in test.get("promql_expr_test", []):
            if f'alertname="{name}"' in check["expr"] and 'alertstate="firing"' in check["expr"]:
                yield bool(check["exp_samples"])


@each_alert
def test_an_alert_is_tested_firing_and_silent(alert):
    """The watchdog is never silent: that is its purpose."""
    wanted = {True} if alert["alert"] == "Watchdog" else {True, False}
    assert set(checked(alert["alert"])) == wanted
