"""
The http prober: one request, its redirects, and the answer against what the target expects.

HTTP/1.1 with `Connection: close`: every probe measures a whole new connection.
"""

from __future__ import annotations

from time import time
from typing import NamedTuple, cast

from claude_exporter.config.secrets import Secret, SecretError
from claude_exporter.core.model import HttpFacts, Phase, ProbeResult, Sign, Target
from claude_exporter.probers.addresses import parse_url
from claude_exporter.probers.attempt import Attempt, Finding
from claude_exporter.probers.http_answer import Answer
from claude_exporter.probers.http_judge import (
    date_of,
    failed_pattern,
    judged,
    length_of,
    retry_after_of,
)
from claude_exporter.probers.http_options import HttpOptions
from claude_exporter.probers.http_request import REDIRECTS, Call, request_bytes
from claude_exporter.probers.spec import ProbeContext
from claude_exporter.probers.stream import Stream


class _Round(NamedTuple):
    """One probe's constants."""

    options: HttpOptions
    secrets: dict[str, str]
    context: ProbeContext
    seen: Attempt


async def probe_http(target: Target, context: ProbeContext) -> ProbeResult:
    """Ask the target's URL once and report what happened; raises SecretError before it asks."""
    options = cast("HttpOptions", target.options)
    secrets = {name: _one_line(name, secret) for name, secret in options.headers_from.items()}
    call = Call.first(target.address, options)
    if call.url.encrypted:
        await context.connector.prepare(verify=options.verify)
    seen = Attempt(target)
    return await seen.run(_ask(call, _Round(options, secrets, context, seen)))


def http_address_problem(address: str) -> str | None:
    """Say what keeps `address` from being probed, None where nothing does."""
    try:
        parse_url(address)
    except ValueError as exc:
        return str(exc)
    return None


def _one_line(name: str, secret: Secret) -> str:
    value = secret.reveal()
    if not value.isprintable():
        raise SecretError(f"{name}: expected a secret of one line in {secret.reference}")
    return value


async def _ask(call: Call, probe: _Round) -> Finding:
    redirects = 0
    while True:
        answer = await _exchange(call, probe, redirects)
        location = answer.headers.get("location")
        if answer.status not in REDIRECTS or location is None:
            return _finding(answer, probe)
        redirects += 1
        _record(answer, call, probe, redirects)
        if not probe.options.follow_redirects:
            return _finding(answer, probe)
        problem = f"more than {probe.options.max_redirects} redirects"
        if redirects <= probe.options.max_redirects:
            try:
                call = call.redirected(answer.status, location)
            except ValueError as exc:
                problem = f"redirect: {exc}"
            else:
                probe.seen.note(f"redirected to {call.url}")
                continue
        return Finding(Sign.UNEXPECTED, success=False, detail=problem)


async def _exchange(call: Call, probe: _Round, redirects: int) -> Answer:
    seen, connector, url = probe.seen, probe.context.connector, call.url
    proxy = connector.proxy_for(url.scheme, url.endpoint)
    stream = await connector.open(seen, url.endpoint, proxy, tunnel=url.encrypted)
    answer = Answer(call.method, int(probe.options.body_limit))
    try:
        if url.encrypted:
            name = _server_name(call, probe.options)
            await connector.secure(seen, stream, name, verify=probe.options.verify)
            proxy = None
        request = request_bytes(call, probe.context.user_agent, probe.secrets, proxy)
        seen.enter(Phase.PROCESSING, f"{call.method} {url}")
        await _hear(stream, request, answer, seen)
    finally:
        _record(answer, call, probe, redirects)
        stream.close()
        answer.release()
    seen.note(f"answered {answer.status} with {answer.body_length} bytes")
    return answer


async def _hear(stream: Stream, request: bytes, answer: Answer, seen: Attempt) -> None:
    try:
        ended_at = await stream.exchange(request, answer)
    finally:
        # An answer that began and never ended still tells how long the server thought.
        if answer.first_at is not None:
            seen.leave(Phase.PROCESSING, max(0.0, answer.first_at - stream.sent_at))
    seen.leave(Phase.TRANSFER, ended_at - (answer.first_at or ended_at))


def _server_name(call: Call, options: HttpOptions) -> str:
    if not call.same_host:
        return call.url.endpoint.host
    return options.server_name or options.host or call.url.endpoint.host


def _finding(answer: Answer, probe: _Round) -> Finding:
    options, body = probe.options, answer.body
    finding = judged(answer.status, answer.headers, body, options)
    if finding.success and (options.forbidden or options.required):
        problem = failed_pattern(body, options)
        if problem is not None:
            probe.seen.pattern_failed()
            finding = Finding(Sign.UNEXPECTED, success=False, detail=problem)
    return finding._replace(
        retry_after=retry_after_of(answer.headers, time()),
        request_id=answer.headers.get("request-id"),
    )


def _record(answer: Answer, call: Call, probe: _Round, redirects: int) -> None:
    if not answer.status:
        return
    modified = answer.headers.get("last-modified")
    probe.seen.http = HttpFacts(
        status=answer.status,
        version=answer.version,
        redirects=redirects,
        content_length=length_of(answer.headers),
        body_length=answer.body_length,
        encrypted=call.url.encrypted,
        last_modified_at=date_of(modified) if modified else None,
    )
