"""Whether an answer is what the target expects, and what it says of itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Final

from claude_exporter.core.model import Sign
from claude_exporter.core.private_words import shown_words
from claude_exporter.core.signs import error_type_of_body, sign_of_response
from claude_exporter.probers.attempt import Finding
from claude_exporter.probers.http_options import HttpOptions

_MESSAGE_LIMIT: Final = 200
_SHOWN: Final = 64 * 1024


def judged(status: int, headers: Mapping[str, str], body: bytes, options: HttpOptions) -> Finding:
    """Judge a whole answer by status and sign; patterns come after, `failed_pattern`."""
    sign = sign_of_response(status, headers, body)
    if options.expect == "keyless" and _is_keyless_refusal(status, headers, body):
        return Finding(Sign.OK, success=True)
    if sign in options.accept_signs:
        return Finding(sign, success=True)
    if options.expect == "status" and status in options.statuses and _speaks_well(sign, options):
        return Finding(Sign.OK, success=True)
    return Finding(_sign_of_failure(sign, status, options), False, _detail(status, body))


def failed_pattern(body: bytes, options: HttpOptions) -> str | None:
    """The text that says which pattern failed the body, None where none did."""
    for pattern in options.forbidden:
        if pattern.search(body):
            return f"the body matches {pattern.pattern!r}"
    for pattern in options.required:
        if not pattern.search(body):
            return f"the body does not match {pattern.pattern!r}"
    return None


def retry_after_of(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds until the server wants to be asked again, None where it does not say."""
    text = headers.get("retry-after", "").strip()
    if text.isdecimal() and text.isascii():
        return float(text[:9])
    moment = date_of(text)
    return None if moment is None else max(0.0, moment - now)


def date_of(text: str) -> float | None:
    """The Unix time of an HTTP date, None for text that is none."""
    try:
        return parsedate_to_datetime(text).timestamp() if text else None
    except (ValueError, OverflowError):
        return None


def length_of(headers: Mapping[str, str]) -> int:
    """The announced length, -1 where the server did not say."""
    text = headers.get("content-length", "")
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 19 else -1


def _is_keyless_refusal(status: int, headers: Mapping[str, str], body: bytes) -> bool:
    if status != 401 or "request-id" not in headers:
        return False
    return error_type_of_body(body) == "authentication_error"


def _speaks_well(sign: Sign, options: HttpOptions) -> bool:
    """A status someone listed is wanted whatever it means; a plain 2xx must also mean well."""
    return bool(options.valid_statuses) or sign is Sign.OK


def _sign_of_failure(sign: Sign, status: int, options: HttpOptions) -> Sign:
    if options.expect == "keyless" and status == 401:
        return Sign.UNEXPECTED
    return Sign.UNEXPECTED if sign is Sign.OK else sign


def _detail(status: int, body: bytes) -> str:
    try:
        error = json.loads(body[:_SHOWN].decode(errors="replace"))["error"]
        text = f"{error['type']}: {error['message']}"
    except (ValueError, LookupError, TypeError, RecursionError):
        return f"status {status}"
    return f"status {status}, {shown_words(text, _MESSAGE_LIMIT)}"
