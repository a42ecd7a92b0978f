"""
The answers Claude's hosts and the edges before them are known to send when they fail.

A scenario file names one; every text has the shape of the real thing, with made-up ids.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

REQUEST_ID: Final = "req_011SimulatedRequest0000"
"""Stands in a canned body for the request id of the answer that carries it."""

_HTML: Final = "text/html; charset=UTF-8"
_JSON: Final = "application/json"


class Body(StrEnum):
    """The named bodies of scenario files."""

    KEYLESS = "authentication_error_keyless"
    AUTHENTICATION = "authentication_error"
    OVERLOADED = "overloaded_error"
    API_ERROR = "api_error"
    TIMEOUT_ERROR = "timeout_error"
    RATE_LIMIT = "rate_limit_error"
    SPEND_LIMIT = "spend_limit"
    PERMISSION = "permission_error"
    BILLING = "billing_error"
    INVALID_REQUEST = "invalid_request_error"
    NOT_FOUND = "not_found_error"
    TOO_LARGE = "request_too_large"
    CHALLENGE = "cloudflare_challenge"
    CLOUDFLARE_502 = "cloudflare_502"
    CLOUDFLARE_503 = "cloudflare_503"
    CLOUDFLARE_504 = "cloudflare_504"
    CLOUDFLARE_520 = "cloudflare_520"
    UPSTREAM = "upstream_connect_error"
    WAF_CHALLENGE = "waf_challenge"
    WAF_CAPTCHA = "waf_captcha"
    CAPTIVE_PORTAL = "captive_portal"
    NOT_JSON = "not_json"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """
    One HTTP answer; header names are lower-case.

    `pieces` are streamed instead of `body`, `pause` seconds before each; `cut` ends them early.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    body: bytes = b""
    pieces: tuple[bytes, ...] = ()
    pause: float = 0.0
    cut: bool = False


CLOUDFLARE: Final[Mapping[str, str]] = MappingProxyType(
    {"server": "cloudflare", "cf-ray": "8f00c0ffee000000-FRA", "cf-cache-status": "DYNAMIC"}
)

API_HEADERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **CLOUDFLARE,
        "content-type": _JSON,
        "request-id": REQUEST_ID,
        "x-envoy-upstream-service-time": "7",
        "via": "1.1 google",
    }
)


RATE_LIMITS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "anthropic-ratelimit-requests-limit": "50",
        "anthropic-ratelimit-requests-remaining": "47",
        "anthropic-ratelimit-requests-reset": "2026-01-01T00:00:13Z",
        "anthropic-ratelimit-input-tokens-limit": "30000",
        "anthropic-ratelimit-input-tokens-remaining": "29000",
        "anthropic-ratelimit-input-tokens-reset": "2026-01-01T00:00:17Z",
    }
)
"""What the API says of its limits in each answer to a message."""


def _api_error(
    status: int,
    kind: str,
    message: str,
    headers: Mapping[str, str] | None = None,
    details: Mapping[str, str] | None = None,
) -> Answer:
    error: dict[str, object] = {"type": kind, "message": message}
    if details:
        error["details"] = dict(details)
    document = {"type": "error", "error": error, "request_id": REQUEST_ID}
    return Answer(
        status=status,
        headers={**API_HEADERS, **(headers or {})},
        body=json.dumps(document, separators=(",", ":")).encode(),
    )


def _page(title: str, text: str) -> bytes:
    return (
        f'<!DOCTYPE html>\n<html lang="en-US">\n<head><title>{title}</title></head>\n'
        f"<body>{text}</body>\n</html>\n"
    ).encode()


def _cloudflare(status: int, title: str) -> Answer:
    text = f"<h1>{title}</h1><p>Error code {status}</p><p>Cloudflare Ray ID: 8f00c0ffee000000</p>"
    return Answer(
        status=status,
        headers={**CLOUDFLARE, "content-type": _HTML},
        body=_page(f"anthropic.com | {status}: {title}", text),
    )


