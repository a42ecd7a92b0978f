"""What the messages of Claude Code and claude.ai mean."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_exporter.core.model import Sign
from claude_exporter.core.sign_texts import (
    AFTER_STATUS,
    BEFORE_STATUS,
    sign_by_texts,
    sign_of_text,
)

MOMENT = (
    "This is a server-side issue, usually temporary — try again in a moment. "
    "If it persists, check https://status.claude.com."
)


def error_json(error_type: str, message: str, request_id: str | None = "req_...") -> str:
    error = {"type": error_type, "message": message}
    document = {"type": "error", "error": error, "request_id": request_id}
    return json.dumps(document, separators=(",", ":"))


OVERLOADED = error_json("overloaded_error", "Overloaded", None)
SERVER = [
    (f"API Error: 500 Internal server error. {MOMENT}", Sign.INTERNAL_ERROR),
    (f"API Error: 500 {error_json('api_error', 'Internal server error')}", Sign.INTERNAL_ERROR),
    ("API Error: 500 {...} · check status.claude.com", Sign.INTERNAL_ERROR),
    ("Server error mid-response. The response above may be incomplete.", Sign.INTERNAL_ERROR),
    ("OAuth Request Failed / Internal server error", Sign.INTERNAL_ERROR),
    ("OAuth error: Request failed with status code 500", Sign.INTERNAL_ERROR),
    (
        "Failed to fetch user roles: Request failed with status code 500",
        Sign.INTERNAL_ERROR,
    ),
    (
        (
            "upstream connect error or disconnect/reset before headers. reset reason: remote "
            "connection failure, transport failure reason: delayed connect error: Connection "
            "refused"
        ),
        Sign.SERVICE_UNAVAILABLE,
    ),
]
CAPACITY = [
    (
        (
            "API Error: Repeated 529 Overloaded errors. The API is at capacity — this is usually "
            "temporary. Try again in a moment. If it persists, check https://status.claude.com."
        ),
        Sign.OVERLOADED,
    ),
    (f"API Error: 529 Overloaded. {MOMENT}", Sign.OVERLOADED),
    (f"API Error: 529 {OVERLOADED}", Sign.OVERLOADED),
    (f"API Error (529 {OVERLOADED}) · Retrying in 1 seconds… (attempt 1/10)", Sign.OVERLOADED),
    (f"Agent terminated early due to an API error: {OVERLOADED}", Sign.OVERLOADED),
    (
        "Opus is experiencing high load, please use /model to switch to Sonnet",
        Sign.OVERLOADED,
    ),
    (
        "Opus 4.1 is temporarily unavailable, so auto mode cannot determine the safety of Bash",
        Sign.OVERLOADED,
    ),
    ("Service is busy — try again in a moment, or switch to a different model.", Sign.OVERLOADED),
    (
        (
            "Due to unexpected capacity constraints, Claude is unable to respond to your message. "
            "Please try again soon."
        ),
        Sign.OVERLOADED,
    ),
    # The limit is the server's, as the text says itself: no account has to wait for a reset.
    (
        "API Error: Server is temporarily limiting requests (not your usage limit)",
        Sign.OVERLOADED,
    ),
    ("API Error: 429 Server is temporarily limiting requests", Sign.OVERLOADED),
]
LIMITS = [
    (
        (
            "API Error: Request rejected (429) · this may be a temporary capacity issue. "
            "If it persists, check https://status.claude.com."
        ),
        Sign.RATE_LIMITED,
    ),
    # A used-up plan is a limit with a known end, not an outage and not an account's fault.
    ("You've hit your session limit · resets 3:45pm", Sign.RATE_LIMITED),
    ("You\u2019ve hit your weekly limit · resets Mon 12:00am", Sign.RATE_LIMITED),
    ("You've hit your Opus limit · resets 3:45pm", Sign.RATE_LIMITED),
    ("Claude AI usage limit reached|1754000000", Sign.RATE_LIMITED),
    ("5-hour limit reached - resets 9pm", Sign.RATE_LIMITED),
]
ACCOUNT = [
    ("Credit balance is too low", Sign.BILLING),
    (
        (
            "API Error: Usage credits required for 1M context · run /usage-credits to turn them "
            "on, or /model to switch to standard context"
        ),
        Sign.BILLING,
    ),
    ("spend limit reached (daily; resets 2026-08-09 00:00 UTC)", Sign.BILLING),
    ("This organization has been disabled", Sign.BILLING),
    ("Your organization has disabled Claude subscription access", Sign.PERMISSION),
    ("Please run /login · API Error: 403 Request not allowed", Sign.PERMISSION),
    ("Not logged in · Please run /login", Sign.AUTHENTICATION),
    ("Login expired · Please run /login", Sign.AUTHENTICATION),
    ("OAuth token revoked · Please run /login", Sign.AUTHENTICATION),
    ("OAuth token has expired · Please run /login", Sign.AUTHENTICATION),
    (
        (
            "Please run /login · API Error: 401 OAuth access token has expired. "
            "Re-authenticate to continue."
        ),
        Sign.AUTHENTICATION,
    ),
    (
        "Please run /login · API Error: 401 Invalid authentication credentials",
        Sign.AUTHENTICATION,
    ),
    ("Invalid API key · Fix external API key", Sign.AUTHENTICATION),
    (
        "Failed to authenticate: OAuth session expired and could not be refreshed",
        Sign.AUTHENTICATION,
    ),
    (error_json("authentication_error", "x-api-key header is required"), Sign.AUTHENTICATION),
    (error_json("authentication_error", "invalid x-api-key"), Sign.AUTHENTICATION),
]
NETWORK = [
    ("Request timed out", Sign.TIMEOUT),
    ("Response stalled mid-stream", Sign.TIMEOUT),
    ("API Error: Stream idle timeout - partial response received", Sign.TIMEOUT),
    ("OAuth error: timeout of 15000ms exceeded", Sign.TIMEOUT),
    # Claude Code still waits and will try again by itself: late, not yet failed.
    ("Waiting for API response · will retry in 12s · check your network", Sign.SLOW),
    ("Connection closed mid-response", Sign.PROTOCOL),
    (
        (
            "API returned an empty or malformed response (HTTP 200) — check for a proxy or gateway "
            "intercepting the request."
        ),
        Sign.PROTOCOL,
    ),
    ("Unable to connect to API. Check your internet connection", Sign.CONNECT),
    (
        "Connection refused — a firewall or proxy may be blocking it (ConnectionRefused)",
        Sign.CONNECT,
    ),
    ("Can't reach the API server — check your internet or DNS (ENOTFOUND)", Sign.DNS),
    ("No internet route — check your connection or VPN (EHOSTUNREACH)", Sign.CONNECT),
    ("Couldn't connect through your proxy (ERR_PROXY_TUNNEL)", Sign.CONNECT),
    ("Connection dropped (ECONNRESET)", Sign.CONNECT),
    ("Unable to connect to API (ECONNREFUSED)", Sign.CONNECT),
    ("Unable to connect to Anthropic services", Sign.CONNECT),
    ("Failed to connect to api.anthropic.com: ERR_BAD_REQUEST", Sign.CONNECT),
    (
        (
            "Unable to connect to API: SSL certificate verification failed. "
            "Check your proxy or corporate SSL certificates"
        ),
        Sign.TLS,
    ),
    ("Unable to connect to API: Self-signed certificate detected", Sign.TLS),
    ("Socket is closed", Sign.CONNECT),
]
OURS = [
    # The conversation is at fault, the service answered as it should.
    ("Prompt is too long", Sign.INVALID_REQUEST),
    ("API Error: 400 due to tool use concurrency issues", Sign.INVALID_REQUEST),
    # A retry under way without its cause: Claude Code has not given up.
    ("✻ API error · Retrying in 8s · attempt 9/10", None),
    # Without the inner text nothing is known.
    ("Agent terminated early due to an API error: <detail>", None),
    # A reseller's relay is out of accounts; Claude was never asked.
    (
        (
            "API Error: 503 No available accounts: no available accounts. "
            "This is a server-side issue, usually temporary"
        ),
        None,
    ),
    # A bug of one version of the client, mended by an update.
    ("JSON Parse error: Unexpected EOF", None),
    ("Compacting conversation", None),
    ("", None),
]
UNKNOWN_STATUS = [
    ("API Error: 418 I'm a teapot", Sign.UNEXPECTED),
    ('API Error: {"type": "error", "error": {"type": "not_found_error"}}', Sign.NOT_FOUND),
    ("Overloaded", Sign.OVERLOADED),
]
TEXTS = [*SERVER, *CAPACITY, *LIMITS, *ACCOUNT, *NETWORK, *OURS, *UNKNOWN_STATUS]


@pytest.mark.parametrize(("text", "sign"), TEXTS)
def test_sign_of_a_message(text, sign):
    """Each message has the sign of its cause, and none where it says nothing about Claude."""
    assert sign_of_text(text) is sign


@pytest.mark.parametrize("row", [*BEFORE_STATUS, *AFTER_STATUS], ids=lambda row: row.phrase)
def test_no_words_are_dead(row):
    """Without any one row some message is read differently."""
    before = [other for other in BEFORE_STATUS if other is not row]
    after = [other for other in AFTER_STATUS if other is not row]
    assert any(sign_by_texts(before, after, text) is not sign for text, sign in TEXTS)


@given(text=st.text())
def test_any_text_can_be_read(text):
    """No text raises, surrogates and all."""
    assert sign_of_text("api error: 500 " + text) is not None
    assert sign_of_text(text) is None or isinstance(sign_of_text(text), Sign)
