"""Secrets go, whatever they look like; what support needs stays."""

import pytest

from claude_exporter.support.redact import Redactor

KNOWN = 'hunter2 "quoted" & päss/word'
REDACTOR = Redactor([KNOWN, "tr0ub4dor-and-3"], home="/srv/people/jane", host="janes-laptop")

GONE = {
    "a key of Anthropic's": ("key sk-ant-api03-AbC_d-9.x!", "key <secret>!"),
    "another key": ("sk-proj-0123456789abcdef", "<secret>"),
    "a bearer token": ("Authorization: Bearer abc.def-123", "Authorization: <secret> <secret>"),
    "a header": ("x-api-key: whatever", "x-api-key: <secret>"),
    "a header in JSON": ('{"x-api-key": "what"}', '{"x-api-key": "<secret>"}'),
    "a cookie": ("Set-Cookie: sessionKey=a1; Path=/", "Set-Cookie: <secret>"),
    "an OAuth token": ('"refresh_token":"rt_1","a":1', '"refresh_token":"<secret>","a":1'),
    "a web token": ("eyJhbGciOiJIUzI1.eyJzdWIiOjF9.sig-1", "<secret>"),
    "a query": (
        "https://a.example/v1?x=1&api_key=k1&y=2",
        "https://a.example/v1?x=1&api_key=<secret>&y=2",
    ),
    "the user of a proxy": (
        "proxy http://jo:pw@proxy.example:3128",
        "proxy http://<secret>@proxy.example:3128",
    ),
    "a password with a slash": ("http://jo:p/w@proxy.example", "http://<secret>@proxy.example"),
    "a private key": ("-----BEGIN RSA PRIVATE KEY-----\nabc\n", "<secret>"),
    "an e-mail address": ("mail jane.doe+x@corp.example now", "mail <e-mail> now"),
    "our home": ("/srv/people/jane/exporter.yml", "~/exporter.yml"),
    "a user's home on Linux": ("/home/jdoe/x", "/home/<user>/x"),
    "a user's home on macOS": ("/Users/jdoe/x", "/Users/<user>/x"),
    "a user's home on Windows": (r"C:\Users\jdoe\x", r"C:\Users\<user>\x"),
    "a private address": ("via 192.168.1.7:3128", "via <private address>:3128"),
    "a private address of IPv6": (
        "via fe80::1%eth0 and fd00:1::2",
        "via <private address> and <private address>",
    ),
    "the host": ("on janes-laptop.", "on <host>."),
    "a known secret": (f"it was {KNOWN}.", "it was <secret>."),
    "a known secret in JSON": (r"hunter2 \"quoted\" & p\u00e4ss/word", "<secret>"),
    "a known secret in a URL": ("hunter2%20%22quoted%22%20%26%20p%C3%A4ss%2Fword", "<secret>"),
    "a known secret that was cut": ("status 500, echo tr0ub4dor-a", "status 500, echo <secret>"),
}
STAYS = {
    "a request id": "request id req_011CSHoEeqs5C35K2UUqR7Fy",
    "an error of the API": "status 401, authentication_error: x-api-key header is required",
    "an overload": "status 529, overloaded_error: Overloaded",
    "a public address": "connected to 160.79.104.10:443",
    "this machine": "connect: 127.0.0.1:9529 refused",
    "a moment": "2026-05-14T20:33:01+00:00",
    "a limit": "invalid_request_error: max_tokens: expected at most 8192",
    "a version": "OpenSSL 3.0.14 4 Jun 2024, Python 3.11.2",
    "the page": "https://status.claude.com/incidents/abc123",
}


@pytest.mark.parametrize(("text", "clean"), GONE.values(), ids=GONE)
def test_gone(text, clean):
    """No secret is left, and redacting again changes nothing."""
    assert REDACTOR.text(text) == clean
    assert REDACTOR.text(clean) == clean


@pytest.mark.parametrize("text", STAYS.values(), ids=STAYS)
def test_stays(text):
    """What is no secret is what was said, word by word."""
    assert REDACTOR.text(text) == text


def test_trees_are_clean_in_keys_and_values():
    """Numbers stay numbers; names are texts too."""
    tree = {"a@b.example": [KNOWN, 7, None, {"x": ("sk-ant-1", True)}]}
    assert REDACTOR.tree(tree) == {"<e-mail>": ["<secret>", 7, None, {"x": ["<secret>", True]}]}


def test_a_host_named_like_claude_takes_no_word_away():
    """Only a name that tells something is taken out."""
    assert Redactor([], host="claude").text("claude fails") == "claude fails"
