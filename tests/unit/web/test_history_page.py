"""The pages at /history and /runbooks: what they show, and that it is text."""

import re
from dataclasses import replace

import pytest
from aiohttp.test_utils import TestClient, TestServer
from support.exposed import STATES, Exposed, default_plan, result_of

from claude_exporter.core.model import Action, Sign, Surface
from claude_exporter.runtime.history import Change, History
from claude_exporter.stack.resources import bundle
from claude_exporter.web.history_page import TOGETHER, history_html, look_of, target_html, turns_of
from claude_exporter.web.runbooks import runbook_html, runbook_names
from claude_exporter.web.server import Server

AT = 1_700_000_003.0
HOSTILE = "<script>alert(1)</script>\"'&\u202egnp.exe\x1b[31m\N{POUTING FACE}"
NAME = f"{'n' * 180} <b>{HOSTILE}"
DOWN = Change(
    at=AT,
    surface=Surface.API,
    action=Action.ESCALATE,
    row="unacknowledged",
    title="Claude is down, and nobody says so",
    reason="It has failed.",
)


TURNS = {
    "two surfaces within a round of probes": (
        [DOWN, replace(DOWN, surface=Surface.CODE, at=AT + TOGETHER)],
        [(AT + TOGETHER, "Claude API and Claude Code")],
    ),
    "two surfaces that had time between": (
        [DOWN, replace(DOWN, surface=Surface.CODE, at=AT + TOGETHER + 1)],
        [(AT + TOGETHER + 1, "Claude Code"), (AT, "Claude API")],
    ),
    "one surface twice": (
        [DOWN, replace(DOWN, at=AT + 1)],
        [(AT + 1, "Claude API"), (AT, "Claude API")],
    ),
    "two that say other things": (
        [DOWN, replace(DOWN, surface=Surface.CODE, title="Slow")],
        [(AT, "Claude Code"), (AT, "Claude API")],
    ),
    "a clock that was set back": (
        [DOWN, replace(DOWN, surface=Surface.CODE, at=AT - 30)],
        [(AT - 30, "Claude Code"), (AT, "Claude API")],
    ),
}


@pytest.mark.parametrize(("changes", "lines"), TURNS.values(), ids=TURNS.keys())
def test_surfaces_that_change_together_are_one_line(changes, lines):
    assert [(each.at, each.name) for each in turns_of(changes)] == lines


async def test_the_history_is_told_by_day_and_says_when_there_is_none():
    exposed = await STATES["outage_unacknowledged"]()
    html = history_html(exposed.exporter)
    assert "<h3>Tuesday, 14 November 2023 (UTC)</h3>" in html
    assert "Claude API and Claude Code" in html
    assert 'href="history?target=api-models"' in html
    assert "Nothing has changed since" in history_html(Exposed().exporter)


def test_a_target_shows_the_log_of_each_check():
    exposed = Exposed()
    target = default_plan().targets[0]
    for at in (AT, AT + 30):
        log = (f"connecting at {at:.0f}", "answered")
        exposed.exporter.record(replace(result_of(target, Sign.OVERLOADED, at), log=log))
    html = target_html(exposed.exporter, exposed.evaluator.tracked[target.name])
    assert "<h2>The last 2 checks, the newest first</h2>" in html
    assert html.index(f"connecting at {AT + 30:.0f}") < html.index(f"connecting at {AT:.0f}")
    assert "The API is at capacity, 529: <bdi>HTTP 529</bdi>" in html


def test_a_target_that_was_not_asked_yet_says_so():
    exposed = Exposed()
    html = target_html(exposed.exporter, exposed.evaluator.tracked["web"])
    assert "Not checked yet. The first result comes within 30 s" in html


def test_a_log_is_bounded():
    target = default_plan().targets[0]
    endless = replace(result_of(target, Sign.OK, AT), log=("x" * 100_000,) * 100_000)
    assert len("".join(look_of(endless, default_plan().guide.signs).log)) <= 100_000


async def no_reload():
    return ""


async def test_whatever_a_target_is_called_its_pages_are_text():
    """In the name, the detail and the log; and the link to it leads to it."""
    targets = (replace(default_plan().targets[0], name=NAME),)
    exposed = Exposed(targets=targets)
    result = result_of(targets[0], Sign.UNEXPECTED, AT)
    exposed.exporter.record(replace(result, detail=HOSTILE, log=(HOSTILE, "]]><!--")))
    server = Server(exposed.exporter, no_reload)
    async with TestClient(TestServer(server.application())) as client:
        pages = []
        for path in ("/", "/history"):
            async with client.get(path) as answer:
                pages.append(await answer.text())
            link = re.search(r'href="(history\?target=[^"]+)"', pages[-1])[1]
            async with client.get(f"/{link}") as answer:
                assert answer.status == 200
                pages.append(await answer.text())
    for page in pages:
        assert "<script>" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


BAD_QUERIES = {
    "a target that is not": ("/history?target=nobody", 404),
    "an empty one": ("/history?target=", 404),
    "markup": ("/history?target=%3Cscript%3E", 404),
    "bytes that are no text": ("/history?target=%ff%fe", 404),
    "something else": ("/history?limit=-1", 200),
}


@pytest.mark.parametrize(("path", "status"), BAD_QUERIES.values(), ids=BAD_QUERIES.keys())
async def test_a_query_of_nonsense_is_refused_with_what_there_is(path, status):
    server = Server(Exposed().exporter, no_reload)
    async with TestClient(TestServer(server.application())) as client, client.get(path) as answer:
        assert answer.status == status
        assert status == 200 or "expected one of api-models, " in await answer.text()


def test_every_runbook_is_a_page_that_leads_somewhere():
    """With its four headings, and links to other runbooks and to what is on the web alone."""
    names = runbook_names()
    assert len(names) > 20
    for name in names:
        html = runbook_html(name)
        body = html.partition('<article class="sheet prose">')[2].partition("</article>")[0]
        assert body.count("<h1>") == 1, name
        for heading in ("Meaning", "Impact", "Diagnosis", "Mitigation"):
            assert f"<h2>{heading}</h2>" in body or name == "Watchdog", (name, heading)
        links = re.findall(r'<a href="([^"]*)"', body)
        assert [link for link in links if link not in names and "://" not in link] == []


def test_markup_in_a_runbook_is_text(tmp_path):
    text = (
        '# A\n\n<script>alert(1)</script> [x](javascript:alert(1)) ![i](http://a.test/i.png "t")\n'
    )
    (tmp_path / "Odd.md").write_text(text, encoding="utf-8")
    html = runbook_html("Odd", tmp_path)
    assert "<script" not in html
    assert 'href="javascript' not in html
    assert "<img" not in html


def test_there_is_no_page_of_no_runbook():
    assert [runbook_html(name) for name in ("Nothing", "../guide", "", "A" * 65)] == [None] * 4
    assert bundle("runbooks").is_dir()


def test_changes_survive_a_restart_and_are_not_told_twice():
    history = History()
    history.changes.extend([DOWN] * 150)
    again = History(history.document())
    assert (len(again.changes), again.changes[-1]) == (100, DOWN)
    for broken in ("", [{"at": "x"}], {"a": 1}, 5):
        assert len(History(broken).changes) == 0
