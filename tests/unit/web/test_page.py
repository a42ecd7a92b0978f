"""The page at /: what it says, in which order."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from support.exposed import CALM, STATES, Exposed, incident

from claude_exporter.core.model import Action, Sign, Surface
from claude_exporter.core.page_model import Component, ComponentStatus
from claude_exporter.web.page import STYLE, icon_svg, page_html

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
    assert outline.of("h3") == list(cards)
    assert f"<title>{line}</title>" in html
    assert len(html.encode()) + len(STYLE.encode()) < 100_000


async def test_an_outage_says_since_when_why_what_to_do_and_how_long():
    """With a forecast of the real curve, and what that rests on."""
    text = Outline(shown(await STATES["outage_unacknowledged"]())).text
    assert "For 13 min, since 2023-11-14 22:14 UTC" in text
    assert "The Claude API has failed for 13 min (the API is at capacity" in text
    assert "What to do now Tell the people who depend on it now" in text
    assert re.search(r"Chance that it works again within 15 min \d+ % 30 min \d+ % 60 min", text)
    assert re.search(r"What this rests on \d+ incidents with a stated start and end", text)


async def test_an_acknowledged_outage_shows_the_incident():
    text = Outline(shown(await STATES["outage_acknowledged"]())).text
    assert "Chance that the status page calls it resolved within" in text
    assert "Elevated errors on the Claude API investigating, impact major, posted" in text


async def test_trouble_of_ours_has_no_forecast():
    """What the guide says of its duration stands there instead."""
    text = Outline(shown(await STATES["network_down"]())).text
    assert "How long will it take? Until your network is back." in text
    assert "Chance that" not in text


async def test_a_page_that_cannot_be_read_is_no_news():
    text = Outline(shown(await STATES["page_unreadable"]())).text
    assert "The page “claude” cannot be read (waf). That is no news, neither good nor bad." in text
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
    assert "<script" not in html
    assert "&lt;b onmouseover=alert(1)&gt;x&lt;/b&gt;: partial outage" in html


async def test_the_page_needs_no_script_and_no_inline_style():
    """So that the strictest Content-Security-Policy fits."""
    for made, _, _ in HEADLINES.values():
        assert (
            re.findall(r"<script|<style|\sstyle=|\son\w+=|javascript:", shown(await made())) == []
        )


@pytest.mark.parametrize("action", Action)
def test_the_icon_has_the_colour_of_the_action(action):
    assert len({icon_svg(each) for each in Action}) == len(Action)
    assert icon_svg(action).startswith("<svg ")
