"""What an answer of Claude's hosts means, row by row."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_exporter.core.model import Sign
from claude_exporter.core.signs import (
    BODY_LIMIT,
    RESPONSE_ROWS,
    SIGN_OF_ERROR_TYPE,
    SIGN_OF_STATUS,
    error_type_of_body,
    sign_by_rows,
    sign_of_error_type,
    sign_of_response,
)

HTML = {"server": "cloudflare", "content-type": "text/html; charset=UTF-8"}
CLOUDFLARE = {"server": "cloudflare", "cf-ray": "9a3f-FRA"}


def api_error(error_type: str, message: str = "m", **more: object) -> bytes:
    error = {"type": error_type, "message": message, **more}
    return json.dumps({"type": "error", "error": error, "request_id": "req_011"}).encode()


STREAM = (
    b'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_1"}}\n\n'
    b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"o"}}\n\n'
)
TALK = (
    b"event: content_block_delta\n"
    b'data: {"type":"content_block_delta","delta":{"text":"\\"error\\": overloaded_error"}}\n\n'
)
SPENT = api_error(
    "rate_limit_error", "Reached", details={"error_code": "enforced_spend_limit_reached"}
)

ANSWERS = {
    "200 is fine": (200, {}, b'{"data":[]}', Sign.OK),
    "204 without a body is fine": (204, {}, b"", Sign.OK),
    "200 whose JSON mentions an error is fine": (200, {}, b'{"error": null, "a": 1}', Sign.OK),
    "200 whose page explains overloaded_error is fine": (
        200,
        {"content-type": "text/html"},
        b'<html>"error": overloaded_error means wait</html>',
        Sign.OK,
    ),
    "a stream that ends in an error is that error": (200, {}, STREAM, Sign.OVERLOADED),
    "a stream that only talks of errors is fine": (200, {}, TALK, Sign.OK),
    "200 with an unknown error object": (200, {}, api_error("new_error"), Sign.UNEXPECTED),
    "200 with an error object that has no type": (
        200,
        {},
        b'{"type":"error","error":"broken"}',
        Sign.UNEXPECTED,
    ),
    "405 of the AWS firewall": (405, {"x-amzn-waf-action": "captcha"}, b"x", Sign.EDGE_CHALLENGE),
    "405 of a server": (405, {}, b"", Sign.UNEXPECTED),
    "202 of the AWS firewall": (
        202,
        {"x-amzn-waf-action": "challenge"},
        b"x",
        Sign.EDGE_CHALLENGE,
    ),
    "an empty 202 is a challenge": (202, {}, b"", Sign.EDGE_CHALLENGE),
    "202 with a body is fine": (202, {}, b"queued", Sign.OK),
    "503 that Cloudflare mitigates": (
        503,
        {"cf-mitigated": "challenge"},
        b"<title>Just a moment...</title>",
        Sign.EDGE_CHALLENGE,
    ),
    "403 that Cloudflare mitigates": (
        403,
        {"cf-mitigated": "challenge", **HTML},
        b"",
        Sign.EDGE_CHALLENGE,
    ),
    "403 page by its content type": (403, HTML, b"", Sign.EDGE_CHALLENGE),
    "403 page by its body": (403, CLOUDFLARE, b"<!DOCTYPE html><HTML>", Sign.EDGE_CHALLENGE),
    "403 of Cloudflare's browser check": (403, {}, b"error code: 1010", Sign.EDGE_CHALLENGE),
    "403 page of somebody else": (403, {"server": "proxy"}, b"<html>", Sign.UNEXPECTED),
    "403 of the API": (403, CLOUDFLARE, api_error("permission_error"), Sign.PERMISSION),
    "403 of a region or an account": (
        403,
        CLOUDFLARE,
        api_error("forbidden", "Request not allowed"),
        Sign.PERMISSION,
    ),
    "403 with words nobody knows": (403, {}, b"no", Sign.UNEXPECTED),
    "400 with a billing error": (400, {}, api_error("billing_error"), Sign.BILLING),
    "400 with an empty account": (
        400,
        {},
        api_error("invalid_request_error", "Your credit balance is too low to access the API."),
        Sign.BILLING,
    ),
    "400 of a disabled organization": (
        400,
        {},
        api_error("invalid_request_error", "This organization has been disabled."),
        Sign.BILLING,
    ),
    "429 of the monthly spend, by its code": (429, {}, SPENT, Sign.BILLING),
    "429 of a spend limit, by its words": (429, {}, b"spend limit reached (daily)", Sign.BILLING),
    "429 of the API": (429, {}, api_error("rate_limit_error"), Sign.RATE_LIMITED),
    "500 that says overloaded": (500, {}, api_error("overloaded_error"), Sign.OVERLOADED),
    "502 of an edge without an upstream": (
        502,
        {},
        b"upstream connect error or disconnect/reset before headers",
        Sign.SERVICE_UNAVAILABLE,
    ),
    "409 of the API": (409, {}, api_error("conflict_error"), Sign.INVALID_REQUEST),
    "a redirect that was not followed": (302, {"location": "/"}, b"", Sign.UNEXPECTED),
    "a status that HTTP does not know": (999, {}, b"", Sign.UNEXPECTED),
    "a status below all": (-1, {}, b"", Sign.UNEXPECTED),
    **{
        f"200 whose body is a {error_type}": (200, {}, api_error(error_type), sign)
        for error_type, sign in SIGN_OF_ERROR_TYPE.items()
    },
    **{f"{status} alone": (status, {}, b"", sign) for status, sign in SIGN_OF_STATUS.items()},
}


@pytest.mark.parametrize(("status", "headers", "body", "sign"), ANSWERS.values(), ids=list(ANSWERS))
def test_sign_of_an_answer(status, headers, body, sign):
    """Each answer has the sign that the first matching row gives it."""
    assert sign_of_response(status, headers, body) is sign


@pytest.mark.parametrize("index", range(len(RESPONSE_ROWS)))
def test_no_row_is_dead(index):
    """Without any one row some answer is read differently."""
    rest = RESPONSE_ROWS[:index] + RESPONSE_ROWS[index + 1 :]
    assert any(
        sign_by_rows(rest, status, headers, body) is not sign
        for status, headers, body, sign in ANSWERS.values()
    ), RESPONSE_ROWS[index]


STATED = {
    **dict.fromkeys((520, 521, 522, 523, 524, 525, 526, 527, 530), Sign.GATEWAY_TIMEOUT),
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
    529: Sign.OVERLOADED,
}


def test_every_status_without_a_body_is_as_documented():
    """All statuses from 300 to 599 that are not in the service's documents are unexpected."""
    assert {status: sign_of_response(status, {}, b"") for status in range(300, 600)} == {
        status: STATED.get(status, Sign.UNEXPECTED) for status in range(300, 600)
    }


