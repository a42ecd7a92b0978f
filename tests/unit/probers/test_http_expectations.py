"""What counts as success to the http prober, and what an answer says of itself."""

import pytest
from support.wire import answers, probe_of, run

from claude_exporter.core.model import Sign

REFUSAL = b'{"type":"error","error":{"type":"authentication_error","message":"x-api-key required"}}'

JUDGED = {
    "a status that was listed": (answers(418), {"valid_statuses": [418]}, Sign.OK, True, ""),
    "a status of a listed class": (answers(404), {"valid_statuses": ["4xx"]}, Sign.OK, True, ""),
    "a 200 where only 204 counts": (
        answers(200),
        {"valid_statuses": [204]},
        Sign.UNEXPECTED,
        False,
        "status 200",
    ),
    "a challenge that is accepted": (
        answers(403, b"<html>", cf_mitigated="challenge"),
        {"accept_signs": ["edge_challenge"]},
        Sign.EDGE_CHALLENGE,
        True,
        "",
    ),
    "a challenge that is not accepted": (
        answers(403, b"<html>", cf_mitigated="challenge"),
        {},
        Sign.EDGE_CHALLENGE,
        False,
        "status 403",
    ),
    "the refusal of a request without a key": (
        answers(401, REFUSAL, request_id="req_1"),
        {"expect": "keyless"},
        Sign.OK,
        True,
        "",
    ),
    "a refusal without a request id is somebody else's": (
        answers(401, REFUSAL),
        {"expect": "keyless"},
        Sign.UNEXPECTED,
        False,
        "status 401, authentication_error: x-api-key required",
    ),
    "a refusal without the API's body is somebody else's": (
        answers(401, b"{}", request_id="req_1"),
        {"expect": "keyless"},
        Sign.UNEXPECTED,
        False,
        "status 401",
    ),
    "a 200 to a request without a key is unexpected": (
        answers(200, b"{}", request_id="req_1"),
        {"expect": "keyless"},
        Sign.UNEXPECTED,
        False,
        "status 200",
    ),
    "an overload is an overload without a key too": (
        answers(529, b""),
        {"expect": "keyless"},
        Sign.OVERLOADED,
        False,
        "status 529",
    ),
    "an error inside a 200 is no success": (
        answers(200, b'{"type":"error","error":{"type":"overloaded_error","message":"m"}}'),
        {},
        Sign.OVERLOADED,
        False,
        "status 200, overloaded_error: m",
    ),
    "a body that has what it must have": (
        answers(200, b"so Success it is"),
        {"fail_if_body_not_matches": ["Success", "i[st]"]},
        Sign.OK,
        True,
        "",
    ),
    "a body that lacks one of what it must have": (
        answers(200, b"Success"),
        {"fail_if_body_not_matches": ["Success", "captive"]},
        Sign.UNEXPECTED,
        False,
        "the body does not match 'captive'",
    ),
    "a body that has what it must not have": (
        answers(200, b"\xff please Log in"),
        {"fail_if_body_matches": ["(?i)log in"]},
        Sign.UNEXPECTED,
        False,
        "the body matches '(?i)log in'",
    ),
    "a pattern sees the first bytes only": (
        answers(200, b"0123456789 end"),
        {"fail_if_body_matches": ["end"], "body_limit": 11},
        Sign.OK,
        True,
        "",
    ),
}


@pytest.mark.parametrize(
    ("act", "options", "sign", "success", "detail"), JUDGED.values(), ids=JUDGED
)
def test_expectation(act, options, sign, success, detail):
    """Success is the target's own expectation met."""
    seen = run("uvloop", probe_of(act, **options))

    assert (sign, success, detail) == (seen.sign, seen.success, seen.detail)
    assert seen.http
    assert seen.http.failed_pattern == ("match" in detail)


def test_slow():
    """A success above the target's threshold says slow and stays a success."""
    seen = run("uvloop", probe_of(answers(200), slow_after=0.0))

    assert (seen.sign, seen.success) == (Sign.SLOW, True)
    assert seen.detail.endswith("slow after 0s")


TOLD = {
    "seconds": ({"retry_after": "17"}, 17.0),
    "a date that has passed": ({"retry_after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
    "nonsense": ({"retry_after": "soon"}, None),
    "nothing": ({}, None),
}


@pytest.mark.parametrize(("headers", "wait"), TOLD.values(), ids=TOLD)
def test_retry_after(headers, wait):
    """When to come back is read as seconds from now; the request id is kept."""
    seen = run("uvloop", probe_of(answers(429, request_id="req_7", **headers)))

    assert (seen.sign, seen.retry_after, seen.request_id) == (Sign.RATE_LIMITED, wait, "req_7")
