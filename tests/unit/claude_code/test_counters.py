"""Counting: every failure once, whoever tells of it; names bounded; requests as evidence."""

import json

import pytest

from claude_exporter.claude_code.counters import Counters
from claude_exporter.claude_code.facts import Failed, Retried, Source, Used
from claude_exporter.claude_code.failure_signs import sign_of_connection, sign_of_failure
from claude_exporter.claude_code.names import LIMIT, ModelNames
from claude_exporter.claude_code.text import counters_text
from claude_exporter.core.model import Sign
from claude_exporter.core.real_use import Request

NOW = 1_700_000_003.0
HOOK, OTLP, TRANSCRIPTS = Source.HOOK, Source.OTLP, Source.TRANSCRIPTS

TOLD = {
    "two sources tell of one failure": (
        [(HOOK, Failed(NOW, Sign.INTERNAL_ERROR)), (TRANSCRIPTS, Failed(NOW + 2, Sign.OVERLOADED))],
        1,
    ),
    "one source tells of two": (
        [(HOOK, Failed(NOW, Sign.OVERLOADED)), (HOOK, Failed(NOW + 2, Sign.OVERLOADED))],
        2,
    ),
    "two sources tell of two": (
        [(source, Failed(NOW + at, Sign.OVERLOADED)) for source in (HOOK, OTLP) for at in (0, 2)],
        2,
    ),
    "what the hook cannot name may be anything": (
        [(HOOK, Failed(NOW, Sign.UNEXPECTED)), (OTLP, Failed(NOW - 3, Sign.CONNECT))],
        1,
    ),
    "another kind is another failure": (
        [(HOOK, Failed(NOW, Sign.RATE_LIMITED)), (OTLP, Failed(NOW, Sign.OVERLOADED))],
        2,
    ),
    "another time is another failure": (
        [(HOOK, Failed(NOW, Sign.OVERLOADED)), (OTLP, Failed(NOW + 16, Sign.OVERLOADED))],
        2,
    ),
}


@pytest.mark.parametrize(("told", "count"), TOLD.values(), ids=TOLD)
def test_a_failure_counts_once(told, count):
    counters = Counters()
    for source, failed in told:
        counters.add(source, [failed], NOW)
    assert sum(counters.shown().values()) == count


def test_usage_of_several_sources_is_the_largest():
    """They tell of the same requests; a largest count never falls."""
    counters = Counters()
    used = Used(model="claude-opus-4-6", at=NOW, requests=1, tokens={"input": 5}, cost=0.5)
    counters.add(OTLP, [used, used], NOW)
    counters.add(TRANSCRIPTS, [used, used, used], NOW)
    assert counters.shown() == {
        ("requests", "claude-opus-4-6"): 3,
        ("tokens", "claude-opus-4-6", "input"): 15,
        ("cost", "claude-opus-4-6"): 1.5,
    }


@pytest.mark.parametrize("amount", [float("nan"), float("inf"), -1.0, 0.0])
def test_no_amount_can_break_a_counter(amount):
    counters = Counters()
    counters.add(OTLP, [Retried(Sign.OVERLOADED, "m", amount)], NOW)
    assert counters.shown() == {}


NAMES = {
    "a model": ("claude-opus-4-6", "claude-opus-4-6"),
    "a cloud's name": ("us.anthropic.claude-sonnet-4@20250929-v1:0",) * 2,
    "a long context": ("claude-opus-4-6[1m]", "claude-opus-4-6[1m]"),
    "a long name is cut": ("m" * 99, "m" * 80),
    "none": (None, "unknown"),
    "an empty one": ("", "unknown"),
    "a made up one": ("<synthetic>", "unknown"),
    "a text": ("Some words", "other"),
    "letters of another kind": ("modèle", "other"),
    "a line": ("model\n", "other"),
    "an account's number": ("arn:aws:bedrock:us-east-1:123456789012:x/y", "other"),
}


@pytest.mark.parametrize(("name", "label"), NAMES.values(), ids=NAMES)
def test_names_of_models(name, label):
    assert ModelNames().label(name) == label


def test_names_of_models_are_bounded():
    names = ModelNames()
    labels = {names.label(f"model-{number}") for number in range(1000)}
    assert len(labels) == LIMIT + 1
    assert (names.label("model-0"), names.label("model-999")) == ("model-0", "other")


