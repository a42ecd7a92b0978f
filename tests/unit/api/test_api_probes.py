"""The api prober against the simulated API, on real sockets."""

import pytest

from claude_exporter.config.secrets import SecretError
from claude_exporter.core.model import Allowance, ApiFacts, Phase, Sign
from claude_exporter.probers.api_cost import price_of
from claude_exporter.probers.spec import EmptyPurse, ProbeRefusedError
from claude_exporter.simulator.behaviour import Fault

pytestmark = pytest.mark.asyncio(loop_scope="module")

MESSAGE = "https://api.anthropic.com"
HAIKU = price_of("claude-haiku-4-5")
TOO_MANY = "This request would exceed your organization's rate limit of 50 requests per minute."
MOST = HAIKU.of(64, 8)
ALLOWANCES = (
    Allowance(kind="requests", limit=50, remaining=47, reset_at=1767225613.0),
    Allowance(kind="input_tokens", limit=30000, remaining=29000, reset_at=1767225617.0),
)

FOUND = {
    "the list of models is there": ("models", {}, {}, Sign.OK, ""),
    "tokens are counted": ("count_tokens", {}, {}, Sign.OK, ""),
    "a message comes whole": ("message", {}, {}, Sign.OK, ""),
    "a bearer key is a key too": ("models", {}, {"authorization": "bearer"}, Sign.OK, ""),
    "one token is enough": ("message", {}, {"max_tokens": 1}, Sign.OK, ""),
    "an error inside a stream is a failure": (
        "message",
        {"stream": {"error": "overloaded_error"}},
        {},
        Sign.OVERLOADED,
        "error inside the stream, overloaded_error: Overloaded",
    ),
    "any error inside a stream has its own sign": (
        "message",
        {"stream": {"error": "api_error"}},
        {},
        Sign.INTERNAL_ERROR,
        "error inside the stream, api_error: Internal server error",
    ),
    "a cut stream is no answer": (
        "message",
        {"stream": {"cut": True}},
        {},
        Sign.PROTOCOL,
        "processing: closed after {body} bytes of a longer body",
    ),
    "a stream without its last event is no answer": (
        "message",
        {"stream": {"unfinished": True}},
        {},
        Sign.PROTOCOL,
        "the stream ended without message_stop",
    ),
    "a page instead of a stream is no answer": (
        "message",
        {"body": "not_json"},
        {},
        Sign.PROTOCOL,
        "the stream ended without message_start",
    ),
    "a page instead of the models is no answer": (
        "models",
        {"body": "not_json"},
        {},
        Sign.UNEXPECTED,
        "status 200, expected JSON with data, not something else",
    ),
    "too many requests": (
        "message",
        {"body": "rate_limit_error"},
        {},
        Sign.RATE_LIMITED,
        f"status 429, rate_limit_error: {TOO_MANY}",
    ),
    "a spend limit is no rate limit": (
        "message",
        {"body": "spend_limit"},
        {},
        Sign.BILLING,
        "status 429, rate_limit_error: You have reached your specified API usage limits.",
    ),
    "overloaded before the stream": (
        "message",
        {"body": "overloaded_error"},
        {},
        Sign.OVERLOADED,
        "status 529, overloaded_error: Overloaded",
    ),
    "a wrong key": (
        "models",
        {},
        {"key": "sk-wrong"},
        Sign.AUTHENTICATION,
        "status 401, authentication_error: invalid x-api-key",
    ),
    "a model that is not there": (
        "message",
        {},
        {"model": "claude-1"},
        Sign.NOT_FOUND,
        "status 404, not_found_error: Not Found",
    ),
    "a model that fails while others do not": (
        "count_tokens",
        {"models": {"claude-haiku-4-5": "overloaded_error"}},
        {},
        Sign.OVERLOADED,
        "status 529, overloaded_error: Overloaded",
    ),
    "another model than the failing one": (
        "message",
        {"models": {"claude-opus-4-6": "overloaded_error"}},
        {},
        Sign.OK,
        "",
    ),
}


@pytest.mark.parametrize(
    ("kind", "behaviour", "options", "sign", "detail"), FOUND.values(), ids=FOUND
)
async def test_what_a_keyed_probe_says(api, kind, behaviour, options, sign, detail):
    """Each thing the API is known to do has its sign, and only an answer that is whole succeeds."""
    await api.behave(**behaviour)
    found = await api.probe(kind, **options)
    said = detail.format(body=found.http.body_length)
    assert (found.sign, found.success, found.detail) == (sign, sign is Sign.OK, said)


