"""The page at /: what it says, in which order."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from support.crowd import calm_hours, heard
from support.exposed import CALM, STATES, Exposed, default_plan, incident

from claude_exporter.community.baseline import hours_of
from claude_exporter.community.posts import Post
from claude_exporter.config.community import CommunityConfig
from claude_exporter.core.forecast import HORIZONS
from claude_exporter.core.model import Action, Sign, Surface
from claude_exporter.core.page_model import Component, ComponentStatus, Impact, PageFault
from claude_exporter.core.past import PastIncident
from claude_exporter.web.curve import curve_view, likely_by
from claude_exporter.web.marks import MARKS, icon_svg
from claude_exporter.web.others import others_text
from claude_exporter.web.page import SEE_FORECAST, kind_of, page_html, typical_text
from claude_exporter.web.page_faults import FAULT_WORDS
from claude_exporter.web.site import SCRIPT, STYLE
from claude_exporter.web.strips import StripView
from claude_exporter.web.uptime_text import watched_subjects
from claude_exporter.web.whose import SIDE_OF_ROW

CARDS = ("claude.ai", "Claude API", "Claude Code", "Console")


class Outline(HTMLParser):
    """The texts of the headings, in order, and of everything."""

    def __init__(self, html):
        super().__init__()
        self.headings, self.words, self.open = [], [], []
        self.feed(html)

    def handle_starttag(self, tag, _):
        if tag in {"h1", "h2", "h3"}:
            self.headings.append((tag, ""))
            self.open.append(tag)

    def handle_endtag(self, tag):
        if self.open and self.open[-1] == tag:
            self.open.pop()

    def handle_data(self, data):
        if self.open:
            tag, text = self.headings[-1]
            self.headings[-1] = (tag, text + data)
        self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())

    def of(self, tag):
        return [text for found, text in self.headings if found == tag]

    @property
    def levels(self):
        return [int(tag[1]) for tag, _ in self.headings]


def shown(exposed):
    exposed.exporter.judge()
    return page_html(exposed.exporter, (), exposed.clock.now())


async def mixed():
    """The console is down, claude.ai refuses what we send, the API and Claude Code work."""
    exposed = Exposed()
    await exposed.pass_time(60)
    signs = {Surface.CONSOLE: Sign.TIMEOUT, Surface.WEB: Sign.NOT_FOUND}
    await exposed.pass_time(780, signs)
    return exposed


async def only_one():
    """One surface fails, for half a minute."""
    exposed = Exposed()
    await exposed.pass_time(60)
    await exposed.pass_time(60, {Surface.WEB: Sign.TIMEOUT})
    return exposed


async def everything_down():
    """All four, while the control hosts answer."""
    exposed = Exposed()
    await exposed.pass_time(60)
    down = dict.fromkeys((Surface.WEB, Surface.API, Surface.CODE, Surface.CONSOLE), Sign.TIMEOUT)
    await exposed.pass_time(810, down)
    return exposed


async def partly_known():
    """Only the console's edge answered, in its stead."""
    exposed = Exposed()
    await exposed.pass_time(60, {Surface.CONSOLE: Sign.EDGE_CHALLENGE})
    for name in ("console", "code-login"):
        last = exposed.evaluator.tracked[name].state.last
        unsure = replace(last, success=False, sign=Sign.EDGE_CHALLENGE)
        exposed.evaluator.record_result(unsure)
    return exposed


HEADLINES = {
    "fine": (STATES["healthy"], "Claude works", CARDS),
    "acknowledged": (
        STATES["outage_acknowledged"],
        "Claude API and Claude Code are down, and Claude knows",
        ("Claude API", "Claude Code", "claude.ai", "Console"),
    ),
    "unacknowledged": (
        STATES["outage_unacknowledged"],
        "Claude API and Claude Code are down, and nobody says so",
        ("Claude API", "Claude Code", "claude.ai", "Console"),
    ),
    "our network": (STATES["network_down"], "Your network is down, not Claude", CARDS),
    "all of it": (everything_down, "Claude is down, and nobody says so", CARDS),
    "a blip": (
        only_one,
        "claude.ai: a blip, so far",
        ("claude.ai", "Claude API", "Claude Code", "Console"),
    ),
    "the most urgent first": (
        mixed,
        "Console is down, and nobody says so",
        ("Console", "claude.ai", "Claude API", "Claude Code"),
    ),
    "nothing known": (STATES["before_the_first_probe"], "Nothing is known yet", CARDS),
    "no targets": (STATES["no_targets"], "Nothing is known yet", CARDS),
    "something unknown": (
        partly_known,
        "Claude works, as far as we can see; nothing is known about Console",
        ("Console", "claude.ai", "Claude API", "Claude Code"),
    ),
}