def test_counts_survive_a_restart():
    before, after = Counters(), Counters()
    used = Used(model="m", at=NOW, requests=2, tokens={"input": 5})
    before.add(TRANSCRIPTS, [used, Failed(NOW, Sign.OVERLOADED, "m")], NOW)
    after.restore(json.loads(json.dumps(before.document())))
    assert after.shown() == before.shown()


BAD_ROWS = [
    None,
    {},
    [1],
    [["hook", "errors", "m"]],
    [["hook", "errors", "m", "planted", 1]],
    [["nobody", "errors", "m", "overloaded", 1]],
    [["hook", "errors", "m", "overloaded", -1]],
    [["hook", "errors", "m", "overloaded", True]],
    [["hook", "nothing", "m", 1]],
    [["hook", "activity", "m", 1]],
    [["hook", ["errors"], "m", "overloaded", 1]],
]


@pytest.mark.parametrize("document", BAD_ROWS)
def test_counts_that_are_none_are_not_restored(document):
    counters = Counters()
    counters.restore(document)
    assert counters.shown() == {}


def test_requests():
    """Each failure once, with its model if any source tells it; and what was answered."""
    counters = Counters()
    counters.add(HOOK, [Failed(NOW - 7, Sign.OVERLOADED)], NOW)
    counters.add(OTLP, [Failed(NOW - 5, Sign.OVERLOADED, "claude-opus-4-6")], NOW)
    counters.add(TRANSCRIPTS, [Failed(NOW - 3, Sign.CONNECT, "Some words")], NOW)
    answered = [Used(at=NOW - 31, requests=1, model="claude-haiku-4-5"), Used(cost=1)]
    counters.add(TRANSCRIPTS, answered, NOW)
    assert counters.requests() == [
        Request(NOW - 7, Sign.OVERLOADED, "claude-opus-4-6"),
        Request(NOW - 3, Sign.CONNECT),
        Request(NOW - 31, Sign.OK, "claude-haiku-4-5"),
    ]


def test_no_requests_are_none():
    assert Counters().requests() == []


def test_every_closed_label_begins_at_zero():
    """So that a rate sees the first failure; sources that are off have no sample."""
    text = counters_text(Counters(), {Source.HOOK: True, Source.TRANSCRIPTS: False})
    wanted = (
        'claude_code_errors_total{model="unknown",sign="overloaded"} 0.0\n',
        'claude_code_retries_total{model="unknown",sign="connect"} 0.0\n',
        'claude_code_tokens_total{kind="cacheRead",model="unknown"} 0.0\n',
        'claude_code_requests_total{model="unknown"} 0.0\n',
        'claude_code_activity_total{activity="commits"} 0.0\n',
        'claude_code_source_up{source="hook"} 1.0\n',
        'claude_code_source_up{source="transcripts"} 0.0\n',
        'claude_code_source_problems_total{reason="malformed",source="otlp"} 0.0\n',
    )
    assert [line for line in wanted if line not in text] == []
    assert 'source_up{source="otlp"}' not in text


SIGNS = {
    "the status": ((529, "", "server_error"), Sign.OVERLOADED),
    "clearer words": ((429, "the spend limit reached", "rate_limit"), Sign.BILLING),
    "a relay's own words": ((503, "no available accounts", "server_error"), Sign.UNEXPECTED),
    "words alone": ((None, "Unable to connect to API", "unknown"), Sign.CONNECT),
    "the kind alone": ((None, "", "billing_error"), Sign.BILLING),
    "a status that is no error": ((200, "", "overloaded"), Sign.OVERLOADED),
    "nothing": ((None, "", "planted"), Sign.UNEXPECTED),
}


@pytest.mark.parametrize(("told", "sign"), SIGNS.values(), ids=SIGNS)
def test_signs(told, sign):
    assert sign_of_failure(*told) is sign


CODES = {"ENOTFOUND": Sign.DNS, "ETIMEDOUT": Sign.TIMEOUT, "ConnectionRefused": Sign.CONNECT}
CODES |= {"DEPTH_ZERO_SELF_SIGNED_CERT": Sign.TLS, "EAI_AGAIN": Sign.DNS, "": Sign.CONNECT}


@pytest.mark.parametrize(("code", "sign"), CODES.items())
def test_codes_of_connections(code, sign):
    assert sign_of_connection(code) is sign
