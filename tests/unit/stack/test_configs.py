"""The files that the programs read, and the copies that users take away."""

import json
import re
from pathlib import Path

import pytest
import yaml
from support.programs import require, run

from claude_exporter.stack.configs import DASHBOARDS, LINKED, PLACES, relocate, write_configs
from claude_exporter.stack.drill_files import write_drill_files
from claude_exporter.stack.export import ExistsError, export
from claude_exporter.stack.resources import EXPORTED, bundle, files_of

CHANGES = {"exporter:9529": "127.0.0.1:9537", "/old": "/new"}

RELOCATED = {
    "an address that is known": ("exporter:9529", "127.0.0.1:9537"),
    "a path that is known": ("/old", "/new"),
    "a URL keeps all but its address": (
        "http://exporter:9529/a?b=exporter:9529#c",
        "http://127.0.0.1:9537/a?b=exporter:9529#c",
    ),
    "a URL of somebody else stays": ("https://hooks.example.com/x", "https://hooks.example.com/x"),
    "a text with a URL in it stays": (
        "see http://exporter:9529/x\n",
        "see http://exporter:9529/x\n",
    ),
    "words that only contain an address stay": ("see exporter:9529", "see exporter:9529"),
    "lists and mappings are walked": (
        {"a": [{"targets": ["exporter:9529", "x:1"]}]},
        {"a": [{"targets": ["127.0.0.1:9537", "x:1"]}]},
    ),
    "what is no text stays": ({"a": [1, True, None, 2.5]}, {"a": [1, True, None, 2.5]}),
}


@pytest.mark.parametrize(("before", "after"), RELOCATED.values(), ids=RELOCATED.keys())
def test_only_known_addresses_are_replaced(before, after):
    assert relocate(before, CHANGES) == after


@pytest.fixture
def written(tmp_path):
    addresses = {
        "exporter": "127.0.0.1:9537",
        "prometheus": "127.0.0.1:9091",
        "alertmanager": "127.0.0.1:9097",
        "grafana": "127.0.0.1:3001",
    }
    write_configs(tmp_path, addresses)
    return tmp_path


def read(path):
    return yaml.safe_load(path.read_text())


def test_every_program_is_given_the_addresses_it_really_has(written):
    """Scrapes, alerts, notifications and the data source all point at this machine."""
    prometheus = read(written / "prometheus/prometheus.yml")
    scraped = {
        job["job_name"]: job["static_configs"][0]["targets"] for job in prometheus["scrape_configs"]
    }
    assert scraped == {
        "claude-exporter": ["127.0.0.1:9537"],
        "prometheus": ["127.0.0.1:9091"],
        "alertmanager": ["127.0.0.1:9097"],
    }
    told = prometheus["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"]
    assert told == ["127.0.0.1:9097"]
    receivers = read(written / "alerts/alertmanager.yml")["receivers"]
    urls = {hook["url"] for each in receivers for hook in each.get("webhook_configs", ())}
    assert urls == {"http://127.0.0.1:9537/api/v1/notifications"}
    sources = read(written / "grafana/provisioning/datasources/prometheus.yml")["datasources"]
    assert [source["url"] for source in sources] == [
        "http://127.0.0.1:9091",
        "http://127.0.0.1:9097",
    ]
    (provider,) = read(written / "grafana/provisioning/dashboards/claude.yml")["providers"]
    assert provider["options"]["path"] == str(written / "grafana/dashboards")


def test_a_drill_leads_to_its_own_exporter(tmp_path):
    """Its alerting rules are rendered anew, for the faster time."""
    addresses = {"exporter": "127.0.0.1:9539", "prometheus": "x:1", "alertmanager": "x:2"}
    write_drill_files(tmp_path, addresses, "http://127.0.0.1:9547/told", 20.0)
    text = "".join(path.read_text() for path in (tmp_path / "alerts/rules").glob("*.yml"))
    homes = set(re.findall(r"runbook_url: (.+)/docs/alerts/\w+\.md$", text, re.MULTILINE))
    assert homes == {"http://127.0.0.1:9539"}


