"""
What looks private in somebody else's words: keys, passwords, e-mail, users' folders, addresses.

A server may repeat what it was sent, by us or by others; its words are shown and kept only without
that.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import ip_address
from typing import Final

from claude_exporter.config.errors import HIDDEN

PRIVATE: Final = "<private address>"
EMAIL: Final = "<e-mail>"
USER: Final = "<user>"

_NAMED: Final = (
    r"x-api-key|api[-_]?key|(?:proxy-)?authorization|password|passwd|client_secret|secret"
    r"|(?:access|refresh|id|oauth|auth|session)[-_]?token|token|session[-_]?key"
)

_Replacement = str | Callable[[re.Match[str]], str]


def _address(match: re.Match[str]) -> str:
    try:
        address = ip_address(match[0])
    except ValueError:
        return match[0]
    return PRIVATE if address.is_private and not address.is_loopback else match[0]


_PATTERNS: Final[tuple[tuple[re.Pattern[str], _Replacement], ...]] = (
    (re.compile(r"(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END[^-]*-----|\Z)"), HIDDEN),
    (re.compile(r"sk-ant-[\w.-]+"), HIDDEN),
    (re.compile(r"\bsk-[\w-]{16,}"), HIDDEN),
    (re.compile(r"\beyJ[\w-]{8,}(?:\.[\w-]*)*"), HIDDEN),
    (re.compile(r"\b(?:gh[pousr]_\w{16,}|AKIA[0-9A-Z]{16}|xox[abprs]-[\w-]+)"), HIDDEN),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{6,}"), rf"\1 {HIDDEN}"),
    (re.compile(r"(?i)\b((?:set-)?cookie[\"']?\s*[:=]\s*[\"']?)[^\n\"']+"), rf"\1{HIDDEN}"),
    (re.compile(rf"(?i)\b((?:{_NAMED})[\"']?\s*[:=]\s*[\"']?)[^\s\"'&,;<]+"), rf"\1{HIDDEN}"),
    (
        re.compile(
            r"(?i)([?&][^=&?\s]{0,60}(?:key|token|secret|sig|password|auth|code)[^=&?\s]{0,60}=)[^&\s\"'#]+"
        ),
        rf"\1{HIDDEN}",
    ),
    (re.compile(r"//[^\s/:@\"']{0,300}:[^\s@\"']{0,300}@"), f"//{HIDDEN}@"),
    (re.compile(r"//[^\s/@\"']{1,300}@"), f"//{HIDDEN}@"),
    (re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+"), EMAIL),
    (re.compile(r"((?:/home/|/Users/|\\Users\\{1,2}))[^/\\\s\"':<]+"), rf"\1{USER}"),
    (re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)"), _address),
    (
        re.compile(r"(?i)(?<![\w:])(?:f[cd][0-9a-f]{2}|fe[89ab][0-9a-f]):[0-9a-f:]+(?:%\w+)?"),
        PRIVATE,
    ),
)


def without_private(text: str) -> str:
    """*text* without anything that looks private."""
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def shown_words(text: str, limit: int) -> str:
    """At most *limit* characters of *text* in one line, without anything that looks private."""
    # Cut only afterwards: half a key would not look like one.
    whole = without_private(text[: 8 * limit])[:limit]
    return "".join(char if char.isprintable() else " " for char in whole)
