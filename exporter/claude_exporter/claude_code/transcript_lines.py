"""
What one line of a transcript counts as.

The entries are Claude Code's own and change between versions, so that every field is taken only
where it is what it should be. A final error is a record of the assistant with `isApiErrorMessage`;
`system` records with `api_error` are attempts, which nobody saw.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from pydantic_core import from_json

from claude_exporter.claude_code.facts import Fact, Failed, Retried, TokenType, Used
from claude_exporter.claude_code.failure_signs import sign_of_connection, sign_of_failure
from claude_exporter.claude_code.seen import Seen
from claude_exporter.claude_code.values import (
    amount_of,
    keys_of,
    moment_of,
    status_of,
    text_of,
)
from claude_exporter.core.model import Sign

_TOKENS: Final = (
    (TokenType.INPUT, "input_tokens"),
    (TokenType.OUTPUT, "output_tokens"),
    (TokenType.CACHE_READ, "cache_read_input_tokens"),
    (TokenType.CACHE_CREATION, "cache_creation_input_tokens"),
)
_TEXT_LIMIT: Final = 4096


class MalformedLineError(ValueError):
    """A line that is no JSON object."""


class LineReader:
    """
    Reads the lines of one file in order; *seen* is shared by all files.

    A session that goes on in a new file repeats its old lines there, and a message is written once
    per block of its content: each is counted once, by message id and request id as usage tools do.
    """

    def __init__(self, seen: Seen) -> None:
        self._seen = seen
        self._model: str | None = None

    def fact(self, line: bytes, now: float) -> Fact | None:
        """What *line* counts as, None for nothing. Raises MalformedLineError."""
        if not _may_count(line):
            return None
        entry = _entry_of(line)
        kind = entry.get("type")
        if kind == "assistant" and entry.get("isApiErrorMessage") is True:
            return self._failure(entry, now)
        if kind == "assistant":
            return self._use(entry, now)
        if kind == "system" and entry.get("subtype") == "api_error":
            return self._retry(entry)
        return None

    def _failure(self, entry: Mapping[str, Any], now: float) -> Failed | None:
        message, stamp = keys_of(entry.get("message")), text_of(entry.get("timestamp"))
        text = _text_in(message.get("content"))
        # Not by uuid: a session that goes on elsewhere gives its old entries new ones.
        if stamp and not self._seen.add("failure", stamp, text):
            return None
        status = status_of(entry.get("apiErrorStatus"))
        sign = sign_of_failure(status, text, text_of(entry.get("error")))
        at = moment_of(stamp)
        model = message.get("model")
        told = model if model != "<synthetic>" else None
        return Failed(now if at is None else at, sign, told or self._model)

    def _retry(self, entry: Mapping[str, Any]) -> Retried | None:
        error, stamp = keys_of(entry.get("error")), text_of(entry.get("timestamp"))
        key = (stamp, text_of(entry.get("uuid")), str(entry.get("retryAttempt")))
        if any(key[:2]) and not self._seen.add("retry", *key):
            return None
        return Retried(_sign_of_retry(error, text_of(entry.get("content"))), self._model)

    def _use(self, entry: Mapping[str, Any], now: float) -> Used | None:
        message = keys_of(entry.get("message"))
        usage, model = keys_of(message.get("usage")), message.get("model")
        if not usage or model == "<synthetic>":
            return None
        self._model = model if isinstance(model, str) else self._model
        ids = (text_of(message.get("id")), text_of(entry.get("requestId")))
        if ids[0] and not self._seen.add("use", *ids):
            return None
        amounts = ((kind, amount_of(usage.get(key))) for kind, key in _TOKENS)
        at = moment_of(entry.get("timestamp"))
        return Used(
            model=model,
            at=now if at is None else at,
            requests=1.0,
            tokens={kind: amount for kind, amount in amounts if amount},
            cost=amount_of(entry.get("costUSD")),
        )


def _may_count(line: bytes) -> bool:
    # Most lines are prompts and results of tools: to look is much cheaper than to parse.
    return b'"usage"' in line or b'"isApiErrorMessage"' in line or b'"api_error"' in line


def _entry_of(line: bytes) -> Mapping[str, Any]:
    try:
        entry = from_json(line)
    except ValueError as error:
        raise MalformedLineError(type(error).__name__) from None
    if not isinstance(entry, dict):
        raise MalformedLineError(type(entry).__name__)
    return entry


def _text_in(content: object) -> str:
    if isinstance(content, str):
        return content[:_TEXT_LIMIT]
    blocks = content if isinstance(content, list) else []
    return " ".join(text_of(keys_of(block).get("text")) for block in blocks)[:_TEXT_LIMIT]


def _sign_of_retry(error: Mapping[str, Any], content: str) -> Sign:
    """The old records hold the API's body under `error.error`, the new ones only texts."""
    status = status_of(error.get("status"))
    code = text_of(keys_of(error.get("cause")).get("code"))
    if status is None and code:
        return sign_of_connection(code)
    if error.get("isNetworkDown") is True:
        return Sign.CONNECT
    body = error.get("error")
    words = text_of(error.get("formatted")) or text_of(error.get("message")) or content
    text = f"{json.dumps(body)} {words}" if body else words
    return sign_of_failure(status, text[:_TEXT_LIMIT])