@pytest.mark.parametrize(("made", "line", "cards"), HEADLINES.values(), ids=HEADLINES.keys())
async def test_headline_and_the_order_of_the_cards(made, line, cards):
    """One line that a non-engineer understands, also as the title of the tab."""
    html = shown(await made())
    outline = Outline(html)
    assert outline.of("h1") == [line]
    assert re.findall(r"<article .*\n<h2>(.*)</h2>", html) == list(cards)
    assert f"<title>{line}</title>" in html
    assert (outline.levels[0], max(outline.levels)) == (1, 2)


async def test_an_outage_says_since_when_why_what_to_do_and_how_long():
    """With a forecast of the real curve, and what that rests on."""
    text = Outline(shown(await STATES["outage_unacknowledged"]())).text
    assert "For 13 min, since 2023-11-14 22:14 UTC" in text
    assert "Them or us? It is them, not you The Claude API has failed for 13 min (the API" in text
    assert "What to do now Tell the people who depend on it now" in text
    assert re.search(r"Half of such troubles end within another \d+ min", text)
    assert re.search(r"Chance that it works again within 15 min \d+ % 30 min \d+ % 60 min", text)
    assert re.search(r"What this rests on \d+ incidents with a stated start and end", text)


async def test_an_acknowledged_outage_shows_the_incident():
    text = Outline(shown(await STATES["outage_acknowledged"]())).text
    assert "Chance that the status page calls it resolved within" in text
    assert "Elevated errors on the Claude API Investigating, impact major, posted" in text


async def test_trouble_of_ours_has_no_forecast():
    """What the guide says of its duration stands there instead."""
    text = Outline(shown(await STATES["network_down"]())).text
    assert "Them or us? It is on your side" in text
    assert "How long will it take? Until your network is back" in text
    assert "Chance that" not in text


async def test_a_card_below_the_first_has_the_forecast_in_words():
    """The guide leaves it to the forecast; where there is none, that is said."""
    exposed = Exposed()
    await exposed.pass_time(450, {Surface.CONSOLE: Sign.TIMEOUT})
    await exposed.pass_time(360, {Surface.CONSOLE: Sign.TIMEOUT, Surface.WEB: Sign.TIMEOUT})
    text = Outline(shown(exposed)).text
    assert re.search(r"How long: half of such troubles end within another \d+ min\.", text)
    assert "see the forecast" not in text
    judged = exposed.exporter.judge()[Surface.WEB]
    assert typical_text(replace(judged, forecast=None)).startswith("not known")
    guide = default_plan().guide
    assert sum(row.typical == SEE_FORECAST for row in guide.rows) > 3


def test_every_fault_of_a_status_page_has_words():
    assert FAULT_WORDS.keys() == set(PageFault)
    assert len(set(FAULT_WORDS.values())) == len(PageFault)


async def test_what_is_on_your_side_has_no_forecast_of_outages():
    """Where it works for others, it ends when somebody mends it."""
    exposed = Exposed()
    exposed.evaluator.others_succeed = True
    await exposed.pass_time(60)
    await exposed.pass_time(450, {Surface.WEB: Sign.TIMEOUT})
    text = Outline(shown(exposed)).text
    assert "Them or us? It is on your side" in text
    assert "How long will it take? Until your side is fixed" in text
    assert "Chance that" not in text


async def test_a_page_that_cannot_be_read_is_no_news():
    text = Outline(shown(await STATES["page_unreadable"]())).text
    said = "The page “claude” cannot be read (it wants to see a browser). That is no news"
    assert f"{said}, neither good nor bad." in text
    assert "No open incident" not in text


