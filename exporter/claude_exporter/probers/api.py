"""
The api prober: one request to the Claude API that carries a key.

What costs money asks the purse before it is sent, whoever wants the probe.
"""

from __future__ import annotations

from time import time
from typing import Final, NamedTuple, cast

from claude_exporter.core.model import ApiFacts, Phase, ProbeResult, Target
from claude_exporter.probers.addresses import parse_url
from claude_exporter.probers.api_cost import most_cost, price_of
from claude_exporter.probers.api_judge import (
    allowances_of,
    finding_of_answer,
    finding_of_stream,
    input_tokens_of,
)
from claude_exporter.probers.api_options import ApiOptions
from claude_exporter.probers.api_stream import StreamedAnswer
from claude_exporter.probers.attempt import Attempt, Finding
from claude_exporter.probers.http_exchange import Round, exchange
from claude_exporter.probers.http_judge import retry_after_of
from claude_exporter.probers.http_request import Call
from claude_exporter.probers.spec import ProbeContext

_HIDDEN: Final = "<secret>"


class _Asked(NamedTuple):
    """One probe's constants."""

    options: ApiOptions
    scope: str
    key: str
    probe: Round


async def probe_api(target: Target, context: ProbeContext) -> ProbeResult:
    """Ask once; raises SecretError or ProbeRefusedError before anything is sent."""
    options = cast("ApiOptions", target.options)
    key, secrets = options.credentials()
    base = target.address.rstrip("/")
    scope = f"{options.kind} {base}"
    call = Call.first(base + options.path, options.http)
    if call.url.encrypted:
        await context.connector.prepare(verify=options.verify)
    most, receipt = most_cost(options), None
    if most:
        receipt = context.purse.reserve(scope, most)
    else:
        context.purse.admit(scope)
    seen = Attempt(target)
    asked = _Asked(options, scope, key, Round(options.http, secrets, context, seen))
    answer = StreamedAnswer(call.method, int(options.http.body_limit))
    try:
        return await seen.run(_ask(call, asked, answer))
    finally:
        if receipt is not None:
            last_step = Phase.TLS if call.url.encrypted else Phase.CONNECT
            sent = last_step in seen.phases
            context.purse.settle(receipt, _cost_of(options, answer, most) if sent else 0)


def api_address_problem(address: str) -> str | None:
    """Say what keeps `address` from being a base URL, None where nothing does."""
    try:
        url = parse_url(address)
    except ValueError as exc:
        return str(exc)
    return f"expected a base URL without ?, not {address!r}" if "?" in url.path else None


async def _ask(call: Call, asked: _Asked, answer: StreamedAnswer) -> Finding:
    seen = asked.probe.seen
    try:
        await exchange(call, asked.probe, answer)
    finally:
        seen.api = _facts_of(asked.options, answer, seen.phases.get(Phase.PROCESSING, 0.0))
    finding = _finding(asked, answer)
    _heed(asked, answer.status, finding)
    return finding


def _finding(asked: _Asked, answer: StreamedAnswer) -> Finding:
    # A server that repeats the key it was sent must not make us repeat it.
    body = answer.body.replace(asked.key.encode(), _HIDDEN.encode())
    if asked.options.kind == "message" and answer.status == 200:
        if answer.stream.error is not None:
            kind, message = answer.stream.error
            answer.stream.error = (_without(asked.key, kind), _without(asked.key, message))
        finding = finding_of_stream(answer.stream)
    else:
        finding = finding_of_answer(
            asked.options.kind, answer.status, answer.headers, body, asked.options.http
        )
    request_id = answer.headers.get("request-id")
    return finding._replace(
        retry_after=retry_after_of(answer.headers, time()),
        request_id=_without(asked.key, request_id) if request_id else None,
    )


def _heed(asked: _Asked, status: int, finding: Finding) -> None:
    """Stay away where the server says so; a 429 says so even without a time."""
    purse = asked.probe.context.purse
    if finding.success:
        purse.go_on(asked.scope)
    elif status == 429 or finding.retry_after is not None:
        purse.back_off(asked.scope, finding.retry_after)


def _facts_of(options: ApiOptions, answer: StreamedAnswer, processing: float) -> ApiFacts:
    allowances = allowances_of(answer.headers)
    if options.kind != "message":
        counted = input_tokens_of(answer.body) if options.kind == "count_tokens" else None
        return ApiFacts(kind=options.kind, input_tokens=counted, allowances=allowances)
    stream, sent_at = answer.stream, (answer.first_at or 0.0) - processing
    first, stopped = stream.first_token_at, stream.stopped_at
    return ApiFacts(
        kind=options.kind,
        first_token=None if first is None else first - sent_at,
        total=None if stopped is None else stopped - sent_at,
        input_tokens=stream.input_tokens,
        output_tokens=stream.output_tokens,
        output_rate=stream.output_rate(),
        allowances=allowances,
    )


def _cost_of(options: ApiOptions, answer: StreamedAnswer, most: int) -> int:
    """What the message cost; the most it can where that was not told."""
    stream = answer.stream
    if answer.status >= 400 or options.model is None:
        return 0
    if not stream.counted or stream.input_tokens is None or stream.output_tokens is None:
        return most
    return price_of(options.model).of(stream.input_tokens, stream.output_tokens)


def _without(key: str, text: str) -> str:
    return text.replace(key, _HIDDEN)