def test_error_types_are_those_of_the_api():
    """Each documented error type has a sign, an unknown one has none."""
    types = [
        "invalid_request_error",
        "authentication_error",
        "billing_error",
        "permission_error",
        "not_found_error",
        "conflict_error",
        "request_too_large",
        "rate_limit_error",
        "api_error",
        "timeout_error",
        "overloaded_error",
        "weather_error",
    ]
    assert [sign_of_error_type(name) for name in types] == [
        Sign.INVALID_REQUEST,
        Sign.AUTHENTICATION,
        Sign.BILLING,
        Sign.PERMISSION,
        Sign.NOT_FOUND,
        Sign.INVALID_REQUEST,
        Sign.TOO_LARGE,
        Sign.RATE_LIMITED,
        Sign.INTERNAL_ERROR,
        Sign.GATEWAY_TIMEOUT,
        Sign.OVERLOADED,
        None,
    ]


HOSTILE = {
    "nested too deep": b'{"error":' + b"[" * 60_000,
    "nested objects": b'{"error":' * 7_000,
    "a number of 50,000 digits": b'{"type":"error","error":' + b"9" * 50_000 + b"}",
    "not UTF-8": b'{"type":"error","error":{"type":"\xff\xfe"}}',
    "a NUL": b'{"type":"error","error":{"type":"\x00"}}',
    "a type that is a list": b'{"type":["error"],"error":{"type":["a"]}}',
    "an error that is a list": b'[{"type":"error","error":{}}]',
    "many events": b'data: {"error"\n' * 4_369,
    "an endless event": b"data: " + b'{"error":' * 7_000,
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=list(HOSTILE))
@pytest.mark.parametrize("status", [200, 403, 500])
def test_hostile_bodies_are_read_without_an_error(status, body):
    """A body made to hurt still gives a sign, and never `overloaded` by accident."""
    assert (
        sign_of_response(status, {}, body)
        in {
            200: {Sign.OK, Sign.UNEXPECTED},
            403: {Sign.UNEXPECTED},
            500: {Sign.INTERNAL_ERROR},
        }[status]
    )


def test_only_the_first_64_kib_of_a_body_are_read():
    """An error beyond the limit is not seen, one within it is."""
    error = api_error("overloaded_error")
    assert sign_of_response(500, {}, b" " * BODY_LIMIT + error) is Sign.INTERNAL_ERROR
    assert sign_of_response(500, {}, b" " * (BODY_LIMIT - len(error)) + error) is Sign.OVERLOADED


BODIES = {
    "an API error": (api_error("api_error"), "api_error"),
    "an API error below blank lines": (b"\n\n " + api_error("api_error"), "api_error"),
    "an event of a stream": (STREAM, "overloaded_error"),
    "a line of a stream that is no data": (b"id: 7\n" + api_error("api_error"), None),
    "an error without a type": (b'{"type":"error","error":{}}', ""),
    "an object about an error": (b'{"error":{"type":"api_error"}}', None),
    "a page": (b"<html>error</html>", None),
    "nothing": (b"", None),
}


@pytest.mark.parametrize(("body", "error_type"), BODIES.values(), ids=list(BODIES))
def test_error_type_of_a_body(body, error_type):
    """Only the API's own error object has an error type."""
    assert error_type_of_body(body) == error_type


NAMES = st.sampled_from(["server", "content-type", "cf-mitigated", "x-amzn-waf-action", "via"])
PIECES = st.lists(
    st.one_of(
        st.binary(max_size=20),
        st.sampled_from(
            [b'{"type":"error",', b'"error":', b"{", b"}", b"[", b"data: ", b"\n", b'"api_error"']
        ),
    ),
    max_size=30,
).map(b"".join)


@given(status=st.integers(), headers=st.dictionaries(NAMES, st.text(max_size=20)), body=PIECES)
def test_any_answer_has_a_sign(status, headers, body):
    """No status, header or body raises, and the answer is always a Sign."""
    assert isinstance(sign_of_response(status, headers, body), Sign)


def test_a_status_beyond_those_of_http_says_nothing():
    """Whatever its body claims."""
    body = b'{"type":"error","error":{"type":"overloaded_error"}}'
    assert [sign_of_response(status, {}, body) for status in (199, 600)] == [Sign.UNEXPECTED] * 2
