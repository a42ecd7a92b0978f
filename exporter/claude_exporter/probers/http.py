"""
The http prober: one request, its redirects, and the answer against what the target expects.

HTTP/1.1 with `Connection: close`: every probe measures a whole new connection.
"""

from __future__ import annotations

from time import time
from typing import cast

from claude_exporter.config.errors import HIDDEN
from claude_exporter.core.model import ProbeResult, Sign, Target
from claude_exporter.probers.addresses import parse_url
from claude_exporter.probers.attempt import Attempt, Finding
from claude_exporter.probers.http_answer import Answer
from claude_exporter.probers.http_exchange import Round, exchange, one_line, record
from claude_exporter.probers.http_judge import failed_pattern, judged, retry_after_of
from claude_exporter.probers.http_options import HttpOptions
from claude_exporter.probers.http_request import REDIRECTS, Call
from claude_exporter.probers.spec import ProbeContext


async def probe_http(target: Target, context: ProbeContext) -> ProbeResult:
    """Ask the target's URL once and report what happened; raises SecretError before it asks."""
    options = cast("HttpOptions", target.options)
    secrets = {name: one_line(name, secret) for name, secret in options.headers_from.items()}
    call = Call.first(target.address, options)
    if call.url.encrypted:
        await context.connector.prepare(verify=options.verify)
    seen = Attempt(target)
    return await seen.run(_ask(call, Round(options, secrets, context, seen)))


def http_address_problem(address: str) -> str | None:
    """Say what keeps `address` from being probed, None where nothing does."""
    try:
        parse_url(address)
    except ValueError as exc:
        return str(exc)
    return None


async def _ask(call: Call, probe: Round) -> Finding:
    redirects = 0
    while True:
        answer = Answer(call.method, int(probe.options.body_limit))
        await exchange(call, probe, answer, redirects)
        location = answer.headers.get("location")
        if answer.status not in REDIRECTS or location is None:
            return _finding(answer, probe)
        redirects += 1
        record(answer, call, probe.seen, redirects)
        if not probe.options.follow_redirects:
            return _finding(answer, probe)
        problem = f"more than {probe.options.max_redirects} redirects"
        if redirects <= probe.options.max_redirects:
            try:
                call = call.redirected(answer.status, location)
            except ValueError as exc:
                problem = f"redirect: {exc}"
            else:
                probe.seen.note(_clean(f"redirected to {call.url}", probe))
                continue
        return Finding(Sign.UNEXPECTED, success=False, detail=problem)


def _finding(answer: Answer, probe: Round) -> Finding:
    options, body = probe.options, answer.body
    finding = judged(answer.status, answer.headers, _without_own(body, probe), options)
    if finding.success and (options.forbidden or options.required):
        problem = failed_pattern(body, options)
        if problem is not None:
            probe.seen.pattern_failed()
            finding = Finding(Sign.UNEXPECTED, success=False, detail=problem)
    request_id = answer.headers.get("request-id")
    return finding._replace(
        retry_after=retry_after_of(answer.headers, time()),
        request_id=None if request_id is None else _clean(request_id, probe),
    )


def _without_own(body: bytes, probe: Round) -> bytes:
    """What the server said, should it repeat the secrets that it was sent."""
    for secret in filter(None, probe.secrets.values()):
        body = body.replace(secret.encode(), HIDDEN.encode())
    return body


def _clean(text: str, probe: Round) -> str:
    return _without_own(text.encode(errors="replace"), probe).decode()
