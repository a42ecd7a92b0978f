"""
What a text means: the messages of Claude Code and claude.ai, from words to a `Sign`.

A text names its cause by a status, by an API error type, or by words; words that are clearer than
their status come first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from claude_exporter.core.model import Sign
from claude_exporter.core.signs import BODY_LIMIT, sign_of_error_type, sign_of_response

_STATUS: Final = re.compile(r"(?:api error:?|status code|request rejected) \(?([45]\d\d)\b")
_ERROR_TYPE: Final = re.compile(r'"type"\s*:\s*"([a-z_]+)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class TextRow:
    """Lower-case words and the sign of a text that has them; None: it says nothing about Claude."""

    phrase: str
    sign: Sign | None


BEFORE_STATUS: Final = (
    # The words of a reseller's relay; the 503 in front of them is the relay's own.
    TextRow(phrase="no available accounts", sign=None),
    # It says that the limit is the server's, so this is no account's rate limit.
    TextRow(phrase="server is temporarily limiting requests", sign=Sign.OVERLOADED),
)
"""Words that outweigh a status in the same text."""

AFTER_STATUS: Final = (
    TextRow(phrase="experiencing high load", sign=Sign.OVERLOADED),
    TextRow(phrase="overloaded", sign=Sign.OVERLOADED),
    TextRow(phrase="is temporarily unavailable, so auto mode", sign=Sign.OVERLOADED),
    TextRow(phrase="service is busy", sign=Sign.OVERLOADED),
    TextRow(phrase="capacity constraints", sign=Sign.OVERLOADED),
    TextRow(phrase="upstream connect error", sign=Sign.SERVICE_UNAVAILABLE),
    TextRow(phrase="internal server error", sign=Sign.INTERNAL_ERROR),
    TextRow(phrase="server error mid-response", sign=Sign.INTERNAL_ERROR),
    # No answer after 20 s and Claude Code goes on by itself: late, not failed.
    TextRow(phrase="waiting for api response", sign=Sign.SLOW),
    TextRow(phrase="response stalled mid-stream", sign=Sign.TIMEOUT),
    TextRow(phrase="stream idle timeout", sign=Sign.TIMEOUT),
    TextRow(phrase="request timed out", sign=Sign.TIMEOUT),
    TextRow(phrase="timeout of ", sign=Sign.TIMEOUT),
    TextRow(phrase="spend limit reached", sign=Sign.BILLING),
    TextRow(phrase="credit balance is too low", sign=Sign.BILLING),
    TextRow(phrase="usage credits required", sign=Sign.BILLING),
    TextRow(phrase="organization has been disabled", sign=Sign.BILLING),
    TextRow(phrase="you've hit your", sign=Sign.RATE_LIMITED),
    TextRow(phrase="usage limit reached", sign=Sign.RATE_LIMITED),
    TextRow(phrase="5-hour limit reached", sign=Sign.RATE_LIMITED),
    TextRow(phrase="has disabled claude subscription access", sign=Sign.PERMISSION),
    TextRow(phrase="please run /login", sign=Sign.AUTHENTICATION),
    TextRow(phrase="invalid api key", sign=Sign.AUTHENTICATION),
    TextRow(phrase="failed to authenticate", sign=Sign.AUTHENTICATION),
    # A certificate or a name that fails is told apart from a connection that does.
    TextRow(phrase="certificate", sign=Sign.TLS),
    TextRow(phrase="internet or dns", sign=Sign.DNS),
    TextRow(phrase="empty or malformed response", sign=Sign.PROTOCOL),
    TextRow(phrase="connection closed mid-response", sign=Sign.PROTOCOL),
    TextRow(phrase="unable to connect to", sign=Sign.CONNECT),
    TextRow(phrase="failed to connect to", sign=Sign.CONNECT),
    TextRow(phrase="connection refused", sign=Sign.CONNECT),
    TextRow(phrase="connection dropped", sign=Sign.CONNECT),
    TextRow(phrase="no internet route", sign=Sign.CONNECT),
    TextRow(phrase="connect through your proxy", sign=Sign.CONNECT),
    TextRow(phrase="socket is closed", sign=Sign.CONNECT),
    # The API answers it with 400: the conversation is too long, the service is well.
    TextRow(phrase="prompt is too long", sign=Sign.INVALID_REQUEST),
)
"""Words that name the cause where no status and no error type does."""


def sign_of_text(text: str) -> Sign | None:
    """
    The sign of a message as a person sees it.

    None: it names no cause (a retry under way) or none of Claude's (a bug of the client).
    """
    return sign_by_texts(BEFORE_STATUS, AFTER_STATUS, text)


def sign_by_texts(before: Iterable[TextRow], after: Iterable[TextRow], text: str) -> Sign | None:
    """The sign by the rows `before`, then by status, then by error type, then by those `after`."""
    words = text[:BODY_LIMIT].lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    for row in before:
        if row.phrase in words:
            return row.sign
    if status := _STATUS.search(words):
        return sign_of_response(int(status[1]), {}, words.encode(errors="replace"))
    if sign := _sign_of_types(words):
        return sign
    return next((row.sign for row in after if row.phrase in words), None)


def _sign_of_types(words: str) -> Sign | None:
    signs = (sign_of_error_type(found) for found in _ERROR_TYPE.findall(words))
    return next((sign for sign in signs if sign is not None), None)