async def test_what_a_status_page_says_is_text():
    """Names with markup, and a link that a browser may follow or none."""
    exposed = Exposed()
    odd = "<b onmouseover=alert(1)>x</b>"
    hurt = Component(id="a", name=odd, status=ComponentStatus.PARTIAL)
    posted = incident(Surface.API, name=odd, link='https://a.test/"><script>', started_at=1.7e9)
    exposed.poll(replace(CALM, incidents=(posted,), components=(hurt,)))
    html = shown(exposed)
    assert "<b onmouseover" not in html
    assert html.count("<script") == 1
    assert "<bdi>&lt;b onmouseover=alert(1)&gt;x&lt;/b&gt;</bdi>: partial outage" in html


async def test_nothing_is_inline_and_the_one_script_is_our_own():
    """So that the strictest Content-Security-Policy fits."""
    for made, _, _ in HEADLINES.values():
        html = shown(await made())
        assert re.findall(r"<style|\sstyle=|\son\w+=|javascript:", html) == []
        assert re.findall(r"<script.*", html) == ['<script src="live.js" defer></script>']


EMPTY = {
    "nothing asked yet": (
        STATES["before_the_first_probe"],
        ("They take up to 30 s; this page fills itself.", "The status page has not been read yet."),
    ),
    "nothing configured": (
        STATES["no_targets"],
        ("No check is configured, so nothing can be known", "No status page is configured."),
    ),
    "nothing told": (
        STATES["healthy"],
        ("Claude Code and Console answer as they should, for", "Alertmanager has sent nothing"),
    ),
}


@pytest.mark.parametrize(("made", "said"), EMPTY.values(), ids=EMPTY.keys())
async def test_an_empty_place_says_why_it_is_empty(made, said):
    text = Outline(shown(await made())).text
    assert [each for each in said if each not in text] == []


OTHERS = {
    "nobody is asked": ({}, ""),
    "nothing is known": ({"reddit": None}, ""),
    "no more than usual": ({"reddit": False, "hacker_news": None}, ""),
    "one place, while another cannot be read": (
        {"reddit": None, "hacker_news": True},
        "More people than usual report trouble with Claude, too: on Hacker News.",
    ),
    "several places, one of them your own": (
        {"reddit": True, "hacker_news": False, "forum": True},
        "More people than usual report trouble with Claude, too: on Reddit and “forum”.",
    ),
}


@pytest.mark.parametrize(("above", "said"), OTHERS.values(), ids=OTHERS.keys())
def test_what_others_report_is_said_only_where_they_do(above, said):
    assert others_text(above) == said


async def test_the_page_says_beside_the_status_page_what_others_report():
    """Four people within an hour, where nobody usually does; and nothing of what they wrote."""
    asked = CommunityConfig.model_validate({"hacker_news": {"enabled": True}})
    exposed = Exposed(config=default_plan().config.model_copy(update={"community": asked}))
    quiet = Outline(shown(exposed)).text
    source = exposed.exporter.community.sources["hacker_news"]
    now = exposed.clock.now()
    source.ledger.hours = hours_of(calm_hours(now, count=0), now)
    heard(
        source,
        [
            Post(id=str(each), at=now, author=f"author {each}", title="Claude is down")
            for each in range(4)
        ],
        now,
    )
    loud = Outline(shown(exposed)).text
    said = "report trouble with Claude, too: on Hacker News."
    assert (said in quiet, said in loud) == (False, True)
    assert "author 3" not in loud


def test_every_row_of_the_guide_says_whose_trouble_it_is():
    assert {row.id for row in default_plan().guide.rows} == SIDE_OF_ROW.keys()


async def test_a_forecast_is_drawn_as_it_is_said():
    """Through the four stated chances, rising, and never above the frame."""
    exposed = await STATES["outage_unacknowledged"]()
    forecast = exposed.exporter.judge()[Surface.API].forecast
    for span, share in forecast.within.items():
        assert likely_by(forecast, span) == pytest.approx(share)
    found = [likely_by(forecast, 60.0 * minute) for minute in range(130)]
    assert found == sorted(found)
    assert (found[0], found[129]) == (0.0, forecast.within[HORIZONS[-1]])
    sure = replace(forecast, within=dict.fromkeys(HORIZONS, 1.0))
    assert [likely_by(sure, at) for at in (0.0, 1.0, 900.0, 5000.0)] == [0.0, 1.0, 1.0, 1.0]
    assert all(8 <= knot.y <= 92 for knot in curve_view(sure).knots)


