"""
What an answer means: closed tables from status, headers and body to a `Sign`.

The first row that matches wins. Bodies come from strangers: only the first 64 KiB are read, and no
body can raise.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from claude_exporter.core.model import Sign

BODY_LIMIT: Final = 64 * 1024
"""Bytes of a body that are looked at."""

FINE: Final = frozenset(range(200, 300))
FAILED: Final = frozenset(range(400, 600))

SIGN_OF_ERROR_TYPE: Final[Mapping[str, Sign]] = MappingProxyType(
    {
        "invalid_request_error": Sign.INVALID_REQUEST,
        "authentication_error": Sign.AUTHENTICATION,
        "billing_error": Sign.BILLING,
        "permission_error": Sign.PERMISSION,
        "not_found_error": Sign.NOT_FOUND,
        "conflict_error": Sign.INVALID_REQUEST,
        "request_too_large": Sign.TOO_LARGE,
        "rate_limit_error": Sign.RATE_LIMITED,
        "api_error": Sign.INTERNAL_ERROR,
        "timeout_error": Sign.GATEWAY_TIMEOUT,
        "overloaded_error": Sign.OVERLOADED,
    }
)

SIGN_OF_STATUS: Final[Mapping[int, Sign]] = MappingProxyType(
    {
        400: Sign.INVALID_REQUEST,
        401: Sign.AUTHENTICATION,
        402: Sign.BILLING,
        404: Sign.NOT_FOUND,
        408: Sign.TIMEOUT,
        413: Sign.TOO_LARGE,
        429: Sign.RATE_LIMITED,
        500: Sign.INTERNAL_ERROR,
        502: Sign.BAD_GATEWAY,
        503: Sign.SERVICE_UNAVAILABLE,
        504: Sign.GATEWAY_TIMEOUT,
        # The edge reached us, but its origin did not answer it.
        **dict.fromkeys((520, 521, 522, 523, 524, 525, 526, 527, 530), Sign.GATEWAY_TIMEOUT),
        529: Sign.OVERLOADED,
    }
)
"""What a status means by itself; 403 is not here, because who says it decides what it means."""

UNTOLD: Final = frozenset(range(200, 600)) - frozenset(SIGN_OF_STATUS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseRow:
    """
    One row: all that it names must hold.

    `headers` are parts that the named headers must contain ("" is any value), `phrase` is in the
    lower-cased body, `error_type` is the body's own ("" is one that no other row knows).
    """

    sign: Sign
    statuses: frozenset[int]
    headers: tuple[tuple[str, str], ...] = ()
    phrase: bytes = b""
    error_type: str | None = None
    empty: bool = False


_CHALLENGES: Final = (
    ResponseRow(
        sign=Sign.EDGE_CHALLENGE,
        statuses=frozenset((202, 405)),
        headers=(("x-amzn-waf-action", ""),),
    ),
    # AWS WAF's silent challenge, where something on the way dropped its header.
    ResponseRow(sign=Sign.EDGE_CHALLENGE, statuses=frozenset((202,)), empty=True),
    ResponseRow(sign=Sign.EDGE_CHALLENGE, statuses=FAILED, headers=(("cf-mitigated", ""),)),
)
_BILLING_STATUSES: Final = frozenset((400, 403, 429))
_BILLING: Final = tuple(
    ResponseRow(sign=Sign.BILLING, statuses=_BILLING_STATUSES, phrase=phrase)
    for phrase in (
        b'"billing_error"',
        b"credit balance is too low",
        b"organization has been disabled",
        b"enforced_spend_limit_reached",
        b"spend limit",
    )
)
_FORBIDDEN: Final = (
    ResponseRow(sign=Sign.PERMISSION, statuses=frozenset((403,)), phrase=b"request not allowed"),
    # A page, not an answer of the API: Cloudflare stopped us before the service saw the request.
    ResponseRow(
        sign=Sign.EDGE_CHALLENGE,
        statuses=frozenset((403,)),
        headers=(
            ("server", "cloudflare"),
            ("content-type", "html"),
        ),
    ),
    ResponseRow(
        sign=Sign.EDGE_CHALLENGE,
        statuses=frozenset((403,)),
        headers=(("server", "cloudflare"),),
        phrase=b"<html",
    ),
    ResponseRow(sign=Sign.EDGE_CHALLENGE, statuses=frozenset((403,)), phrase=b"error code: 10"),
)
_SERVER_WORDS: Final = (
    ResponseRow(sign=Sign.OVERLOADED, statuses=FAILED, phrase=b"overloaded_error"),
    ResponseRow(sign=Sign.SERVICE_UNAVAILABLE, statuses=FAILED, phrase=b"upstream connect error"),
)
_ERROR_TYPES: Final = tuple(
    ResponseRow(sign=sign, statuses=UNTOLD, error_type=error_type)
    for error_type, sign in SIGN_OF_ERROR_TYPE.items()
)
_SUCCESSES: Final = (
    ResponseRow(sign=Sign.UNEXPECTED, statuses=FINE, error_type=""),
    ResponseRow(sign=Sign.OK, statuses=FINE),
)
_STATUSES: Final = tuple(
    ResponseRow(sign=sign, statuses=frozenset((status,))) for status, sign in SIGN_OF_STATUS.items()
)
RESPONSE_ROWS: Final[tuple[ResponseRow, ...]] = (
    *_CHALLENGES,
    *_BILLING,
    *_FORBIDDEN,
    *_SERVER_WORDS,
    *_ERROR_TYPES,
    *_SUCCESSES,
    *_STATUSES,
)
"""Everything an answer can mean; what no row knows is `unexpected`."""


def sign_of_response(status: int, headers: Mapping[str, str], body: bytes) -> Sign:
    """The sign of an HTTP answer; header names are lower-case."""
    return sign_by_rows(_rows_of(status), status, headers, body)


def sign_of_error_type(error_type: str) -> Sign | None:
    """The sign of an error type of the Claude API, None for a type it does not document."""
    return SIGN_OF_ERROR_TYPE.get(error_type)


@lru_cache(maxsize=1024)
def _rows_of(status: int) -> tuple[ResponseRow, ...]:
    # Every probe asks: walking only the rows of its status saves it most of the walk.
    return tuple(row for row in RESPONSE_ROWS if status in row.statuses)


def sign_by_rows(
    rows: Iterable[ResponseRow], status: int, headers: Mapping[str, str], body: bytes
) -> Sign:
    """The sign of the first of `rows` that the answer matches, `unexpected` where none does."""
    head = body[:BODY_LIMIT].lower()
    error_type = error_type_of_body(body)
    for row in rows:
        if status not in row.statuses or not _is_type(row.error_type, error_type):
            continue
        if row.phrase in head and not (row.empty and head) and _has_headers(row, headers):
            return row.sign
    return Sign.UNEXPECTED


def _is_type(wanted: str | None, found: str | None) -> bool:
    return wanted is None or (found is not None and wanted in ("", found))


def _has_headers(row: ResponseRow, headers: Mapping[str, str]) -> bool:
    return all(name in headers and part in headers[name].lower() for name, part in row.headers)


def error_type_of_body(body: bytes) -> str | None:
    """
    The error type a body gives, as a JSON error object or as an event of a stream.

    None where the body is no error, "" for an error that names no type.
    """
    head = body[:BODY_LIMIT]
    if b'"error"' not in head:
        return None
    found = (_error_type_of_json(document) for document in _documents(head))
    return next((error_type for error_type in found if error_type is not None), None)


def _documents(head: bytes) -> Iterator[bytes]:
    if head.lstrip().startswith(b"{"):
        yield head
        return
    for line in head.splitlines():
        if line.startswith(b"data:") and b'"error"' in line:
            yield line.removeprefix(b"data:")


def _error_type_of_json(document: bytes) -> str | None:
    try:
        value = json.loads(document.decode(errors="replace"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict) or value.get("type") != "error":
        return None
    error = value.get("error")
    error_type = error.get("type") if isinstance(error, dict) else None
    return error_type if isinstance(error_type, str) else ""
