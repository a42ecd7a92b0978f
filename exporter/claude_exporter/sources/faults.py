"""Why a poll could not be read, from what came back instead. Pure."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from socket import gaierror
from typing import Final

import httpx
from dns.exception import DNSException

from claude_exporter.core.page_model import PageFault
from claude_exporter.sources.body import BrokenBodyError, TooLargeError
from claude_exporter.sources.json_values import clean
from claude_exporter.sources.statuspage_content import UnreadableError

CHALLENGED: Final = frozenset({202, 403, 405, 503})
"""Statuses with which edges send a challenge instead of the page."""

MARKS: Final = (
    b"awswaf",
    b"gokuprops",
    b"captcha",
    b"cf-chl",
    b"challenge-platform",
    b"human verification",
    b"just a moment",
    b"the request could not be satisfied",
)
"""What the challenges and blocks of AWS WAF, CloudFront and Cloudflare have in them."""

RETRY_AFTER_LIMIT: Final = 3600.0

EXPECTED: Final = (
    httpx.HTTPError,
    httpx.InvalidURL,
    OSError,  # with TimeoutError and ssl.SSLError
    TooLargeError,
    BrokenBodyError,
    UnreadableError,
)
"""What asking a page may raise for the page's fault."""


class PollError(Exception):
    """
    A poll could not be read.

    `refused` where we were told to stay away; `retry_after` says for how many seconds, where
    they said so.
    """

    def __init__(
        self,
        fault: PageFault,
        detail: str,
        *,
        refused: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(detail)
        self.fault = fault
        self.detail = detail
        self.refused = refused
        self.retry_after = retry_after


def error_of_answer(status: int, headers: Mapping[str, str], start: bytes, now: float) -> PollError:
    """Why an answer other than 200 could not be read; *start* is what its body starts with."""
    retry_after = retry_after_of(headers.get("retry-after", ""), now)
    action = challenge_of(status, headers, start)
    if action is not None:
        detail = f"expected the page, not a challenge (HTTP {status}, {action})"
        return PollError(PageFault.WAF, detail, refused=True, retry_after=retry_after)
    if status == httpx.codes.TOO_MANY_REQUESTS:
        asked = "" if retry_after is None else f", retry after {retry_after:g} s"
        detail = f"asked too often (HTTP 429{asked})"
        return PollError(PageFault.RATE_LIMITED, detail, refused=True, retry_after=retry_after)
    return PollError(
        PageFault.HTTP_STATUS,
        f"expected HTTP 200, not {status}",
        refused=status == httpx.codes.FORBIDDEN or retry_after is not None,
        retry_after=retry_after,
    )


def challenge_of(status: int, headers: Mapping[str, str], start: bytes) -> str | None:
    """What marks an answer as an edge's challenge, None where nothing does."""
    for name in ("x-amzn-waf-action", "cf-mitigated"):
        if name in headers:
            return clean(f"{name}: {headers[name]}", 80)
    text = start.lower()
    marked = status in CHALLENGED and any(mark in text for mark in MARKS)
    return "by its text" if marked else None


def error_of_exception(exc: BaseException) -> PollError:
    """The poll error that an exception of `EXPECTED` means."""
    return PollError(_fault_of(exc), clean(str(exc)) or type(exc).__name__)


def retry_after_of(text: str, now: float) -> float | None:
    """Seconds a `retry-after` asks for, 0 to one hour; None where it says nothing clear."""
    if text.isascii() and text.isdigit():
        return min(float(text[:10]), RETRY_AFTER_LIMIT)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return min(max(aware.timestamp() - now, 0.0), RETRY_AFTER_LIMIT)


def _fault_of(exc: BaseException) -> PageFault:  # noqa: PLR0911  # a table of types, first match
    causes = tuple(_causes(exc))
    if any(isinstance(cause, gaierror | DNSException) for cause in causes):
        return PageFault.DNS
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return PageFault.TLS
    if isinstance(exc, TimeoutError | httpx.TimeoutException):
        return PageFault.TIMEOUT
    if isinstance(exc, TooLargeError):
        return PageFault.TOO_LARGE
    if isinstance(exc, UnreadableError | BrokenBodyError):
        return PageFault.UNREADABLE
    if isinstance(exc, httpx.NetworkError | httpx.ProxyError | OSError):
        return PageFault.CONNECT
    return PageFault.PROTOCOL


def _causes(exc: BaseException) -> Iterator[BaseException]:
    found: BaseException | None = exc
    while found is not None:
        yield found
        # httpcore drops the cause when a connection fails, what it handled then is still there.
        found = found.__cause__ or found.__context__