async def test_past_incidents_are_told_with_what_they_come_to():
    """One whose title was not kept is told by its impact; its link leads to its page."""
    exposed = Exposed()
    now = exposed.clock.now()
    known = {
        "a": past("a", now - 86_400, now - 86_400 + 3600, title="", surfaces=frozenset()),
        "b": past("b", now - 7200, now - 3600, title="<b>", surfaces=frozenset({Surface.API})),
        "c": past("c", now - 600, None, open=True, title="Goes on"),
    }
    exposed.exporter.pages.past._put("claude", known)
    html = shown(exposed)
    text = Outline(html).text
    assert "3 incidents in 90 days. Half of them were over within 60 min, the longest" in text
    assert text.index("impact minor: Claude API") < text.index("Minor incident")
    assert "over after 60 min" in text
    assert "Goes on" not in text
    assert '<a href="https://status.claude.com/incidents/b" rel="noreferrer">&lt;b&gt;</a>' in html
    assert "No past incident is known yet." in Outline(shown(Exposed())).text


def past(key, started_at, ended_at, **more):
    fixed = {"id": key, "impact": Impact.MINOR}
    return PastIncident(started_at=started_at, ended_at=ended_at, **fixed, **more)


async def test_a_hundred_incidents_are_not_all_listed():
    exposed = Exposed()
    many = tuple(incident(Surface.API, id=f"i{n}", name=f"Incident {n}") for n in range(100))
    exposed.poll(replace(CALM, incidents=many))
    text = Outline(shown(exposed)).text
    assert ("Incident 9" in text, "Incident 10" in text) == (True, False)
    assert "and 90 more incidents" in text


async def test_the_whole_page_is_small():
    """20 targets and as many components, each with the most ragged strips there can be."""
    targets = tuple(
        replace(default_plan().targets[0], name=f"a-target-with-a-name-{n}") for n in range(20)
    )
    exposed = Exposed(targets=targets)
    parts = tuple(
        Component(id=f"component{n}", name=f"Component {n}", status=ComponentStatus.OPERATIONAL)
        for n in range(6)
    )
    await exposed.pass_time(810, {Surface.API: Sign.OVERLOADED}, replace(CALM, components=parts))
    ragged = tuple(
        StripView(label="89 d of 90 d", slots=90, paths=paths, share="50.25 %")
        for paths in [(("up", "M0 15.5h1" + "m1 0h1" * 44), ("down", "M1 10h1" + "m1 0h1" * 44))]
        * 3
    )
    subjects = [subject for subject, _ in watched_subjects(exposed.exporter)]
    exposed.exporter.judge()
    strips = dict.fromkeys(subjects, ragged)
    html = page_html(exposed.exporter, (), exposed.clock.now(), strips)
    assert html.count('<svg class="strip"') == 3 * 26 + 4
    assert len(f"{html}{STYLE}{SCRIPT}{icon_svg(Action.NONE)}".encode()) < 100_000


def test_every_kind_of_verdict_has_a_mark_of_its_own():
    """In shape and in colour; also for what is not known."""
    assert MARKS.keys() == {*Action, "unknown"}
    icons = [ET.fromstring(icon_svg(kind)) for kind in MARKS]  # noqa: S314
    assert len(set(MARKS.values())) == len(icons)
    assert len({icon[0].get("fill") for icon in icons}) == len(icons)


async def test_the_tab_has_the_mark_of_the_page():
    for state, kind in (
        ("healthy", "none"),
        ("outage_acknowledged", "wait"),
        ("network_down", "troubleshoot"),
        ("outage_unacknowledged", "escalate"),
        ("before_the_first_probe", "unknown"),
    ):
        exposed = await STATES[state]()
        assert (state, kind_of(exposed.exporter.judge())) == (state, kind)
        assert f'href="icon.svg?{kind}"' in shown(exposed)


IMAGES = Path(__file__).parents[3] / "docs" / "images"


@pytest.mark.parametrize("name", ["page-outage", "page-phone", "page-checks"])
def test_a_picture_of_the_page_is_small(name):
    """`make pictures` makes it again."""
    assert 10_000 < (IMAGES / f"{name}.png").stat().st_size < 120_000
