"""One request of a probe and its answer, over a connection of its own."""

from __future__ import annotations

from typing import NamedTuple

from claude_exporter.config.secrets import Secret, SecretError
from claude_exporter.core.model import HttpFacts, Phase
from claude_exporter.probers.attempt import Attempt
from claude_exporter.probers.http_answer import Answer
from claude_exporter.probers.http_judge import date_of, length_of
from claude_exporter.probers.http_options import HttpOptions
from claude_exporter.probers.http_request import Call, request_bytes
from claude_exporter.probers.spec import ProbeContext
from claude_exporter.probers.stream import Stream


class Round(NamedTuple):
    """One probe's constants; `secrets` are headers as they are sent."""

    options: HttpOptions
    secrets: dict[str, str]
    context: ProbeContext
    seen: Attempt


def one_line(name: str, secret: Secret) -> str:
    """The value of a secret that is sent as a header; raises SecretError where it cannot be."""
    value = secret.reveal()
    if not value.isprintable():
        raise SecretError(f"{name}: expected a secret of one line in {secret.reference}")
    return value


async def exchange(call: Call, probe: Round, answer: Answer, redirects: int = 0) -> None:
    """Ask once and fill `answer`."""
    seen, connector, url = probe.seen, probe.context.connector, call.url
    proxy = connector.proxy_for(url.scheme, url.endpoint)
    stream = await connector.open(seen, url.endpoint, proxy, tunnel=url.encrypted)
    try:
        if url.encrypted:
            name = _server_name(call, probe.options)
            await connector.secure(seen, stream, name, verify=probe.options.verify)
            proxy = None
        request = request_bytes(call, probe.context.user_agent, probe.secrets, proxy)
        seen.enter(Phase.PROCESSING, f"{call.method} {url}")
        await _hear(stream, request, answer, seen)
    finally:
        record(answer, call, seen, redirects)
        stream.close()
        answer.release()
    seen.note(f"answered {answer.status} with {answer.body_length} bytes")


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


def record(answer: Answer, call: Call, seen: Attempt, redirects: int) -> None:
    """Write down what the answer showed, if there was one."""
    if not answer.status:
        return
    modified = answer.headers.get("last-modified")
    seen.http = HttpFacts(
        status=answer.status,
        version=answer.version,
        redirects=redirects,
        content_length=length_of(answer.headers),
        body_length=answer.body_length,
        encrypted=call.url.encrypted,
        last_modified_at=date_of(modified) if modified else None,
    )
