"""
What a person reads on a telephone, in chat and in the mail, rendered by the real amtool.

Golden files: `GOLDEN=write pytest tests/unit/stack/test_notification_texts.py` writes them again.
"""

import json
import os
import re
from pathlib import Path

import pytest
import yaml
from support.programs import require, run

from claude_exporter.core.model import WATCHED
from claude_exporter.stack.resources import bundle

GOLDEN = Path(__file__).parents[2] / "golden" / "notifications"
EVERY = "every_alert.txt"
LOCK_SCREEN = 60
RULES = sorted((bundle("alerts") / "rules").glob("*.yml"))


def alerts():
    """Every alert of the rule files, by name."""
    groups = [group for path in RULES for group in yaml.safe_load(path.read_text())["groups"]]
    return {r["alert"]: r for group in groups for r in group["rules"] if "alert" in r}


ALERTS = alerts()
FORECAST = "over within 15m 20% 30m 34% 1h 53% 2h 73%"


SAMPLES = {
    "$labels.model": "claude-opus-4-5",
    "$labels.page": "claude",
    "$labels.source": "reddit",
    "$labels.target": "api-models",
    "$labels.vantage": "berlin",
    "$labels.sli": "availability",
    "$value": "1",
    "$value | humanizePercentage": "3.1%",
}


def fired(name, surface="api", value="10m 5s", status="firing", **more):
    """One alert as Alertmanager gets it from Prometheus: the rule's texts with its values in."""
    rule = ALERTS[name]
    words = SAMPLES | {"$labels.surface": surface, "$value | humanizeDuration": value}
    annotations = {
        key: re.sub(r"\{\{ (.+?) \}\}", lambda found: words[found[1]], where_nothing_is_known(text))
        for key, text in rule["annotations"].items()
        if key != "forecast"  # Prometheus asks itself for it: promtool proves that
    }
    return {
        "status": status,
        "labels": {"alertname": name, "surface": surface, **rule["labels"]},
        "annotations": annotations | more,
        "startsAt": "2026-03-07T03:11:13Z",
        "endsAt": "2026-03-07T03:41:43Z" if status == "resolved" else "0001-01-01T00:00:00Z",
        "generatorURL": "http://127.0.0.1:9090/graph?g0.expr=up&g0.tab=1",
    }


def where_nothing_is_known(text):
    """The last branch of what a text asks Prometheus for; promtool proves the others."""
    return re.sub(r"\{\{ with .+?\}\}.*?\{\{ else \}\}", "", text).replace("{{ end }}", "")


def group(*members):
    """The data of one message: what all its alerts have in common is worked out from them."""
    first, *others = (each["labels"].items() for each in members)
    firing = any(each["status"] == "firing" for each in members)
    return {
        "receiver": "pager",
        "status": "firing" if firing else "resolved",
        "alerts": list(members),
        "groupLabels": {},
        "commonLabels": dict(set(first).intersection(*others)),
        "commonAnnotations": {},
        "externalURL": "http://127.0.0.1:9093",
    }


FOREIGN = {
    "status": "firing",
    "labels": {"alertname": "Mine", "severity": "warning"},
    "annotations": {"description": "<b>markup</b> & more"},
    "startsAt": "2026-03-07T05:17:19Z",
    "endsAt": "0001-01-01T00:00:00Z",
    "generatorURL": "",
}
PAGE = "ClaudeOutageUnacknowledged"
MESSAGES = {
    "wait": group(fired("ClaudeServiceFailing", value="5m 3s", forecast=FORECAST)),
    "escalate": group(fired(PAGE, forecast=FORECAST)),
    "acknowledged": group(fired("ClaudeOutageAcknowledged", value="17m", forecast=FORECAST)),
    "local_network": group(fired("ClaudeLocalNetworkDown", value="31s")),
    "account": group(fired("ClaudeAuthenticationFailing", value="7m")),
    "contact_support": group(fired("ClaudeContactSupport", value="31m")),
    "degraded": group(fired("ClaudeDegradedForLong", "web", "37m")),
    "ourselves": group(fired("ClaudeExporterDown")),
    "resolved": group(fired(PAGE, status="resolved", forecast=FORECAST)),
    "several_surfaces": group(*(fired(PAGE, each) for each in ("api", "code", "web"))),
    "partly_over": group(fired(PAGE, "web", status="resolved"), fired(PAGE)),
    "somebody_elses": group(FOREIGN),
}
CHANNELS = (
    ("lock screen, subject", ("title",)),
    ("Slack", ("color", "title", "link", "slack")),
    ("PagerDuty", ("title", "link", "text")),
    ("e-mail, plain", ("title", "text")),
)
NAMES = sorted({name for _, names in CHANNELS for name in names})
MARK = "\N{SYMBOL FOR UNIT SEPARATOR}"


def rendered(tmp_path, message, text, kind):
    (tmp_path / "data.json").write_text(json.dumps(message))
    return run(
        [
            require("amtool"),
            "template",
            "render",
            f"--template.glob={bundle('alerts')}/templates/*.tmpl",
            f"--template.text={text}",
            f"--template.type={kind}",
            f"--template.data={tmp_path / 'data.json'}",
        ]
    )


def texts(tmp_path, message):
    """Every template of a message by name, rendered in one go."""
    wanted = MARK.join(f'{{{{ template "claude.{name}" . }}}}' for name in NAMES)
    parts = rendered(tmp_path, message, wanted, "text").split(MARK)
    return dict(zip(NAMES, (part.strip() for part in parts), strict=True))


