"""Who hears what."""

import re

import pytest
import yaml
from support.programs import require, run

from claude_exporter.stack.resources import bundle

CONFIG = bundle("alerts") / "alertmanager.yml"
RULES = bundle("alerts") / "rules" / "claude.alerts.yml"
RECEIVERS = {"critical": "pager", "warning": "chat", "info": "nobody", "none": "watchdog"}

EXAMPLE = re.compile(
    r"^ *# Example: (?P<name>.+)\n(?P<body>(?: *# .+\n)+?) *# End of example\n", re.MULTILINE
)


def examples():
    return {found["name"]: found for found in EXAMPLE.finditer(CONFIG.read_text())}


def uncommented(text, wanted):
    """Take the `# ` off the examples whose names are wanted."""

    def plain(found):
        if found["name"] not in wanted:
            return found[0]
        return re.sub(r"^( *)# ", r"\1", found["body"], flags=re.MULTILINE)

    return EXAMPLE.sub(plain, text)


def alerts():
    groups = yaml.safe_load(RULES.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"] if "alert" in rule]


@pytest.mark.promtool
@pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
def test_every_alert_goes_where_its_severity_says(alert):
    """Critical pages, warning is chat, info is only shown."""
    labels = {"alertname": alert["alert"], "surface": "api", **alert["labels"]}
    pairs = [f"{name}={value}" for name, value in labels.items()]
    receiver = RECEIVERS[alert["labels"]["severity"]]
    amtool = [require("amtool"), "config", "routes", "test", f"--config.file={CONFIG}"]
    run([*amtool, f"--verify.receivers={receiver}", *pairs])


@pytest.mark.promtool
def test_an_alert_of_an_unknown_severity_still_reaches_somebody():
    amtool = [require("amtool"), "config", "routes", "test", f"--config.file={CONFIG}"]
    run([*amtool, "--verify.receivers=chat", "alertname=Mine", "severity=strange"])


def test_inhibition_names_only_alerts_that_exist():
    """A renamed alert must not silently lose its silence."""
    known = {alert["alert"] for alert in alerts()}
    rules = yaml.safe_load(CONFIG.read_text())["inhibit_rules"]
    matchers = [
        matcher
        for rule in rules
        for matcher in (*rule["source_matchers"], *rule["target_matchers"])
        if matcher.startswith("alertname")
    ]
    for matcher in matchers:
        for name in re.search(r'"(.+)"', matcher)[1].split("|"):
            assert any(re.fullmatch(name, alert) for alert in known), (matcher, name)


def test_the_examples_are_those_that_were_promised():
    assert list(examples()) == [
        "office hours for warnings",
        "dead man's switch (healthchecks.io, Dead Man's Snitch, PagerDuty ...)",
        "PagerDuty (Events API v2)",
        "a webhook of your own",
        "Slack",
        "e-mail",
    ]


@pytest.mark.promtool
@pytest.mark.parametrize("wanted", [*((name,) for name in examples()), tuple(examples())], ids=str)
def test_an_example_works_once_its_comment_signs_are_gone(tmp_path, wanted):
    """Each alone and all of them together."""
    (tmp_path / "templates").symlink_to(bundle("alerts") / "templates")
    text = uncommented(CONFIG.read_text(), wanted)
    assert text != CONFIG.read_text()
    (tmp_path / "alertmanager.yml").write_text(text)
    run([require("amtool"), "check-config", tmp_path / "alertmanager.yml"])
    kinds = [len(receiver) - 1 for receiver in yaml.safe_load(text)["receivers"]]
    assert sum(kinds) >= 2
