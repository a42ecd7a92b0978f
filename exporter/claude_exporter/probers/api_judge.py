"""What a keyed answer means, and what it says of limits and tokens."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from math import isfinite
from typing import Final

from claude_exporter.core.model import Allowance, Sign
from claude_exporter.core.private_words import shown_words
from claude_exporter.core.signs import sign_of_error_type
from claude_exporter.probers.api_options import ApiKind
from claude_exporter.probers.api_stream import MessageStream
from claude_exporter.probers.attempt import Finding
from claude_exporter.probers.http_judge import judged
from claude_exporter.probers.http_options import HttpOptions

LIMITED: Final = ("requests", "tokens", "input-tokens", "output-tokens")
"""What the API limits; the names of its headers."""

_MESSAGE_LIMIT: Final = 200


def finding_of_answer(
    kind: ApiKind, status: int, headers: Mapping[str, str], body: bytes, options: HttpOptions
) -> Finding:
    """Judge a whole answer, a message with its whole stream in `body`."""
    if kind == "message" and status == 200:
        stream = MessageStream()
        stream.hear(body, 0.0)
        return finding_of_stream(stream)
    finding = judged(status, headers, body, options)
    if not finding.success:
        return finding
    wanted = "data" if kind == "models" else "input_tokens"
    if wanted in _object_of(body):
        return finding
    detail = f"status {status}, expected JSON with {wanted}, not something else"
    return Finding(Sign.UNEXPECTED, success=False, detail=detail)


def finding_of_stream(stream: MessageStream) -> Finding:
    """Judge a message that came as a stream: a status of 200 says nothing of how it ended."""
    if stream.error is not None:
        kind, message = stream.error
        sign = sign_of_error_type(kind) or Sign.UNEXPECTED
        shown = shown_words(f"{kind}: {message}", _MESSAGE_LIMIT)
        return Finding(sign, success=False, detail=f"error inside the stream, {shown}")
    if stream.stopped_at is not None and stream.started:
        return Finding(Sign.OK, success=True)
    wanted = "message_stop" if stream.started else "message_start"
    return Finding(Sign.PROTOCOL, success=False, detail=f"the stream ended without {wanted}")


def input_tokens_of(body: bytes) -> int | None:
    """What `count_tokens` counted."""
    count = _object_of(body).get("input_tokens")
    return count if isinstance(count, int) and not isinstance(count, bool) else None


def allowances_of(headers: Mapping[str, str]) -> tuple[Allowance, ...]:
    """The rate limits that the answer's headers tell."""
    return tuple(_allowances(headers))


def _allowances(headers: Mapping[str, str]) -> Iterator[Allowance]:
    for kind in LIMITED:
        start = f"anthropic-ratelimit-{kind}-"
        found = Allowance(
            kind=kind.replace("-", "_"),
            limit=_number_of(headers.get(f"{start}limit", "")),
            remaining=_number_of(headers.get(f"{start}remaining", "")),
            reset_at=_moment_of(headers.get(f"{start}reset", "")),
        )
        if (found.limit, found.remaining, found.reset_at) != (None, None, None):
            yield found


def _number_of(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if isfinite(number) and number >= 0 else None


def _moment_of(text: str) -> float | None:
    try:
        moment = datetime.fromisoformat(text)
        return moment.timestamp() if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _object_of(body: bytes) -> dict[str, object]:
    try:
        value = json.loads(body.decode(errors="replace"))
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