def test_links_for_people_lead_to_the_exporter_that_runs_here(written):
    """Those of the alerts to their runbooks, those of the dashboards to its page."""
    alerts = [
        rule
        for path in (written / "alerts/rules").glob("*.yml")
        for group in read(path)["groups"]
        for rule in group["rules"]
    ]
    assert len(alerts) > 20
    for alert in alerts:
        home = "http://127.0.0.1:9537/docs/alerts/"
        assert alert["annotations"]["runbook_url"] == f"{home}{alert['alert']}.md"
    boards = list((written / "grafana/dashboards").glob("*.json"))
    assert len(boards) == 7
    for path in boards:
        known = {each["name"]: each for each in json.loads(path.read_text())["templating"]["list"]}
        assert known["exporter_url"]["query"] == "http://127.0.0.1:9537"


def test_nothing_but_addresses_changes_in_rules_and_dashboards(written):
    """Expressions and words are the packaged ones."""
    for pattern in ("alerts/rules/*.yml", "grafana/dashboards/*.json"):
        for path in written.glob(pattern):
            packaged = bundle("alerts").parent / path.relative_to(written)
            expected = packaged.read_text().replace(LINKED, "127.0.0.1:9537")
            assert read(path) == yaml.safe_load(expected)


def test_no_address_of_the_packaged_files_is_left_over(written):
    """A new place in a packaged file must be one that is rewritten."""
    left = [
        f"{path.relative_to(written)}: {address}"
        for kind in ("yml", "json")
        for path in written.rglob(f"*.{kind}")
        for address in (*PLACES.values(), LINKED, DASHBOARDS)
        if "tests" not in path.parts and address in path.read_text()
    ]
    assert left == []


@pytest.mark.promtool
@pytest.mark.parametrize("folder", ["packaged", "written"])
def test_prometheus_accepts_its_configuration_and_every_rule(folder, written):
    """The rule paths are found from the checkout and from any copy of it."""
    top = written if folder == "written" else bundle("prometheus").parent
    said = run([require("promtool"), "check", "config", top / "prometheus/prometheus.yml"])
    assert said.count("rules found") >= 2


@pytest.mark.promtool
@pytest.mark.parametrize("folder", ["packaged", "written"])
def test_alertmanager_accepts_its_configuration_and_templates(folder, written):
    top = written if folder == "written" else bundle("alerts").parent
    said = run([require("amtool"), "check-config", top / "alerts/alertmanager.yml"])
    assert "1 templates" in said


def test_what_is_exported_is_what_is_packaged(tmp_path):
    names = export(tmp_path)
    assert names == tuple(Path(name) / path for name in EXPORTED for path in files_of(name))
    for path in names:
        assert (tmp_path / path).read_bytes() == (
            bundle(path.parts[0]) / Path(*path.parts[1:])
        ).read_bytes()
    assert not [path for path in names if path.suffix == ".py"]


def test_an_export_over_equal_files_changes_nothing_and_is_fine(tmp_path):
    assert export(tmp_path) == export(tmp_path)


def test_an_export_never_overwrites_what_the_user_changed(tmp_path):
    """All files in the way are named at once, and nothing at all is written."""
    export(tmp_path)
    changed = tmp_path / "alerts/alertmanager.yml"
    changed.write_text("mine: true\n")
    gone = tmp_path / "prometheus/prometheus.yml"
    gone.unlink()
    with pytest.raises(ExistsError) as refused:
        export(tmp_path)
    assert refused.value.paths == (changed,)
    assert not gone.exists()
    export(tmp_path, force=True)
    assert gone.exists()
    assert changed.read_bytes() == (bundle("alerts") / "alertmanager.yml").read_bytes()