async def test_a_message_is_measured(api):
    """Facts, phases, limits and the request id of a whole message."""
    await api.behave(stream={"pause": 0.01})
    found = await api.probe("message")
    facts = found.api
    assert facts == ApiFacts(
        kind="message",
        first_token=facts.first_token,
        total=facts.total,
        input_tokens=11,
        output_tokens=8,
        output_rate=facts.output_rate,
        allowances=ALLOWANCES,
    )
    assert found.request_id.startswith("req_")
    assert found.phases[Phase.PROCESSING] < facts.first_token < facts.total < found.duration
    # Four pauses before the first text, seven more until the last of eight.
    assert facts.first_token > 0.04
    assert 20 < facts.output_rate < 100


async def test_a_slow_drip_ends_at_the_deadline(api):
    """The time to the first token is kept though the message never ended."""
    await api.behave(stream={"pause": 0.05})
    found = await api.probe("message", timeout=0.35)
    assert (found.sign, found.success) == (Sign.TIMEOUT, False)
    assert 0.2 < found.api.first_token < 0.35
    assert found.api.total is None
    assert api.purse.told == [("reserve", MOST), ("settle", MOST, MOST)]


SETTLED = {
    "what was used is paid": ({}, HAIKU.of(11, 8)),
    "an error before the stream is free": ({"body": "overloaded_error"}, 0),
    "an error inside the stream may cost all": ({"stream": {"error": "overloaded_error"}}, MOST),
    "a cut stream may cost all": ({"stream": {"cut": True}}, MOST),
    "no connection costs nothing": ({"fault": Fault.REFUSE}, 0),
    "a hung request may cost all": ({"fault": Fault.CLOSE}, MOST),
}


@pytest.mark.parametrize(("behaviour", "cost"), SETTLED.values(), ids=SETTLED)
async def test_what_a_message_cost(api, behaviour, cost):
    """The most is reserved before, and what the usage says is paid after; doubt is paid in full."""
    await api.behave(**behaviour)
    await api.probe("message")
    reserved, settled = api.purse.told[0], api.purse.told[-1]
    assert (reserved, settled) == (("reserve", MOST), ("settle", MOST, cost))


HEEDED = {
    "429 with retry-after": ({"body": "rate_limit_error"}, ("back off", 47.0)),
    "429 without retry-after": ({"body": "spend_limit"}, ("back off", None)),
    "529 with retry-after": (
        {"body": "overloaded_error", "headers": {"retry-after": "13"}},
        ("back off", 13.0),
    ),
    "success": ({}, ("go on",)),
}


@pytest.mark.parametrize(("behaviour", "told"), HEEDED.values(), ids=HEEDED)
async def test_a_server_that_wants_rest_gets_it(api, behaviour, told):
    """Whoever keeps the budget hears how long, for this kind of probe at this address."""
    await api.behave(**behaviour)
    await api.probe("count_tokens")
    verb, *rest = told
    assert api.purse.told == [(verb, f"count_tokens {MESSAGE}", *rest)]


async def test_an_overload_without_a_time_is_asked_again(api):
    """An overload alone is no reason to look away."""
    await api.behave(body="overloaded_error")
    await api.probe("count_tokens")
    assert api.purse.told == []


@pytest.mark.parametrize("kind", ["models", "message"])
async def test_nothing_is_sent_that_was_refused(api, kind):
    """A refusal comes before the connection."""
    api.purse.refusal = "budget"
    with pytest.raises(ProbeRefusedError, match="budget"):
        await api.probe(kind)
    assert not api.simulator.requests


async def test_nobody_pays_without_a_budget(api):
    """Where nobody keeps a budget, what is free runs and what costs money does not."""
    api.purse = EmptyPurse()
    assert (await api.probe("count_tokens")).success
    with pytest.raises(ProbeRefusedError, match="only in `serve`"):
        await api.probe("message")
    assert api.simulator.requests == {"api.anthropic.com": 1}


async def test_without_its_key_nothing_is_sent(api):
    """A missing key is ours, and no evidence."""
    with pytest.raises(SecretError, match="KEY, it is not set"):
        await api.probe("models", key="")
    assert not api.simulator.requests
