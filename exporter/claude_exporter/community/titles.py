"""
Whether a title reports that Claude fails, now and for others too. Pure.

A word for the service and a word for the failure are needed, and nothing may say that it is about
something else: limits, quality, prices, a project. A title that is missed costs little, since
counts are compared with the same counts of other days; one that is wrongly counted makes noise.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

TITLE_LIMIT: Final = 300
"""Characters of a title that are looked at."""

PAGE_HOSTS: Final = frozenset({"status.claude.com", "status.anthropic.com"})
"""Whoever links to the status page means an outage, whatever the title says."""

_SERVICE: Final = re.compile(
    r"\bclaude(?:\.ai|'s|code)?\b|\banthropic\b|\b(?:opus|sonnet|haiku)\b", re.IGNORECASE
)
_ELSEWHERE: Final = re.compile(
    # "slow down", "down the rabbit hole", "dumbed down": down, but nothing is.
    r"\b(?:slow|calm|break|broke|breaks|broken|breaking|narrow\w*|writ\w+|cut\w*|doubl\w+|dumb\w*"
    r"|track\w*|hunt\w*|sit|top|drop|scroll\w*|upside|turn\w*|ton\w+|water\w+|let\w*|pric\w+"
    r"|cost\w*|wind\w*|tak\w+|took|shut\w*|put\w*|pin\w*|nail\w*|strip\w*|dial\w*|lock\w*)"
    r"(?: (?:me|it|us))?[ -]down\b"
    r"|\bdown (?:the|to|a|an|my|your|their|payment|vot\w+)\b|\bdown[- ]?(?:side|vot\w+)\b",
    re.IGNORECASE,
)
_NO_OUTAGE: Final = re.compile(
    r"\blimit(?:s|ed|ing)?\b|\bquotas?\b|\brate[- ]?limit\w*|\busage\b"  # your own allowance
    r"|\bdumb\w*|\bstupid\w*|\bnerf\w*|\blobotomi\w+|\bquality\b|\bworse\b|\bdegrad\w+"  # a taste
    r"|\brabbit[- ]holes?\b|\bpric(?:e|es|ing)\b|\brefunds?\b|\bban(?:s|ned)?\b|\bsuspended\b"
    r"|\bi(?:'ve| have)? (?:just )?(?:built|made|created|wrote|vibe[- ]?coded)\b"  # a project
    r"|\bhow (?:i|we|to)\b|\b(?:tutorial|guide|tips|tool|dashboard|tracker|monitor)\b"
    r"|\bmcps?\b|\bplugins?\b|\bextensions?\b|\bhooks?\b|\bskills?\b|\bprompts?\b"  # their set-up
    r"|\byesterday\b|\blast (?:night|week|month|year)\b|\bpost-?mortem\b|\bin hindsight\b"  # over
    r"|\bback (?:up|online)\b|\bno longer down\b|\bnever (?:been )?down\b",
    re.IGNORECASE,
)
_DOWN: Final = (
    r"\bdown\b(?=\W*(?:$|[?!.,:;()\[\]]|again|anyone|at|atm|because|but|due|everywhere|for"
    r"|globally|here|in|now|on|or|right|since|today|too|with|worldwide|across|and))"
)
_CANNOT: Final = (
    r"\b(?:can'?t|cannot|can not|unable to|couldn'?t) (?:even )?"
    r"(?:log ?-?in|sign ?-?in|connect|reach|load)\b"
)
_LOGIN: Final = (
    r"\b(?:log ?-?in|sign ?-?in|auth\w*) (?:is |are |seems )?"
    r"(?:broken|failing|fails|failed|errors?)\b"
)
_IDLE: Final = (
    r"\b(?:not|isn'?t|aren'?t|stopped|won'?t|doesn'?t|does not|has stopped) "
    r"(?:work|respond|load|connect)(?:ing)?\b"
)
_FAILURES: Final = (
    _DOWN,
    _CANNOT,
    _LOGIN,
    _IDLE,
    r"\bdowntime\b",
    r"\boutages?\b",
    r"\b(?:errors?|http|status)(?: code)?\W{0,3}5\d\d\b",
    r"\b5\d\d\W{0,3}(?:errors?|overloaded|internal|bad gateway|service|gateway|server)\b",
    r"\b529s?\b",
    r"\bapi errors?\b",
    r"\boverloaded(?:_error)?\b",
    r"\b(?:internal server|gateway timeout|elevated) ?errors?\b|\bbad gateway\b",
    r"\bunavailable\b|\bunreachable\b|\b(?:is|went|gone|goes) offline\b",
    r"\btim(?:ing|ed|es) out\b",
)
_FAILURE: Final = re.compile("|".join(f"(?:{each})" for each in _FAILURES), re.IGNORECASE)


def is_report(title: str) -> bool:
    """Whether *title* says that Claude does not work."""
    text = " ".join(title[:TITLE_LIMIT].replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split())
    if not _SERVICE.search(text) or _NO_OUTAGE.search(text):
        return False
    return _FAILURE.search(_ELSEWHERE.sub(" ", text)) is not None


def leads_to_page(link: str | None) -> bool:
    """Whether *link* leads to Claude's status page."""
    try:
        return link is not None and urlsplit(link).hostname in PAGE_HOSTS
    except ValueError:
        return False
