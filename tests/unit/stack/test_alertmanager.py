"""Who hears what, and in which words."""

import json
import re

import pytest
import yaml
from support.programs import require, run

from claude_exporter.stack.resources import bundle

CONFIG = bundle("alerts") / "alertmanager.yml"
RULES = bundle("alerts") / "rules" / "claude.alerts.yml"
RECEIVERS = {"critical": "pager", "warning": "chat", "info": "nobody", "none": "watchdog"}

EXAMPLE = re.compile(
    r"^ +# Example: (?P<name>.+)\n(?P<body>(?: +# .+\n)+?) +# End of example\n", re.MULTILINE
)


def examples():
    return {found["name"]: found for found in EXAMPLE.finditer(CONFIG.read_text())}


def uncommented(text, wanted):
    """Take the `# ` off the examples whose names are wanted."""

    def plain(found):
        if found["name"] not in wanted:
            return found[0]
        return re.sub(r"^( +)# ", r"\1", found["body"], flags=re.MULTILINE)

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


def data(status, *alerts):
    return {
        "receiver": "pager",
        "status": status,
        "alerts": [{"status": status, **alert} for alert in alerts],
        "groupLabels": {"surface": "api"},
        "commonLabels": {"severity": alerts[0]["labels"]["severity"], "surface": "api"},
        "commonAnnotations": {},
        "externalURL": "http://127.0.0.1:9093",
    }


OUTAGE = {
    "labels": {"alertname": "ClaudeOutageUnacknowledged", "severity": "critical"},
    "annotations": {
        "summary": "Claude api is down and nobody says so",
        "description": "It has failed for 10m 5s. It is not your network: control hosts answer.",
        "now": "Switch to a fallback & report it to <support>.",
        "forecast": "53 % chance that it is over within 30 minutes.",
        "runbook_url": "https://example.com/runbook",
    },
    "startsAt": "2026-03-07T03:11:13Z",
    "endsAt": "2026-03-07T03:41:43Z",
    "generatorURL": "http://127.0.0.1:9090/graph?g0.expr=up&g0.tab=1",
}
BARE = {
    "labels": {"alertname": "Mine", "severity": "warning"},
    "annotations": {},
    "startsAt": "2026-03-07T05:17:19Z",
    "endsAt": "0001-01-01T00:00:00Z",
    "generatorURL": "",
}

FIRING_TEXT = """\
Claude api is down and nobody says so
Since: 2026-03-07 03:11 UTC
Why: It has failed for 10m 5s. It is not your network: control hosts answer.
Now: Switch to a fallback & report it to <support>.
How long: 53 % chance that it is over within 30 minutes.
Runbook: https://example.com/runbook
Graph: http://127.0.0.1:9090/graph?g0.expr=up&g0.tab=1"""

MESSAGES = {
    "a page says what is broken, since when, why, what to do, how long, where": (
        data("firing", OUTAGE),
        {
            "title": "ACT NOW: Claude api is down and nobody says so",
            "text": FIRING_TEXT,
            "link": "https://example.com/runbook",
            "color": "danger",
        },
    ),
    "what is over says so, and no longer what to do": (
        data("resolved", OUTAGE),
        {
            "title": "Over: Claude api is down and nobody says so",
            "text": "Claude api is down and nobody says so\n"
            "Since: 2026-03-07 03:11 UTC\nOver: 2026-03-07 03:41 UTC\n"
            "Runbook: https://example.com/runbook\n"
            "Graph: http://127.0.0.1:9090/graph?g0.expr=up&g0.tab=1",
            "link": "https://example.com/runbook",
            "color": "good",
        },
    ),
    "an alert of somebody else without any of our annotations still reads": (
        data("firing", BARE),
        {
            "title": "Mine",
            "text": "Mine\nSince: 2026-03-07 05:17 UTC",
            "link": "",
            "color": "warning",
        },
    ),
    "two alerts are one message": (
        data("firing", OUTAGE, BARE),
        {
            "title": "ACT NOW: Claude api is down and nobody says so (and 1 more)",
            "text": f"{FIRING_TEXT}\n\nMine\nSince: 2026-03-07 05:17 UTC",
            "link": "https://example.com/runbook",
            "color": "danger",
        },
    ),
}


def rendered(tmp_path, message, name, kind="text"):
    (tmp_path / "data.json").write_text(json.dumps(message))
    return run(
        [
            require("amtool"),
            "template",
            "render",
            f"--template.glob={bundle('alerts')}/templates/*.tmpl",
            f'--template.text={{{{ template "claude.{name}" . }}}}',
            f"--template.type={kind}",
            f"--template.data={tmp_path / 'data.json'}",
        ]
    ).strip()


@pytest.mark.promtool
@pytest.mark.parametrize(("message", "words"), MESSAGES.values(), ids=MESSAGES.keys())
def test_a_message_reads(tmp_path, message, words):
    assert {name: rendered(tmp_path, message, name) for name in words} == words


@pytest.mark.promtool
def test_an_e_mail_escapes_what_is_not_ours(tmp_path):
    """Annotations are text, never markup."""
    page = rendered(tmp_path, data("firing", OUTAGE), "html", "html")
    assert "<h1" in page
    assert "fallback &amp; report it to &lt;support&gt;." in page
