"""The local notification log, and what a stranger may write into it."""

import json

import pytest
from support.exposed import Exposed

from claude_exporter.web.notifications import KEPT, MessageError, Notification, NotificationLog
from claude_exporter.web.page import page_html

ALERT = {
    "status": "firing",
    "labels": {
        "alertname": "ClaudeOutageUnacknowledged",
        "surface": "api",
        "severity": "critical",
        "action": "escalate",
    },
    "annotations": {"summary": "Claude api is down", "description": "For 10m.", "now": "Tell."},
    "startsAt": "2026-02-03T05:07:11Z",
    "generatorURL": "http://prometheus.test/",
}
NOTED = Notification(
    at=1_700_000_003.0,
    status="firing",
    alert="ClaudeOutageUnacknowledged",
    surface="api",
    severity="critical",
    action="escalate",
    receiver="pager",
    summary="Claude api is down",
    description="For 10m.",
    now="Tell.",
)


def message(*alerts, **more):
    return json.dumps({"version": "4", "receiver": "pager", "alerts": alerts, **more}).encode()


def test_what_alertmanager_sends_is_noted():
    """As it was told, at the moment it came."""
    log = NotificationLog()
    assert log.take(message(ALERT), NOTED.at) == [NOTED]
    assert (list(log.entries), log.taken) == ([NOTED], 1)


def test_the_log_survives_a_restart():
    """Through the JSON of the state file; what is no log is an empty one."""
    log = NotificationLog()
    log.take(message(ALERT), NOTED.at)
    kept = json.loads(json.dumps(log.document()))
    assert list(NotificationLog(kept).entries) == [NOTED]
    for broken in (None, "text", [{"at": "x"}], {"entries": []}):
        assert list(NotificationLog(broken).entries) == []


HOSTILE = {
    "no JSON": (b"<xml/>", "body: Invalid JSON"),
    "nothing": (b"", "body: Invalid JSON"),
    "no text": (b"\xff\xfe\x00", "body: Invalid JSON"),
    "half a character": (b'{"alerts": [], "receiver": "\\ud800"}', "body: Invalid JSON"),
    "a list": (b"[]", "body: Input should be an object"),
    "no alerts": (b"{}", "alerts: Field required"),
    "alerts that are no list": (message(alerts={}), "alerts: Input should be a valid array"),
    "an alert that is none": (message("x"), "alerts.0: Input should be an object"),
    "no status": (message({"labels": {}}), "alerts.0.status: Field required"),
    "a status that is no text": (
        message({"status": 7, "labels": {}}),
        "alerts.0.status: Input should be a valid string",
    ),
    "labels that are no texts": (
        message({"status": "firing", "labels": {"alertname": ["x"]}}),
        "alerts.0.labels.alertname: Input should be a valid string",
    ),
    "a label with a long name": (
        message({"status": "firing", "labels": {"n" * 5000: 1}}),
        "alerts.0.labels.nnn",
    ),
    "a hundred thousand lists in one another": (b"[" * 100_000, "body: Invalid JSON"),
    "a hundred thousand objects in an alert": (
        b'{"alerts": [{"status": "x", "labels": ' + b'{"a":' * 100_000,
        "body: Invalid JSON",
    ),
    "a number of 100,000 digits": (b'{"alerts": ' + b"9" * 100_000 + b"}", "body: Invalid JSON"),
}


@pytest.mark.parametrize(("body", "said"), HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_no_message_is_refused_whole(body, said):
    """In one short line, with nothing noted."""
    log = NotificationLog()
    with pytest.raises(MessageError) as error:
        log.take(body, NOTED.at)
    text = str(error.value)
    assert text.startswith(said)
    assert len(text) < 400
    assert text.isprintable()
    assert (list(log.entries), log.taken) == ([], 0)


def test_a_good_alert_beside_a_bad_one_is_refused_too():
    log = NotificationLog()
    with pytest.raises(MessageError, match=r"alerts\.1\.status"):
        log.take(message(ALERT, {"labels": {}}), NOTED.at)
    assert log.taken == 0


def test_long_texts_are_cut_and_the_log_is_bounded():
    """A thousand alerts of 100 KB leave a hundred of a few KB."""
    huge = {"status": "s" * 900, "labels": {"alertname": "n" * 900, "surface": "x" * 900}}
    huge["annotations"] = dict.fromkeys(("summary", "description", "now"), "\N{FIRE}" * 1200)
    log = NotificationLog()
    for _ in range(4):
        log.take(message(*[huge] * 250), NOTED.at)
    assert (len(log.entries), log.taken) == (KEPT, 800)
    assert len(json.dumps(log.document(), ensure_ascii=False).encode()) < KEPT * 12_000


def test_a_text_is_one_printable_line():
    """No escape sequence for a terminal, no direction marks, no second line in a log."""
    odd = {"summary": "a\x1b[31m\u202eb\nc\x00d\u2028e"}
    (noted,) = NotificationLog().take(message({**ALERT, "annotations": odd}), NOTED.at)
    assert noted.summary == "a[31mb cd e"


async def test_markup_in_a_notification_is_text_on_the_page():
    odd = {"summary": '<script>alert(1)</script>"><img src=x onerror=alert(1)>'}
    log = NotificationLog()
    log.take(message({**ALERT, "annotations": odd}), NOTED.at)
    exposed = Exposed()
    exposed.exporter.judge()
    html = page_html(exposed.exporter, tuple(log.entries), exposed.clock.now())
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<script>" not in html
    assert "<img" not in html
