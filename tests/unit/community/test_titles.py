"""Which titles report an outage: as people really write them, and those that only look like it."""

import pytest

from claude_exporter.community.titles import TITLE_LIMIT, is_report, leads_to_page

REPORTS = (
    "Claude down?",
    "Is Claude down for anyone else?",
    "Claude is down again",
    "claude.ai down right now",
    "Claude Code down for everyone?",
    "Anthropic API is down",
    "CLAUDE IS DOWN!!!",
    "Claude\N{RIGHT SINGLE QUOTATION MARK}s down, anybody else",
    "Opus 4.5 down?",
    "Is Claude Code down? Getting API Error 500",
    "Claude outage",
    "Another Claude outage, third one this month",
    "Claude Code: API Error: 529 Overloaded",
    "Getting 529 errors on Sonnet all morning",
    "Anthropic 529",
    "API Error (500 Internal server error) in Claude Code",
    "Claude Code keeps saying overloaded_error",
    "Claude API: Error 503",
    "HTTP 502 from the Anthropic API since 14:00 UTC",
    "Can't log in to Claude",
    "Cannot login to claude.ai, anyone else?",
    "Unable to sign in to Claude this morning",
    "Claude login broken?",
    "Claude not working for anyone else?",
    "Claude Code stopped responding for everybody",
    "Claude isn't loading",
    "Claude won't load on web or desktop",
    "Claude Opus currently unavailable",
    "Claude.ai unreachable from Europe",
    "Claude went offline mid conversation",
    "Claude Code requests timing out today",
    "Elevated errors on Claude Sonnet",
    "Claude downtime is getting ridiculous",
    "Bad gateway on claude.ai",
)

OTHERS = (
    "Went down the Claude Code add-ons rabbit hole",
    "Claude usage limit reached after two prompts",
    "Weekly limit is down to 20 hours on Claude Max",
    "Hit my Claude limit, service unavailable until 9pm",
    "5-hour limit reached, Claude not working until then",
    "Claude rate limited me: API error 429",
    "Did they dumb down Claude again?",
    "Claude has been dumbed down",
    "Is it me or is Opus dumb today?",
    "Claude quality has gone down",
    "Output quality of Sonnet is down since the update",
    "Claude is not working as well as it did: it got worse",
    "Sonnet got nerfed again",
    "How do I get Claude to slow down?",
    "Claude Code: calm down!",
    "Breaking down how Claude Code works",
    "Claude broke down my contract into plain English",
    "Narrowed it down to one bug with Claude",
    "Anthropic doubles down on safety",
    "Anthropic is shutting down its old API version",
    "Anthropic shuts down Claude 2",
    "Claude took down my production database",
    "Claude helped me track down a memory leak",
    "Opus prices down by two thirds",
    "Claude let me down",
    "Top down planning with Claude Code",
    "Dropdown component made with Claude",
    "I built a dashboard that tracks Claude outages",
    "I made a site that tells you if Claude is down",
    "How we survived the Claude outage",
    "A tool to see whether Claude is down",
    "Claude outage last week: a post-mortem",
    "Yesterday's Claude outage cost us a day",
    "Claude is back up",
    "Claude Code wrote 500 lines of error handling",
    "500 Claude Code tips",
    "My MCP server is not working with Claude Desktop",
    "Claude Code hooks not working on Windows",
    "Is ChatGPT down?",
    "Is it down for anyone else?",
    "Is GitHub down? API error 500",
    "Down",
    "Claude",
    "My account was banned: can't log in to Claude",
    "Claude refuses to load my prompt",
    "",
)


@pytest.mark.parametrize("title", REPORTS)
def test_a_title_that_reports_an_outage(title):
    assert is_report(title)


@pytest.mark.parametrize("title", OTHERS)
def test_a_title_that_does_not(title):
    assert not is_report(title)


def test_only_the_beginning_of_a_title_is_read():
    """Ten megabytes cost what three hundred characters do."""
    padding = "x" * TITLE_LIMIT
    assert not is_report(padding + " Claude is down")
    assert not is_report("Claude " * 1_500_000)


@pytest.mark.parametrize(
    ("link", "leads"),
    [
        ("https://status.claude.com/incidents/abc", True),
        ("https://STATUS.anthropic.com", True),
        ("https://status.claude.com.example.org/", False),
        ("https://example.org/?status.claude.com", False),
        ("https://[", False),
        (None, False),
    ],
)
def test_a_link_to_the_status_page(link, leads):
    assert leads_to_page(link) is leads