ANSWER_OF_BODY: Final[Mapping[Body, Answer]] = MappingProxyType(
    {
        Body.KEYLESS: _api_error(401, "authentication_error", "x-api-key header is required"),
        Body.AUTHENTICATION: _api_error(401, "authentication_error", "invalid x-api-key"),
        Body.OVERLOADED: _api_error(529, "overloaded_error", "Overloaded"),
        Body.API_ERROR: _api_error(500, "api_error", "Internal server error"),
        Body.TIMEOUT_ERROR: _api_error(504, "timeout_error", "Request timed out"),
        Body.RATE_LIMIT: _api_error(
            429,
            "rate_limit_error",
            "This request would exceed your organization's rate limit of 50 requests per minute.",
            {
                "retry-after": "47",
                "anthropic-ratelimit-requests-limit": "50",
                "anthropic-ratelimit-requests-remaining": "0",
            },
        ),
        Body.SPEND_LIMIT: _api_error(
            429,
            "rate_limit_error",
            "You have reached your specified API usage limits.",
            {"x-should-retry": "false"},
            {"error_code": "enforced_spend_limit_reached"},
        ),
        Body.PERMISSION: _api_error(403, "permission_error", "Request not allowed"),
        Body.BILLING: _api_error(
            402, "billing_error", "Your credit balance is too low to access the Anthropic API."
        ),
        Body.INVALID_REQUEST: _api_error(400, "invalid_request_error", "model: Field required"),
        Body.NOT_FOUND: _api_error(404, "not_found_error", "Not Found"),
        Body.TOO_LARGE: _api_error(413, "request_too_large", "Request exceeds the maximum size"),
        Body.CHALLENGE: Answer(
            status=403,
            headers={**CLOUDFLARE, "content-type": _HTML, "cf-mitigated": "challenge"},
            body=_page("Just a moment...", "Enable JavaScript and cookies to continue"),
        ),
        Body.CLOUDFLARE_502: _cloudflare(502, "Bad gateway"),
        Body.CLOUDFLARE_503: _cloudflare(503, "Service Temporarily Unavailable"),
        Body.CLOUDFLARE_504: _cloudflare(504, "Gateway time-out"),
        Body.CLOUDFLARE_520: _cloudflare(520, "Web server is returning an unknown error"),
        Body.UPSTREAM: Answer(
            status=503,
            headers={**CLOUDFLARE, "content-type": "text/plain"},
            body=b"upstream connect error or disconnect/reset before headers. reset reason: "
            b"remote connection failure, transport failure reason: delayed connect error: "
            b"Connection refused",
        ),
        Body.WAF_CHALLENGE: Answer(
            status=202, headers={"server": "CloudFront", "x-amzn-waf-action": "challenge"}
        ),
        Body.WAF_CAPTCHA: Answer(
            status=405,
            headers={
                "server": "CloudFront",
                "content-type": _HTML,
                "x-amzn-waf-action": "captcha",
            },
            body=_page("Human Verification", "JavaScript is disabled"),
        ),
        Body.CAPTIVE_PORTAL: Answer(
            status=302,
            headers={"location": "http://portal.sim.test/login", "content-type": _HTML},
            body=_page("Hotel Wi-Fi", "Please log in"),
        ),
        Body.NOT_JSON: Answer(
            status=200,
            headers={"content-type": _HTML},
            body=_page("Scheduled works", "We will be right back"),
        ),
        Body.EMPTY: Answer(status=200),
    }
)

BODY_OF_STATUS: Final[Mapping[int, Body]] = MappingProxyType(
    {
        400: Body.INVALID_REQUEST,
        401: Body.AUTHENTICATION,
        402: Body.BILLING,
        403: Body.PERMISSION,
        404: Body.NOT_FOUND,
        413: Body.TOO_LARGE,
        429: Body.RATE_LIMIT,
        500: Body.API_ERROR,
        502: Body.CLOUDFLARE_502,
        503: Body.CLOUDFLARE_503,
        504: Body.TIMEOUT_ERROR,
        520: Body.CLOUDFLARE_520,
        529: Body.OVERLOADED,
    }
)
"""The body a scenario gets that names only a status; any other status has an empty one."""