def as_text(found):
    channels = [
        f"=== {channel}\n" + "\n".join(f"--- {name}\n{found[name]}" for name in names)
        for channel, names in CHANNELS
    ]
    return "\n\n".join(channels) + "\n"


def compare(path, content):
    if os.environ.get("GOLDEN") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)
    assert content == path.read_text()


@pytest.mark.promtool
@pytest.mark.parametrize(("name", "message"), MESSAGES.items(), ids=MESSAGES.keys())
def test_a_message_reads_as_its_golden_file_says(tmp_path, name, message):
    """Byte for byte, in every channel."""
    compare(GOLDEN / f"{name}.txt", as_text(texts(tmp_path, message)))
    page = rendered(tmp_path, message, '{{ template "claude.html" . }}', "html")
    compare(GOLDEN / f"{name}.html", page.strip() + "\n")


@pytest.mark.promtool
def test_every_alert_reads_as_its_golden_file_says(tmp_path):
    """All of them in one file, firing and over, as mail and as Slack: to be read through."""
    names = [name for name in sorted(ALERTS) if name != "Watchdog"]
    forecast = {name: {"forecast": FORECAST} for name in names if "forecast" in texts_of(name)}
    firing = [fired(name, **forecast.get(name, {})) for name in names]
    over = [fired(name, status="resolved") for name in names[:1]]
    wanted = "".join(
        f'{{{{ template "claude.{part}" . }}}}{end}'
        for part, end in (("headline", "\n\n"), ("alert", "\n\n"), ("slack.alert", "\n\n\n"))
    )
    text = rendered(
        tmp_path, group(*firing, *over), "{{ range .Alerts }}" + wanted + "{{ end }}", "text"
    )
    compare(GOLDEN / EVERY, text.strip() + "\n")


def texts_of(name):
    return ALERTS[name]["annotations"]


def test_every_golden_file_belongs_to_a_message():
    """A message that is gone leaves no file behind."""
    names = {f"{name}.{kind}" for name in MESSAGES for kind in ("txt", "html")}
    assert {path.name for path in GOLDEN.iterdir()} == names | {EVERY}


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_keeps_the_order(name):
    """What, since when, them or us, why, what now, how long, where."""
    order = ("Alert since", "Over", "Whose", "Why", "Now", "How long", "Runbook", "Graph")
    plain = (GOLDEN / f"{name}.txt").read_text().split("--- text\n")[-1].split("\n\n")[0]
    heads = [line.split(":")[0] for line in plain.splitlines() if line.split(":")[0] in order]
    assert heads == sorted(heads, key=order.index)
    assert heads[0] == "Alert since"


def test_what_is_over_no_longer_says_what_to_do():
    """Neither an advice nor a forecast."""
    text = (GOLDEN / "resolved.txt").read_text()
    assert "Now:" not in text
    assert FORECAST not in text


def test_an_e_mail_escapes_what_is_not_ours():
    """Annotations are text, never markup."""
    assert "&lt;b&gt;markup&lt;/b&gt; &amp; more" in (GOLDEN / "somebody_elses.html").read_text()


NAMES_OF_SURFACES = {"web": "claude.ai", "api": "Claude API", "code": "Claude Code"}
PREFIXES = {"escalate": "ACT: ", "troubleshoot": "CHECK: ", "wait": "WAIT: ", "none": ""}


def titles():
    """The title of every alert that is sent, for every surface it can be about."""
    for name, rule in ALERTS.items():
        labels, summary = rule["labels"], rule["annotations"]["summary"]
        if labels["severity"] in {"critical", "warning"}:
            prefix = "ACT NOW: " if labels["severity"] == "critical" else PREFIXES[labels["action"]]
            for surface in WATCHED if "$labels.surface" in summary else WATCHED[:1]:
                told = NAMES_OF_SURFACES.get(surface, f"Claude {surface}")
                said = summary.replace("Claude {{ $labels.surface }}", told)
                yield f"{name} {surface}", prefix + re.sub(r"\{\{.+?\}\}", "api-models", said)


TITLES = dict(titles())


@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES.keys())
def test_a_title_fits_a_lock_screen(title):
    """With room for nothing more; a telephone cuts the rest off."""
    assert len(title) <= LOCK_SCREEN


@pytest.mark.promtool
def test_every_alert_of_ours_says_whose_side_it_is(tmp_path):
    """A new alert falls to one of the sentences, and those that nobody can tell are few."""
    lines = texts(tmp_path, group(*(fired(name) for name in plain_alerts())))["text"].splitlines()
    found = dict(zip(plain_alerts(), (x for x in lines if x.startswith("Whose: ")), strict=True))
    assert {name for name, line in found.items() if "compare" in line} == UNDECIDED


def plain_alerts():
    """Those whose texts name nothing but a surface and a span."""
    known = ("{{ $labels.surface }}", "{{ $value | humanizeDuration }}")
    return [
        name
        for name, rule in ALERTS.items()
        if set(re.findall(r"\{\{.+?\}\}", " ".join(rule["annotations"].values()))) <= set(known)
    ]


UNDECIDED = {
    "ClaudeDegraded",
    "ClaudeDegradedForLong",
    "ClaudePageAndProbesDisagree",
    "ClaudeRealErrors",
}
